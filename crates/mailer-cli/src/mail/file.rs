//! Files that make up a mail.

use std::{io, path::Path};

use mailer::{Error, Kind, Step};

use super::Reading;
use crate::input::{self, MAX_CONTENT};

/// A byte order mark, which Windows programs put at the start of text.
const MARK: &str = "\u{feff}";

/// The bytes of a file or pipe, or of stdin if it is `-`.
pub(super) fn read(path: &Path, reading: Reading) -> Result<Vec<u8>, Error> {
    input::read(path, reading.limits(MAX_CONTENT)).map_err(|cause| unreadable(path, cause))
}

/// The text of a file or pipe, or of stdin if it is `-`, without a byte order mark at its start.
pub(super) fn read_text(path: &Path, reading: Reading) -> Result<String, Error> {
    let mut text =
        String::from_utf8(read(path, reading)?).map_err(|cause| not_utf8(path, &cause))?;
    if text.starts_with(MARK) {
        text.drain(..MARK.len());
    }
    Ok(text)
}

fn not_utf8(path: &Path, cause: &std::string::FromUtf8Error) -> Error {
    let is_utf16 = matches!(cause.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let what = if is_utf16 { "is UTF-16, and not UTF-8 text" } else { "is not UTF-8 text" };
    Error::new(Kind::Message, format!("{} {what}", name(path).display()))
        .with_step(Step::Prepare)
        .with_cause(cause.utf8_error())
        .with_hint("convert it, or send it with --attach")
}

/// What errors call it.
pub(super) fn name(path: &Path) -> &Path {
    if path.as_os_str() == "-" { Path::new("stdin") } else { path }
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::FileTooLarge => "send a smaller one, or a link to it",
        io::ErrorKind::TimedOut => "see what writes to it, or allow it more with --timeout",
        _ => "check its name and its permissions",
    };
    Error::new(Kind::Input, format!("cannot read {}", name(path).display()))
        .with_step(Step::Prepare)
        .with_cause(cause)
        .with_hint(hint)
}
