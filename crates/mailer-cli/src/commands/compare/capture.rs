//! `--pcap`: the sessions as a capture file for Wireshark, with the TLS secrets inside.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use mailer::Error;
use mailer_compare::{Comparison, capture};
use mailer_server::Config;

use crate::output_file::OutputFile;

/// A capture file, and the TLS secrets of the sessions so far.
pub(super) struct Capture {
    file: OutputFile,
    key_log: Arc<Mutex<String>>,
}

impl Capture {
    /// Opens the file, readable for the current user only: it will contain the password.
    pub(super) fn open(path: Option<&Path>) -> Result<Option<Self>, Error> {
        let file = OutputFile::open_private("--pcap", path)?;
        Ok(file.map(|file| Self { file, key_log: Arc::default() }))
    }

    /// Makes a server that is started with this configuration hand over its TLS secrets.
    pub(super) fn collect_secrets(&self, config: Config) -> Config {
        let key_log = Arc::clone(&self.key_log);
        config.with_on_tls_secret(move |line| {
            let mut key_log = key_log.lock().unwrap_or_else(PoisonError::into_inner);
            key_log.push_str(line);
            key_log.push('\n');
        })
    }

    /// Writes the sessions of this comparison.
    pub(super) fn write(self, comparison: &Comparison) -> Result<(), Error> {
        let key_log = self.key_log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.file.write(&capture::pcapng(comparison, &key_log))
    }
}
