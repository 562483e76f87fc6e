//! `--eml`: the prepared messages in a folder, in the order of their names.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mailer::{Error, Kind};

use crate::mail;

/// The greatest number of messages.
const MOST_MESSAGES: usize = 10_000;
/// The greatest size of all messages together, in bytes. Each contender's process keeps them in memory.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Returns the contents of all messages in a folder, or of one message if the path is a file.
///
/// Subfolders, hidden files, and pipes and devices are left out.
pub(super) fn messages(path: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let files = files(path).map_err(|cause| unreadable(path, cause))?;
    let name = path.display();
    if files.is_empty() {
        return Err(Error::new(Kind::Message, format!("{name} has no file with a message")));
    }
    if files.len() > MOST_MESSAGES {
        return Err(Error::new(
            Kind::Message,
            format!("{name} has more than {MOST_MESSAGES} files"),
        ));
    }
    let mut left = MOST_BYTES;
    let mut messages = Vec::new();
    for file in files {
        let message = message(&file, left)?;
        left = left.saturating_sub(message.len() as u64);
        messages.push(message);
    }
    Ok(messages)
}

/// Returns the files that may be messages, sorted by name.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // What a link cannot be followed to is reported when the file is read.
        let is_other = fs::metadata(entry.path()).is_ok_and(|it| !it.is_file());
        if !is_hidden && !is_other {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the content of one message, of at most `most` bytes.
fn message(file: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let size = fs::metadata(file).map_err(|cause| unreadable(file, cause))?.len();
    if size == 0 {
        return Err(Error::new(Kind::Message, format!("{} is empty", file.display())));
    }
    let too_large = || {
        let problem = format!("the messages up to {} are larger than 64 MiB", file.display());
        Error::new(Kind::Message, problem).with_hint("measure with fewer or smaller messages")
    };
    if size > most {
        return Err(too_large());
    }
    let name_it = |error: Error| match error.kind() {
        Kind::Input => error,
        kind => Error::new(kind, format!("cannot send {}: {error}", file.display())),
    };
    let message = mail::prepared(file).map_err(name_it)?;
    if message.size() > most {
        return Err(too_large());
    }
    message.to_vec()
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Input, format!("cannot read {}", path.display())).with_cause(cause)
}
