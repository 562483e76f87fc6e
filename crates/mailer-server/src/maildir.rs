//! A maildir: one file per message, written under `tmp` and renamed into `new`.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::private;

/// A maildir that this server delivers to. Only its owner can read it.
#[derive(Debug)]
pub(crate) struct Maildir {
    root: PathBuf,
    delivered: AtomicU64,
}

impl Maildir {
    /// Opens the maildir at `root`, and creates its missing directories.
    ///
    /// # Errors
    /// If a directory cannot be created.
    pub(crate) fn create(root: &Path) -> io::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            private::create_directory(&root.join(part))?;
        }
        private::sync_directory(root)?;
        Ok(Self { root: root.to_owned(), delivered: AtomicU64::new(0) })
    }

    /// Creates a file under `tmp`.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub(crate) fn begin(&self) -> io::Result<NewFile> {
        let name = self.unique_name();
        let path = self.root.join("tmp").join(&name);
        let file = private::create_file(&path)?;
        let new = self.root.join("new");
        Ok(NewFile { file, path: Some(path), new, name })
    }

    /// Returns a name of time, process and number, as the specification of maildir requires.
    fn unique_name(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let (seconds, micros) = (now.as_secs(), now.subsec_micros());
        format!("{seconds}.M{micros}P{}Q{number}.localhost", process::id())
    }
}

/// A file that is not delivered yet. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    /// The path of the file; None after delivery.
    path: Option<PathBuf>,
    /// The directory to deliver to.
    new: PathBuf,
    name: String,
}

impl NewFile {
    /// Appends bytes to the file.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Moves the file into `new`, where readers look. When this returns, the message is on the
    /// disk, and the server may accept responsibility for it (RFC 5321 §4.2.5).
    ///
    /// # Errors
    /// If the file cannot be synced or renamed; it is removed then.
    pub(crate) fn publish(mut self) -> io::Result<PathBuf> {
        self.file.sync_all()?;
        let destination = self.new.join(&self.name);
        if let Some(path) = &mut self.path {
            fs::rename(&*path, &destination)?;
            path.clone_from(&destination);
        }
        private::sync_directory(&self.new)?;
        self.path = None;
        Ok(destination)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // A file that cannot be removed does no harm: readers ignore `tmp`.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(root: &Path, part: &str) -> usize {
        fs::read_dir(root.join(part)).expect("a directory").count()
    }

    #[test]
    fn a_published_file_is_in_new_and_a_dropped_file_is_removed() {
        let root = tempfile::tempdir().expect("a directory");
        let maildir = Maildir::create(root.path()).expect("created");
        drop(maildir.begin().expect("begun"));
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (0, 0));

        let mut file = maildir.begin().expect("begun");
        file.write(b"exactly\r\n").expect("written");
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (1, 0));
        let path = file.publish().expect("published");
        assert_eq!(fs::read(path).expect("read"), b"exactly\r\n");
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (0, 1));
    }

    #[test]
    fn a_file_that_cannot_be_published_is_removed() {
        let root = tempfile::tempdir().expect("a directory");
        let maildir = Maildir::create(root.path()).expect("created");
        let file = maildir.begin().expect("begun");
        fs::remove_dir(root.path().join("new")).expect("removed");
        assert!(file.publish().is_err());
        assert_eq!(files(root.path(), "tmp"), 0);
    }
}
