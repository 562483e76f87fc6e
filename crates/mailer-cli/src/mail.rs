//! From options to a mail.

mod draft;
mod eml;
mod file;

use std::time::Duration;

use mailer::{Error, Kind, Mail, Mailbox, MessageId};
use mailer_prepared::Remark;

use crate::{input::Limits, options::MailOptions, output};

/// How the files of a mail are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The longest that a pipe may take.
    pub(crate) time: Option<Duration>,
    /// Whether notes about what was dropped are shown.
    pub(crate) shows_notes: bool,
}

impl Reading {
    /// The limits of one file that goes into a mail.
    fn limits(self, bytes: u64) -> Limits {
        Limits { bytes, time: self.time }
    }

    /// Prints what is to be said of a message.
    fn print(self, remarks: &[Remark]) {
        for remark in remarks {
            match remark {
                Remark::Warning(text) => output::note(&format!("mailer: {text}")),
                Remark::Note(text) if self.shows_notes => output::note(&format!("-- {text}")),
                Remark::Note(_) => {}
            }
        }
    }
}

/// The mail that the options describe.
pub(crate) fn prepare(options: &MailOptions, reading: Reading) -> Result<Mail, Error> {
    if options.reads_stdin() > 1 {
        return Err(Error::new(Kind::Input, "stdin can be read only once")
            .with_hint("give - to one option, and files to the others"));
    }
    match &options.eml {
        Some(path) => eml::mail(path, options, reading),
        None => draft::mail(options, reading),
    }
}

/// The mailboxes that an option names, which may be repeated: each of its values is a list.
pub(crate) fn mailboxes<'a>(
    lists: impl IntoIterator<Item = &'a String>,
) -> Result<Vec<Mailbox>, Error> {
    let mut mailboxes = Vec::new();
    for list in lists {
        mailboxes.extend(Mailbox::parse_list(list)?);
    }
    Ok(mailboxes)
}

/// A new Message-ID that no other mail has.
pub(crate) fn new_message_id(domain: &str) -> Result<MessageId, Error> {
    let fail = "the system gives no random numbers";
    let random = getrandom::u64()
        .and_then(|high| Ok((high, getrandom::u64()?)))
        .map_err(|cause| Error::new(Kind::Internal, fail).with_cause(cause))?;
    format!("{:016x}{:016x}@{domain}", random.0, random.1).parse()
}
