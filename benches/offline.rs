//! What can be measured without a server: rendering a draft, examining a message, and the trait's dynamic
//! dispatch.

mod previous_scan;

use std::{hint::black_box, io::Write as _, path::Path, time::SystemTime};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mailer::{Attachment, Content, Draft, Error, HeaderText, Mail, Mailer, Message};
use mailer_backends::BACKENDS;
use mailer_bench::floor::Nothing;
use mailer_lab::sample;
use tempfile::NamedTempFile;

/// The size of the attachment of the larger draft, in bytes.
const ATTACHMENT_SIZE: usize = 1024 * 1024;

fn rendering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rendering");
    for (name, draft) in drafts() {
        let mail = Mail::from_draft(draft.clone()).expect("it has a recipient");
        let rendered =
            BACKENDS.first().and_then(|first| first.render(&draft, mail.envelope()).ok());
        group.throughput(Throughput::Bytes(rendered.map_or(0, |whole| whole.len() as u64)));
        for backend in BACKENDS.iter().filter(|backend| !backend.measured_only) {
            group.bench_function(BenchmarkId::new(backend.name, name), |bencher| {
                bencher.iter(|| backend.render(black_box(&draft), mail.envelope()));
            });
        }
    }
    group.finish();
}

/// Returns the sample message, without and with an attachment.
fn drafts() -> [(&'static str, Draft); 2] {
    let message_id = "1@example.test".parse().expect("a Message-ID");
    let mail = sample::mail(SystemTime::UNIX_EPOCH, message_id).expect("a mail");
    let Content::Draft(draft) = mail.content() else { panic!("the sample is a draft") };
    let (small, mut large) = (Draft::clone(draft), Draft::clone(draft));
    let name = HeaderText::new("data.zip").expect("a name");
    let media_type = "application/zip".parse().expect("a media type");
    let content: Vec<u8> = (0..=u8::MAX).cycle().take(ATTACHMENT_SIZE).collect();
    large.attachments.push(Attachment::new(name, media_type, content));
    [("a text", small), ("a text and 1 MiB attached", large)]
}

/// Makes messages of bytes that are canonical already, and examines the same bytes as before there was one pass
/// for all.
fn examining(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("examining");
    for (name, size) in [("1 KiB", 1024), ("100 KiB", 100 * 1024), ("10 MiB", 10 * 1024 * 1024)] {
        let content = content(size, b"\r\n");
        group.throughput(Throughput::Bytes(content.len() as u64));
        group.bench_function(BenchmarkId::new("Message::from_bytes", name), |bencher| {
            let copy = || content.clone();
            let make = |it: Vec<u8>| Message::from_bytes(it);
            bencher.iter_batched(copy, make, BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("line by line", name), |bencher| {
            let copy = || content.clone();
            let examine = |it: Vec<u8>| (previous_scan::examine(&it), it);
            bencher.iter_batched(copy, examine, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Measures a file and reads it again, as sending it does, and does the same with the earlier code, which had a pass for
/// each property.
fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reading a file");
    for (name, size, line_end) in [
        ("1 KiB", 1024, "\r\n"),
        ("10 MiB", 10 * 1024 * 1024, "\r\n"),
        ("10 MiB with LF", 10 * 1024 * 1024, "\n"),
    ] {
        let content = content(size, line_end.as_bytes());
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(&content).expect("room in it");
        let read = || measure_and_read(file.path()).expect("it does not change");
        let read_as_before =
            || previous_scan::measure_and_read(file.as_file()).expect("it can be read");
        assert_eq!(read(), read_as_before());
        group.throughput(Throughput::Bytes(content.len() as u64));
        group.bench_function(BenchmarkId::new("Message::from_file", name), |bencher| {
            bencher.iter(read);
        });
        group.bench_function(BenchmarkId::new("a pass for each", name), |bencher| {
            bencher.iter(read_as_before);
        });
    }
    group.finish();
}

/// Returns the number of bytes that sending this file would read.
fn measure_and_read(file: &Path) -> Result<usize, Error> {
    let message = Message::from_file(file)?;
    let (mut reader, mut size) = (message.open(), 0);
    while reader.left() > 0 {
        size += reader.next_block(usize::MAX)?.len();
    }
    Ok(size)
}

fn content(size: usize, line_end: &[u8]) -> Vec<u8> {
    let mut content = [b"Subject: A measurement", line_end, line_end].concat();
    while content.len() < size {
        content.extend_from_slice(&[b'x'; 76]);
        content.extend_from_slice(line_end);
    }
    content
}

/// Calls a mailer that sends nothing, by its type and through the trait.
fn dispatch(criterion: &mut Criterion) {
    let message_id = "1@example.test".parse().expect("a Message-ID");
    let mail = sample::mail(SystemTime::UNIX_EPOCH, message_id).expect("a mail");
    let mut group = criterion.benchmark_group("dispatch");
    let mut known = Nothing::default();
    group.bench_function("static", |bencher| bencher.iter(|| known.send(black_box(&mail))));
    let mut any: Box<dyn Mailer> = black_box(Box::new(Nothing::default()));
    group.bench_function("dynamic", |bencher| bencher.iter(|| any.send(black_box(&mail))));
    group.finish();
}

criterion_group!(benches, rendering, examining, reading, dispatch);
criterion_main!(benches);
