//! The file of `--html`.

use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    iter,
    path::{Path, PathBuf},
};

use mailer::{Error, Kind};

/// A writable file. It is opened before any message is sent, so that a file that cannot be written is
/// reported before messages are delivered.
pub(crate) struct Page {
    path: PathBuf,
    file: File,
}

impl Page {
    /// Opens the file; an empty path counts as not set. Its content remains until [`Page::write`].
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Self>, Error> {
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|cause| cannot_write(path, cause))?;
        Ok(Some(Self { path: path.to_owned(), file }))
    }

    /// Replaces the content of the file.
    pub(crate) fn write(mut self, text: &str) -> Result<(), Error> {
        self.replace(text).map_err(|cause| cannot_write(&self.path, cause))
    }

    fn replace(&mut self, text: &str) -> io::Result<()> {
        // A pipe or a terminal has no content to remove.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())
    }
}

/// Returns the command line of this process, quoted for a shell, to be shown on the page. No secret is ever
/// an argument.
pub(crate) fn command_line() -> String {
    let arguments = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let words: Vec<String> = iter::once("mailer".to_owned()).chain(arguments).collect();
    // A word with NUL cannot be quoted, and cannot be an argument.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

fn cannot_write(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Configuration, format!("cannot write {}", path.display()))
        .with_cause(cause)
        .with_hint("check the name after --html and the permissions of its folder")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_writing_the_page_replaces_the_content_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        fs::write(&path, "a longer text that was there before").unwrap();
        let page = Page::open(Some(&path)).unwrap().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("a longer"));
        page.write("short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }

    #[test]
    fn opening_fails_if_the_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Page::open(Some(&folder.path().join("no").join("page.html"))).is_err());
        assert!(Page::open(Some(folder.path())).is_err());
        assert!(
            Page::open(Some(Path::new(""))).unwrap().is_none()
                && Page::open(None).unwrap().is_none()
        );
    }
}
