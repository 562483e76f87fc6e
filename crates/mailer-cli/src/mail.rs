//! Makes a message from the options.

mod draft;
mod eml;
mod file;
mod header;
pub(crate) mod message_id;
mod reading;
mod recipients;

use mailer::{Error, Kind, Mail};

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
