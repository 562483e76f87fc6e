//! A finished message, and the envelope that its headers and the options say.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use mail_parser::MessageParser;
use mailer::{Address, Envelope, Error, Kind, Mail, Mailbox, Message, Step};

use super::file::unreadable;
use crate::options::MailOptions;

/// Octets of a header, at most: beyond that it is no mail.
const MAX_HEADER: usize = 4 * 1024 * 1024;

/// The message in this file, without its Bcc.
pub(super) fn mail(path: &Path, options: &MailOptions) -> Result<Mail, Error> {
    let header = read_header(path)?;
    let envelope = envelope(&header, options)?;
    let kept = without_bcc(&header);
    let message = if kept.len() == header.len() {
        Message::from_file(path)?
    } else {
        Message::from_file_with_header(kept, path, header.len() as u64)?
    };
    Ok(Mail::new(envelope, message))
}

/// All lines before the empty one.
fn read_header(path: &Path) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
    let (mut file, mut header) = (BufReader::new(file), Vec::new());
    loop {
        let start = header.len();
        file.read_until(b'\n', &mut header).map_err(|cause| unreadable(path, cause))?;
        let line = header.get(start..).unwrap_or_default();
        if line.is_empty() || matches!(line, b"\n" | b"\r\n") {
            header.truncate(start);
            return Ok(header);
        }
        if header.len() > MAX_HEADER {
            return Err(Error::new(Kind::Message, "the message's header does not end")
                .at(Step::Prepare)
                .hint("an empty line must stand between header and body"));
        }
    }
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

/// `Bcc:`, in any case, with the white space before the colon that RFC 5322 §4.5.3 still reads.
fn is_bcc(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    name.len() < line.len() && name.trim_ascii_end().eq_ignore_ascii_case(b"bcc")
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
}
