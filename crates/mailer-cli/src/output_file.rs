//! A file that a command writes besides its output: that of `--html` or `--pcap`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use mailer::{Error, Kind};

/// A writable file. It is opened before any message is sent, so that a file that cannot be written is
/// reported before messages are delivered.
pub(crate) struct OutputFile {
    option: &'static str,
    path: PathBuf,
    file: File,
}

impl OutputFile {
    /// Opens the file of this option; an empty path counts as not set. Its content remains until
    /// [`OutputFile::write`].
    pub(crate) fn open(option: &'static str, path: Option<&Path>) -> Result<Option<Self>, Error> {
        Self::open_with(option, path, &mut OpenOptions::new())
    }

    /// Opens the file like [`OutputFile::open`], readable for the current user only.
    pub(crate) fn open_private(
        option: &'static str,
        path: Option<&Path>,
    ) -> Result<Option<Self>, Error> {
        let mut options = OpenOptions::new();
        private_when_created(&mut options);
        let opened = Self::open_with(option, path, &mut options)?;
        if let Some(opened) = &opened {
            make_private(&opened.file).map_err(|cause| opened.cannot_write(cause))?;
        }
        Ok(opened)
    }

    fn open_with(
        option: &'static str,
        path: Option<&Path>,
        options: &mut OpenOptions,
    ) -> Result<Option<Self>, Error> {
        let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
        let file = options.write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|cause| cannot_write(option, path, cause))?;
        Ok(Some(Self { option, path: path.to_owned(), file }))
    }

    /// Replaces the content of the file.
    pub(crate) fn write(mut self, content: &[u8]) -> Result<(), Error> {
        self.replace(content).map_err(|cause| self.cannot_write(cause))
    }

    fn replace(&mut self, content: &[u8]) -> io::Result<()> {
        // A pipe or a terminal has no content to remove.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(content)
    }

    fn cannot_write(&self, cause: io::Error) -> Error {
        cannot_write(self.option, &self.path, cause)
    }
}

fn cannot_write(option: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Configuration, format!("cannot write {}", path.display()))
        .with_cause(cause)
        .with_hint(format!("check the name after {option} and the permissions of its folder"))
}

#[cfg(unix)]
fn private_when_created(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Restricts a regular file that existed before; a pipe or a terminal keeps its permissions.
#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};
    match file.metadata()?.is_file() {
        true => file.set_permissions(Permissions::from_mode(0o600)),
        false => Ok(()),
    }
}

#[cfg(not(unix))]
fn private_when_created(_: &mut OpenOptions) {}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
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
        let page = OutputFile::open("--html", Some(&path)).unwrap().unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("a longer"));
        page.write(b"short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }

    #[test]
    fn opening_fails_if_the_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            OutputFile::open("--html", Some(&folder.path().join("no").join("page.html"))).is_err()
        );
        assert!(OutputFile::open("--html", Some(folder.path())).is_err());
        assert!(
            OutputFile::open("--html", Some(Path::new(""))).unwrap().is_none()
                && OutputFile::open("--html", None).unwrap().is_none()
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_readable_for_the_user_only_even_if_it_existed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (fresh, existing) = (folder.path().join("fresh"), folder.path().join("existing"));
        fs::write(&existing, "").unwrap();
        fs::set_permissions(&existing, fs::Permissions::from_mode(0o644)).unwrap();
        for path in [fresh, existing] {
            OutputFile::open_private("--pcap", Some(&path)).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
