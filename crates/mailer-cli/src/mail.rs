//! Makes a message from the options.

mod draft;
mod eml;
mod file;
mod header;
pub(crate) mod message_id;
mod reading;
mod recipients;

use std::path::Path;

use mailer::{Error, Kind, Mail, Message};

pub(crate) use self::reading::Reading;
use crate::options::MailOptions;

/// Returns the message that the options describe.
pub(crate) fn prepare(options: &MailOptions, reading: Reading) -> Result<Mail, Error> {
    if options.stdin_count() > 1 {
        return Err(Error::new(Kind::Input, "stdin can be read only once")
            .with_hint("pass - to one option and files to the others"));
    }
    match &options.eml {
        Some(path) => eml::mail(path, options, reading),
        None => draft::mail(options, reading),
    }
}

/// Returns the content of the prepared message in a file, without its Bcc fields.
pub(crate) fn prepared(path: &Path) -> Result<Message, Error> {
    eml::content(path, Reading { time: None, shows_notes: false })
}
