//! Where an error in the configuration file is.

use std::path::Path;

use mailer::{Error, Kind};

/// The file and its text.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl<'a> Place<'a> {
    /// Returns the key in the line that has this position: the text before an equals sign, if it can be one.
    pub(super) fn key(self, at: usize) -> Option<&'a str> {
        let start = self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let (key, _) = self.text.get(start..)?.lines().next()?.split_once('=')?;
        let key = key.trim();
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (!key.is_empty() && key.chars().all(is_key)).then_some(key)
    }

    /// Returns an error that names the file, and the line that has this position.
    pub(super) fn error(self, at: Option<usize>, what: &str) -> Error {
        let before = self.text.get(..at.unwrap_or_default()).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        // A message of the parser may have several lines.
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        Error::new(Kind::Configuration, format!("{}, line {line}: {what}", self.path.display()))
    }

    /// Refuses a file that holds a password if other users can read it.
    #[cfg(unix)]
    pub(super) fn check_private(self, at: usize, key: &str) -> Result<(), Error> {
        use std::{fs, os::unix::fs::MetadataExt as _};

        const OTHERS: u32 = 0o077;
        let is_open = fs::metadata(self.path).is_ok_and(|file| file.mode() & OTHERS != 0);
        if !is_open {
            return Ok(());
        }
        let what = format!("the key {key} holds a password, and other users may read the file");
        let hint = format!(
            "run chmod 600 {}, or use password-command or password-file",
            self.path.display()
        );
        Err(self.error(Some(at), &what).with_hint(hint))
    }

    /// Other systems have no such permissions.
    #[cfg(not(unix))]
    pub(super) fn check_private(self, _: usize, _: &str) -> Result<(), Error> {
        Ok(())
    }
}
