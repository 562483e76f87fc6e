//! The options that describe a message.

use std::path::PathBuf;

use clap::Args;
use mailer::{Error, Mailbox};

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
    /// Ask for replies to it (may be repeated)
    ///
    /// Set the Reply-To field: the address that replies to the message go to.
    #[arg(long, value_name = "ADDRESS", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) reply_to: Vec<String>,
    /// Set the subject
    #[arg(short, long, value_name = "TEXT", help_heading = "Message", conflicts_with = "eml")]
    pub(crate) subject: Option<String>,
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
}

impl MailOptions {
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

    /// Returns how many options read stdin.
    pub(crate) fn stdin_count(&self) -> usize {
        let files = [&self.body_file, &self.html_file, &self.eml].into_iter().flatten();
        files.chain(&self.attach).filter(|path| path.as_os_str() == "-").count()
    }

    /// Whether any of these options is set.
    pub(crate) fn is_set(&self) -> bool {
        self.has_content()
            || self.from.is_some()
            || self.subject.is_some()
            || [&self.to, &self.cc, &self.bcc, &self.reply_to].iter().any(|all| !all.is_empty())
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
