//! What can be measured without a server: rendering a draft, examining a message, and the trait's dynamic
//! dispatch.

mod previous_scan;

use std::{hint::black_box, time::SystemTime};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mailer::{Attachment, Content, Draft, HeaderText, Mail, Mailer, Message};
use mailer_backends::BACKENDS;
use mailer_bench::floor::Nothing;
use mailer_lab::sample;

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
        let mut content = b"Subject: A measurement\r\n\r\n".to_vec();
        while content.len() < size {
            content.extend_from_slice(&[b'x'; 76]);
            content.extend_from_slice(b"\r\n");
        }
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

criterion_group!(benches, rendering, examining, dispatch);
criterion_main!(benches);
