//! A maildir: one file per mail, written under `tmp`, renamed into `new`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A maildir that this server delivers to
#[derive(Debug)]
pub(crate) struct Maildir {
    root: PathBuf,
    delivered: AtomicU64,
}

impl Maildir {
    /// Makes what is missing of `root` and its three directories
    pub(crate) fn create(root: &Path) -> io::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(root.join(part))?;
        }
        Ok(Self { root: root.to_owned(), delivered: AtomicU64::new(0) })
    }

    /// A new file under `tmp`
    pub(crate) fn begin(&self) -> io::Result<NewFile> {
        let name = self.unique_name();
        let temporary = self.root.join("tmp").join(&name);
        let file = File::create_new(&temporary)?;
        Ok(NewFile {
            file,
            temporary: Some(temporary),
            destination: self.root.join("new").join(name),
        })
    }

    /// Time, process and a number, as the maildir's inventor asks
    fn unique_name(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let (seconds, micros) = (now.as_secs(), now.subsec_micros());
        format!("{seconds}.M{micros}P{}Q{number}.localhost", process::id())
    }
}

/// A file not yet in its place; dropped, it is removed
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    /// None once it has been renamed
    temporary: Option<PathBuf>,
    destination: PathBuf,
}

impl NewFile {
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all(octets)
    }

    /// Moves it into `new`, where readers look
    pub(crate) fn publish(mut self) -> io::Result<PathBuf> {
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.destination)?;
        }
        self.temporary = None;
        Ok(std::mem::take(&mut self.destination))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Nobody reads `tmp`: a file that cannot be removed does no harm there.
            let _ = fs::remove_file(temporary);
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
    fn a_file_appears_in_new_when_published_and_nowhere_when_dropped() {
        let root = tempfile::tempdir().expect("a directory");
        let maildir = Maildir::create(root.path()).expect("made");
        drop(maildir.begin().expect("begun"));
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (0, 0));

        let mut file = maildir.begin().expect("begun");
        file.write(b"exactly\r\n").expect("written");
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (1, 0));
        let path = file.publish().expect("published");
        assert_eq!(fs::read(path).expect("read"), b"exactly\r\n");
        assert_eq!((files(root.path(), "tmp"), files(root.path(), "new")), (0, 1));
    }
}
