//! From options to a mail.

mod draft;
mod eml;
mod file;

use mailer::{Error, Kind, Mail, MessageId};
use tempfile::NamedTempFile;

use crate::options::MailOptions;

/// A mail, and what has to stay as long as it is sent.
pub(crate) struct Prepared {
    pub(crate) mail: Mail,
    /// What came from stdin, where it can be read again.
    _spool: Option<NamedTempFile>,
}

/// The mail that the options describe.
pub(crate) fn prepare(options: &MailOptions) -> Result<Prepared, Error> {
    if options.reads_stdin() > 1 {
        return Err(Error::new(Kind::Input, "stdin can be read only once")
            .hint("give - to one option, and files to the others"));
    }
    match &options.eml {
        Some(path) => {
            let (path, spool) = file::spooled(path)?;
            Ok(Prepared { mail: eml::mail(&path, options)?, _spool: spool })
        }
        None => Ok(Prepared { mail: draft::mail(options)?, _spool: None }),
    }
}

impl From<Mail> for Prepared {
    fn from(mail: Mail) -> Self {
        Self { mail, _spool: None }
    }
}

/// A new Message-ID that no other mail has.
pub(crate) fn new_message_id(domain: &str) -> Result<MessageId, Error> {
    let fail = "the system gives no random numbers";
    let random = getrandom::u64()
        .and_then(|high| Ok((high, getrandom::u64()?)))
        .map_err(|cause| Error::new(Kind::Internal, fail).because(cause))?;
    format!("{:016x}{:016x}@{domain}", random.0, random.1).parse()
}
