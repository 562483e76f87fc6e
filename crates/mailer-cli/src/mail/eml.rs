//! `--eml`: a prepared message, with an envelope from the options and its header.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    ops::Range,
    path::Path,
};

use mailer::{Envelope, Error, Kind, Mail, Message, Step};
use mailer_prepared::{Header, Remark, Remarked, is_property_list};

use super::{Reading, file, recipients};
use crate::{
    input::{self, MAX_CONTENT},
    options::{MailOptions, reverse_path},
};

/// The first bytes that are read to find the end of the header. Each further attempt reads four times as
/// many.
const FIRST_READ: u64 = 64 * 1024;
/// The longest header, in bytes. It can name more than 100,000 recipients.
const MAX_HEADER: u64 = 4 * 1024 * 1024;
/// The bytes that show whether a property list follows.
const PROPERTY_LIST: u64 = 64;

/// Returns the message in a file, pipe or device, or on stdin if the path is `-`, without its Bcc fields.
pub(super) fn mail(path: &Path, options: &MailOptions, reading: Reading) -> Result<Mail, Error> {
    let (header, file) = open(path, reading)?;
    reading.print(header.notes());
    let envelope = envelope(&header, options, reading)?;
    reading.print(&envelope.remarks);
    Ok(Mail::new(envelope.value, message(path, &header, file)?))
}

/// Returns the content of such a message.
pub(super) fn content(path: &Path, reading: Reading) -> Result<Message, Error> {
    let (header, file) = open(path, reading)?;
    message(path, &header, file)
}

fn open(path: &Path, reading: Reading) -> Result<(Header, File), Error> {
    let unreadable = |cause| file::unreadable(path, cause);
    let file = input::open(path, reading.limits(MAX_CONTENT)).map_err(unreadable)?;
    let header = header(&file).map_err(unreadable)??;
    header.check()?;
    Ok((header, file))
}

/// Returns the message with this header, without its Bcc fields.
fn message(path: &Path, header: &Header, file: File) -> Result<Message, Error> {
    let body = body(header, &file).map_err(|cause| file::unreadable(path, cause))?;
    Message::from_open_file(header.without_bcc(), file, file::name(path), body)
}

/// Reads the header, and no more of the file than its end requires.
fn header(file: &File) -> io::Result<Result<Header, Error>> {
    let (mut head, mut wanted) = (Vec::new(), FIRST_READ);
    loop {
        let missing = wanted - head.len() as u64;
        let is_whole = file.take(missing).read_to_end(&mut head)? < missing as usize;
        match Header::parse(&head, is_whole) {
            Ok(Some(header)) => return Ok(Ok(header)),
            Ok(None) if wanted < MAX_HEADER && !is_whole => wanted *= 4,
            Ok(None) => return Ok(Err(endless_header())),
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn endless_header() -> Error {
    Error::new(Kind::Message, "the header of the message does not end within 4 MiB")
        .with_step(Step::Prepare)
        .with_hint("put an empty line between header and body")
}

/// Returns the range of the body: the rest of the file, without the property list of an .emlx file.
fn body(header: &Header, mut file: &File) -> io::Result<Range<u64>> {
    let start = header.body_start() as u64;
    let Some(end) = header.counted_end() else { return Ok(start..u64::MAX) };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(end))?;
    file.take(PROPERTY_LIST).read_to_end(&mut bytes)?;
    Ok(start..if is_property_list(&bytes) { end } else { u64::MAX })
}

/// Returns the envelope that the options name. What they leave open is taken from the header.
fn envelope(
    header: &Header,
    options: &MailOptions,
    reading: Reading,
) -> Result<Remarked<Envelope>, Error> {
    let mut remarks = Vec::new();
    let sender = match (options.envelope_sender()?, options.sender()) {
        (Some(sender), _) => sender,
        (None, Some(text)) => reverse_path(text)?,
        (None, None) => Some(keep(header.sender()?, &mut remarks)),
    };
    let given = [&options.to, &options.cc, &options.bcc].map(Vec::as_slice).concat();
    let files = [&options.to_file, &options.bcc_file].map(Vec::as_slice).concat();
    let recipients = match given.is_empty() && files.is_empty() {
        true => keep(header.recipients()?, &mut remarks),
        false => {
            let named = recipients::list(&given, &files, reading)?;
            named.into_iter().map(|mailbox| mailbox.address).collect()
        }
    };
    Ok(Remarked { value: Envelope::new(sender, recipients)?.with_dsn(options.dsn()?), remarks })
}

/// Moves the remarks to the list and returns the value.
fn keep<T>(found: Remarked<T>, remarks: &mut Vec<Remark>) -> T {
    remarks.extend(found.remarks);
    found.value
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use mailer::Address;

    use super::*;

    fn envelope_of(header: &str, options: &MailOptions) -> Result<Envelope, Error> {
        let header = Header::parse(header.as_bytes(), true)?.unwrap();
        let reading = Reading { time: None, shows_notes: false };
        envelope(&header, options, reading).map(|found| found.value)
    }

    #[test]
    fn the_header_names_what_the_options_leave_open() {
        let header = "From: Ann <ann@example.com>\nTo: bob@example.com\nBcc: dan@example.com\n";
        let mut options = MailOptions::default();
        let found = envelope_of(header, &options).unwrap();
        assert_eq!(found.sender().unwrap().as_str(), "ann@example.com");
        let recipients: Vec<&str> = found.recipients().iter().map(Address::as_str).collect();
        assert_eq!(recipients, ["bob@example.com", "dan@example.com"]);

        options.from = Some("<>".into());
        options.to = vec!["eve@example.com".into(), "eve@EXAMPLE.com".into()];
        let found = envelope_of("To: root\n", &options).unwrap();
        assert!(found.sender().is_none());
        assert_eq!(found.recipients().len(), 1);
        let no_recipient = envelope_of("To:\n", &MailOptions::default()).unwrap_err();
        assert_eq!(no_recipient.kind(), Kind::Message);
    }

    fn header_of(content: &[u8]) -> Result<Header, Error> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        header(&file).unwrap()
    }

    #[test]
    fn a_header_above_the_limit_is_an_error() {
        let long = |lines: usize| format!("To: a@x.test{}\n\nbody", ",\n b@x.test".repeat(lines));
        assert_eq!(header_of(long(200_000).as_bytes()).unwrap().fields().count(), 1);
        assert_eq!(header_of(long(400_000).as_bytes()).unwrap_err().kind(), Kind::Message);
    }

    #[test]
    fn a_byte_count_ends_the_body_only_if_a_property_list_follows() {
        let message = "To: a@x.test\n\nbody\n";
        for (after, is_cut) in
            [("<?xml version=\"1.0\"?>\n<plist>", true), ("more", false), ("", false)]
        {
            let content = format!("{:<10}\n{message}{after}", message.len());
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(content.as_bytes()).unwrap();
            let header = Header::parse(content.as_bytes(), true).unwrap().unwrap();
            let body = body(&header, &file).unwrap();
            let cut = content.get(body.start as usize..body.end as usize);
            assert_eq!(cut, is_cut.then_some("\nbody\n"), "{after:?}");
        }
    }
}
