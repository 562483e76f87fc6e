//! Files that make up a mail.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use mailer::{Error, Kind, Step};
use tempfile::NamedTempFile;

/// The bytes of a file, or of stdin if it is `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    if path.as_os_str() != "-" {
        return fs::read(path).map_err(|cause| unreadable(path, cause));
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|cause| unreadable(path, cause))?;
    Ok(bytes)
}

/// The text of a file, or of stdin if it is `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?).map_err(|cause| {
        Error::new(Kind::Message, format!("{} is not UTF-8 text", path.display()))
            .at(Step::Prepare)
            .because(cause)
            .hint("convert it, or send it with --attach")
    })
}

/// A file that can be read more than once: stdin (`-`) is copied to a temporary one first.
pub(super) fn spooled(path: &Path) -> Result<(PathBuf, Option<NamedTempFile>), Error> {
    if path.as_os_str() != "-" {
        return Ok((path.to_owned(), None));
    }
    let spool = || {
        let mut file = NamedTempFile::new()?;
        io::copy(&mut io::stdin().lock(), &mut file)?;
        Ok(file)
    };
    let file = spool().map_err(|cause| unreadable(path, cause))?;
    Ok((file.path().to_owned(), Some(file)))
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    let name = if path.as_os_str() == "-" { Path::new("stdin") } else { path };
    Error::new(Kind::Input, format!("cannot read {}", name.display()))
        .at(Step::Prepare)
        .because(cause)
        .hint("check its name and its permissions")
}
