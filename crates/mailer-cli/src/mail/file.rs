//! The files of a message: bodies, attachments, and how errors name them.

use std::{io, path::Path};

use mailer::{Error, Kind, Step};

use super::Reading;
use crate::input::{self, BYTE_ORDER_MARK, MAX_CONTENT, is_utf16};

/// Reads a file or pipe, or stdin if the path is `-`.
pub(super) fn read(path: &Path, reading: Reading) -> Result<Vec<u8>, Error> {
    input::read(path, reading.limits(MAX_CONTENT)).map_err(|cause| unreadable(path, cause))
}

/// Reads text from a file or pipe, or from stdin if the path is `-`, without a byte order mark.
pub(super) fn read_text(path: &Path, reading: Reading) -> Result<String, Error> {
    let mut text =
        String::from_utf8(read(path, reading)?).map_err(|cause| not_utf8(path, &cause))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(text)
}

fn not_utf8(path: &Path, cause: &std::string::FromUtf8Error) -> Error {
    let what =
        if is_utf16(cause.as_bytes()) { "is UTF-16 text, not UTF-8" } else { "is not UTF-8 text" };
    Error::new(Kind::Message, format!("{} {what}", name(path).display()))
        .with_step(Step::Prepare)
        .with_cause(cause.utf8_error())
        .with_hint("convert it to UTF-8, or send it with --attach")
}

/// Returns the name of a file in errors.
pub(super) fn name(path: &Path) -> &Path {
    if path.as_os_str() == "-" { Path::new("stdin") } else { path }
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let hint = match cause.kind() {
        io::ErrorKind::FileTooLarge => "send a smaller file, or a link to it",
        io::ErrorKind::TimedOut => {
            "check the program that writes to it, or allow more time with --timeout"
        }
        _ => "check the file's name and permissions",
    };
    Error::new(Kind::Input, format!("cannot read {}", name(path).display()))
        .with_step(Step::Prepare)
        .with_cause(cause)
        .with_hint(hint)
}
