//! The options that describe a message.

use std::path::PathBuf;

use clap::Args;
use mailer::{Address, Dsn, Error, Mailbox, ReturnedContent};

use crate::profile::Profile;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct MailOptions {
    #[arg(
        help = "Send from this address",
        long_help = "Send from this address: ann@example.com, or 'Ann <ann@example.com>'",
        short,
        long,
        value_name = "ADDRESS",
        help_heading = "Message"
    )]
    pub(crate) from: Option<String>,
    /// Send to this address (may be repeated)
    ///
    /// Each value may be a list with commas.
    #[arg(short, long, value_name = "ADDRESS", help_heading = "Message")]
    pub(crate) to: Vec<String>,
    /// Send a copy to this address (may be repeated)
    ///
    /// Each value may be a list with commas.
    #[arg(short, long, value_name = "ADDRESS", help_heading = "Message")]
    pub(crate) cc: Vec<String>,
    /// Send a hidden copy to it (may be repeated)
    ///
    /// Send a copy to this address without naming it in the message. Each value may be a list with commas.
    #[arg(short, long, value_name = "ADDRESS", help_heading = "Message")]
    pub(crate) bcc: Vec<String>,
    /// Send to the addresses in FILE (- is stdin)
    ///
    /// Each line names an address, or a list with commas; empty lines and lines that begin with # are
    /// skipped. This option may be repeated. The addresses appear in the To field: use --bcc-file for
    /// recipients that must not see each other.
    #[arg(long, value_name = "FILE", help_heading = "Message")]
    pub(crate) to_file: Vec<PathBuf>,
    /// Send hidden copies to the addresses in FILE
    ///
    /// Like --to-file, but the message does not name the addresses. This option may be repeated.
    #[arg(long, value_name = "FILE", help_heading = "Message")]
    pub(crate) bcc_file: Vec<PathBuf>,
    /// Ask for replies to it (may be repeated)
    ///
    /// Set the Reply-To field: the address that replies to the message go to.
    #[arg(long, value_name = "ADDRESS", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) reply_to: Vec<String>,
    /// Set the subject
    #[arg(short, long, value_name = "TEXT", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) subject: Option<String>,
    /// Add a header field: 'Name: value' (may be repeated)
    ///
    /// Characters that are not ASCII are encoded. A field that has an option of its own, such as Subject, is
    /// refused.
    #[arg(long = "header", value_name = "FIELD", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) headers: Vec<String>,
    /// Use TEXT as the text body
    #[arg(long, value_name = "TEXT", help_heading = "Message", conflicts_with_all = ["body_file", "eml"])]
    pub(crate) body: Option<String>,
    /// Read the text body from FILE (- is stdin)
    #[arg(long, value_name = "FILE", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) body_file: Option<PathBuf>,
    /// Read an HTML body from FILE (- is stdin)
    ///
    /// With a text body as well, the message contains both as alternatives.
    #[arg(long, value_name = "FILE", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) html_file: Option<PathBuf>,
    /// Show FILE in the HTML body (may be repeated)
    ///
    /// The HTML body refers to the file as cid:NAME, where NAME is the file's name, or CID if the value is
    /// CID=FILE: <img src="cid:logo.png">.
    #[arg(
        long,
        value_name = "[CID=]FILE",
        help_heading = "Message",
        conflicts_with = "eml",
        requires = "html_file"
    )]
    pub(crate) inline: Vec<PathBuf>,
    /// Attach FILE (may be repeated)
    #[arg(short, long, value_name = "FILE", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) attach: Vec<PathBuf>,
    /// Send the finished message in FILE (- is stdin)
    ///
    /// The message is sent byte for byte, without its Bcc fields. --from then sets the sender of the
    /// envelope, and --to, --cc and --bcc set all of its recipients. What these options leave open is read
    /// from the header of the message.
    #[arg(long, value_name = "FILE", help_heading = "Message")]
    pub(crate) eml: Option<PathBuf>,
    /// Send failures to this address (<> is none)
    ///
    /// Set the sender of the envelope (MAIL FROM), to which servers send notifications of failures; <> is no
    /// sender. The default is the address in --from.
    #[arg(long, value_name = "ADDRESS", help_heading = "Envelope")]
    envelope_from: Option<String>,
    /// Ask for notifications of these EVENTS (DSN)
    ///
    /// Ask the servers to notify the sender of the envelope (RFC 3461): never, or a list of success, failure
    /// and delay with commas. Without this option, they notify it of failures. A message with --notify, --ret
    /// or --envid is sent only to a server that offers DSN, and only with the backend raw.
    #[arg(long, value_name = "EVENTS", help_heading = "Envelope")]
    notify: Option<String>,
    /// Return the full message or its headers
    ///
    /// The part of the message that a notification of a failure contains: full or hdrs (RFC 3461).
    #[arg(
        long,
        value_name = "PART",
        value_parser = ["full", "hdrs"],
        hide_possible_values = true,
        help_heading = "Envelope"
    )]
    ret: Option<String>,
    /// Identify the message as ID in notifications
    ///
    /// A text that notifications repeat (RFC 3461): up to 100 printable ASCII characters.
    #[arg(long, value_name = "ID", help_heading = "Envelope")]
    envid: Option<String>,
}

impl MailOptions {
    /// Completes the options with a profile. Its sender and header fields are for drafts; the header of a
    /// finished message has its own.
    pub(crate) fn use_profile(&mut self, profile: Profile) {
        let fill = |option: &mut Option<String>, value| {
            if option.as_deref().is_none_or(str::is_empty) {
                *option = value;
            }
        };
        fill(&mut self.envelope_from, profile.envelope_from);
        if self.eml.is_some() {
            return;
        }
        fill(&mut self.from, profile.from);
        if self.reply_to.is_empty() {
            self.reply_to = profile.reply_to;
        }
        self.headers.splice(..0, profile.headers);
    }

    /// Whether the options name any content to send.
    pub(crate) fn has_content(&self) -> bool {
        self.eml.is_some()
            || self.body.is_some()
            || self.body_file.is_some()
            || self.html_file.is_some()
            || !self.attach.is_empty()
    }

    /// Returns the value of `--from`; an empty value counts as not set.
    pub(crate) fn sender(&self) -> Option<&str> {
        self.from.as_deref().filter(|text| !text.is_empty())
    }

    /// Returns the sender of the envelope that `--envelope-from` names: `None` if the option is not set, or
    /// empty, and `Some(None)` for the null reverse-path (RFC 5321 §4.5.5).
    pub(crate) fn envelope_sender(&self) -> Result<Option<Option<Address>>, Error> {
        let text = self.envelope_from.as_deref().filter(|text| !text.is_empty());
        text.map(super::reverse_path).transpose()
    }

    /// Returns the request for delivery status notifications.
    pub(crate) fn dsn(&self) -> Result<Dsn, Error> {
        let mut dsn = Dsn::default();
        dsn.notify = self.notify.as_deref().map(str::parse).transpose()?;
        dsn.returned = match self.ret.as_deref() {
            Some("full") => Some(ReturnedContent::Full),
            Some(_) => Some(ReturnedContent::Headers),
            None => None,
        };
        dsn.envelope_id = self.envid.as_deref().map(str::parse).transpose()?;
        Ok(dsn)
    }

    /// Returns how many options read stdin.
    pub(crate) fn stdin_count(&self) -> usize {
        let files = [&self.body_file, &self.html_file, &self.eml].into_iter().flatten();
        let recipients = self.to_file.iter().chain(&self.bcc_file);
        files
            .chain(recipients)
            .chain(&self.inline)
            .chain(&self.attach)
            .filter(|path| path.as_os_str() == "-")
            .count()
    }

    /// Whether any of these options is set.
    pub(crate) fn is_set(&self) -> bool {
        self.has_content()
            || self.from.is_some()
            || self.subject.is_some()
            || self.envelope_from.is_some()
            || self.notify.is_some()
            || self.ret.is_some()
            || self.envid.is_some()
            || !self.to_file.is_empty()
            || !self.bcc_file.is_empty()
            || [&self.to, &self.cc, &self.bcc, &self.reply_to, &self.headers]
                .iter()
                .any(|all| !all.is_empty())
    }
}

/// Parses the values of an option that names mailboxes; each value is a list.
pub(crate) fn mailboxes<'a>(
    values: impl IntoIterator<Item = &'a String>,
) -> Result<Vec<Mailbox>, Error> {
    let mut mailboxes = Vec::new();
    for list in values {
        mailboxes.extend(Mailbox::parse_list(list)?);
    }
    Ok(mailboxes)
}
