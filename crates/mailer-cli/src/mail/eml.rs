//! A finished message, and the envelope that its headers and the options say.

use std::path::Path;

use mail_parser::MessageParser;
use mailer::{Address, Envelope, Error, Kind, Mail, Mailbox, Message, Step};

use crate::options::MailOptions;

/// Octets read at once.
const BLOCK: usize = 16 * 1024;
/// Octets of a header, at most: beyond that it is no mail.
const MAX_HEADER: usize = 4 * 1024 * 1024;

/// The message in this file, without its Bcc.
pub(super) fn mail(path: &Path, options: &MailOptions) -> Result<Mail, Error> {
    let whole = Message::from_file(path)?;
    let header = header(&whole)?;
    let envelope = envelope(&header, options)?;
    let kept = without_bcc(&header);
    if kept.len() == header.len() {
        return Ok(Mail::new(envelope, whole));
    }
    Ok(Mail::new(envelope, Message::from_file_with_header(kept, path, header.len() as u64)?))
}

/// All lines before the empty one, as they would be sent: what a lone CR ends here is a line there
/// too, and must not hide a Bcc.
fn header(message: &Message) -> Result<Vec<u8>, Error> {
    let (mut reader, mut header) = (message.open()?, Vec::new());
    loop {
        let block = reader.next_block(BLOCK)?;
        header.extend_from_slice(block);
        if block.is_empty() || header.starts_with(b"\r\n") {
            break;
        }
        if let Some(end) = memchr::memmem::find(&header, b"\r\n\r\n") {
            header.truncate(end + b"\r\n".len());
            return Ok(header);
        }
        if header.len() > MAX_HEADER {
            return Err(Error::new(Kind::Message, "the message's header does not end")
                .at(Step::Prepare)
                .hint("an empty line must stand between header and body"));
        }
    }
    // All of it is header, or none is.
    header.truncate(if header.starts_with(b"\r\n") { 0 } else { header.len() });
    Ok(header)
}

/// The header without its Bcc fields, folded lines included; everything else byte for byte.
fn without_bcc(header: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(header.len());
    let mut in_bcc = false;
    for line in header.split_inclusive(|&byte| byte == b'\n') {
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            in_bcc = is_bcc(line);
        }
        if !in_bcc {
            kept.extend_from_slice(line);
        }
    }
    kept
}

/// `Bcc:` or `Resent-Bcc:` (RFC 5322 §3.6.6), in any case, with the white space before the colon that
/// §4.5.3 still reads.
fn is_bcc(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    let is = |wanted: &[u8]| name.trim_ascii_end().eq_ignore_ascii_case(wanted);
    name.len() < line.len() && (is(b"bcc") || is(b"resent-bcc"))
}

/// What the options say; what they leave open, the headers.
fn envelope(header: &[u8], options: &MailOptions) -> Result<Envelope, Error> {
    let headers = MessageParser::new().parse_headers(header);
    let sender = match &options.from {
        // `--from '<>'` is the null reverse-path of notifications (RFC 5321 §4.5.5).
        Some(text) if text.trim() == "<>" => None,
        Some(text) => Some(address(text)?),
        None => Some(sender(headers.as_ref())?),
    };
    let given: Vec<&String> =
        [&options.to, &options.cc, &options.bcc].into_iter().flatten().collect();
    let recipients = match given.is_empty() {
        true => recipients(headers.as_ref())?,
        false => given.into_iter().map(|text| address(text)).collect::<Result<_, _>>()?,
    };
    Envelope::new(sender, recipients)
}

fn address(text: &str) -> Result<Address, Error> {
    text.parse::<Mailbox>().map(|mailbox| mailbox.address)
}

fn sender(headers: Option<&mail_parser::Message<'_>>) -> Result<Address, Error> {
    let first = headers.and_then(|headers| headers.from()?.first()?.address.clone());
    first
        .ok_or_else(|| {
            Error::new(Kind::Message, "the message has no From that names an address")
                .at(Step::Prepare)
                .hint("name the sender with --from")
        })?
        .parse()
}

fn recipients(headers: Option<&mail_parser::Message<'_>>) -> Result<Vec<Address>, Error> {
    let Some(headers) = headers else { return Ok(Vec::new()) };
    let fields = [headers.to(), headers.cc(), headers.bcc()];
    let mailboxes = fields.into_iter().flatten().flat_map(|field| field.iter());
    let mut found: Vec<Address> = Vec::new();
    for text in mailboxes.filter_map(|mailbox| mailbox.address()) {
        let address = text.parse()?;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bcc_goes_with_its_folded_lines_and_nothing_else_does() {
        let header = b"From: a@example.com\r\nBCC: x@example.com,\r\n\ty@example.com\r\n\
                       X-Bcc: no\r\nbcc : z\r\nTo: b@example.com\r\n";
        assert_eq!(
            without_bcc(header),
            b"From: a@example.com\r\nX-Bcc: no\r\nTo: b@example.com\r\n"
        );
    }

    #[test]
    fn no_line_end_hides_a_bcc() {
        for end in ["\r", "\n", "\r\n"] {
            let text = format!(
                "From: a@example.com{end}To: b@example.com{end}X: one\rBcc: c@example.com{end}{end}body{end}"
            );
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            let mail = mail(file.path(), &MailOptions::default()).unwrap();
            let mailer::Content::Message(message) = mail.content() else { panic!() };
            assert_eq!(
                message.to_vec().unwrap(),
                b"From: a@example.com\r\nTo: b@example.com\r\nX: one\r\n\r\nbody\r\n",
                "{end:?}"
            );
            assert_eq!(mail.envelope().recipients().len(), 2);
        }
    }

    #[test]
    fn headers_fill_what_the_options_leave_open() {
        let header = b"From: Ann <ann@example.com>\n\
                       To: Team: bob@example.com, cid@example.com;\n\
                       Cc: bob@example.com\n\
                       Bcc: dan@example.com\n";
        let mut options = MailOptions::default();
        let found = envelope(header, &options).unwrap();
        assert_eq!(found.sender().unwrap().as_str(), "ann@example.com");
        let recipients: Vec<&str> = found.recipients().iter().map(Address::as_str).collect();
        assert_eq!(recipients, ["bob@example.com", "cid@example.com", "dan@example.com"]);

        options.from = Some("<>".into());
        options.to = vec!["eve@example.com".into()];
        let found = envelope(header, &options).unwrap();
        assert!(found.sender().is_none());
        assert_eq!(found.recipients().len(), 1);
        assert_eq!(envelope(b"", &MailOptions::default()).unwrap_err().kind(), Kind::Message);
    }

    proptest! {
        #[test]
        fn whatever_a_header_has_no_bcc_is_left_and_nothing_else_is_lost(
            fields in proptest::collection::vec(
                ("(?i:bcc|resent-bcc|x-bcc|to|[!-9;-~]{1,5})[ \t]{0,2}", "[ -~]{0,9}(\r\n[ \t][ -~]{0,9}){0,2}"),
                0..8,
            ),
        ) {
            let text = |fields: &[(String, String)]| -> String {
                fields.iter().map(|(name, value)| format!("{name}:{value}\r\n")).collect()
            };
            let is_bcc = |name: &str| {
                ["bcc", "resent-bcc"].contains(&name.trim_end().to_ascii_lowercase().as_str())
            };
            let others: Vec<_> = fields.iter().filter(|(name, _)| !is_bcc(name)).cloned().collect();
            prop_assert_eq!(without_bcc(text(&fields).as_bytes()), text(&others).into_bytes());
        }

        #[test]
        fn no_header_is_too_strange(header in "(\\PC|[\r\n\t:<>@,;\"]){0,200}") {
            let _ = envelope(header.as_bytes(), &MailOptions::default());
        }
    }
}
