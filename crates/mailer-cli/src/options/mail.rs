//! The options that say what to send.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Clone, Debug, Default)]
pub(crate) struct MailOptions {
    #[arg(
        help = "Who it is from: an address, or 'Name <address>'",
        long,
        value_name = "ADDRESS",
        help_heading = "Mail"
    )]
    pub(crate) from: Option<String>,
    /// Who it is to: an address or several, with commas between them (may be repeated)
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail")]
    pub(crate) to: Vec<String>,
    /// Who gets a copy, like --to (may be repeated)
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail")]
    pub(crate) cc: Vec<String>,
    /// Who gets a copy that the others do not see, like --to (may be repeated)
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail")]
    pub(crate) bcc: Vec<String>,
    /// Who answers go to (may be repeated)
    #[arg(long, value_name = "ADDRESS", help_heading = "Mail", conflicts_with = "eml")]
    pub(crate) reply_to: Vec<String>,
    /// The subject
    #[arg(long, value_name = "TEXT", help_heading = "Mail", conflicts_with = "eml")]
    pub(crate) subject: Option<String>,
    /// The body as text
    #[arg(long, value_name = "TEXT", help_heading = "Mail", conflicts_with_all = ["body_file", "eml"])]
    pub(crate) body: Option<String>,
    /// The body as text, from FILE, or from stdin with -
    #[arg(long, value_name = "FILE", help_heading = "Mail", conflicts_with = "eml")]
    pub(crate) body_file: Option<PathBuf>,
    /// The body as HTML, beside the text or alone
    #[arg(long, value_name = "FILE", help_heading = "Mail", conflicts_with = "eml")]
    pub(crate) html_file: Option<PathBuf>,
    /// A file to go with it (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = "Mail", conflicts_with = "eml")]
    pub(crate) attach: Vec<PathBuf>,
    /// A finished message from FILE, or from stdin with -, sent byte for byte but for its Bcc header.
    /// --from then says the sender and --to, --cc and --bcc all recipients; what they leave open its
    /// headers say
    #[arg(long, value_name = "FILE", help_heading = "Mail")]
    pub(crate) eml: Option<PathBuf>,
}

impl MailOptions {
    /// Whether there is anything to send at all.
    pub(crate) fn has_content(&self) -> bool {
        self.eml.is_some()
            || self.body.is_some()
            || self.body_file.is_some()
            || self.html_file.is_some()
            || !self.attach.is_empty()
    }

    /// The sender, if one is named: an empty one is none.
    pub(crate) fn sender(&self) -> Option<&str> {
        self.from.as_deref().filter(|text| !text.is_empty())
    }

    /// How many options want to read stdin.
    pub(crate) fn reads_stdin(&self) -> usize {
        let files = [&self.body_file, &self.html_file, &self.eml].into_iter().flatten();
        files.chain(&self.attach).filter(|path| path.as_os_str() == "-").count()
    }

    /// Whether any option says anything about the mail.
    pub(crate) fn is_given(&self) -> bool {
        self.has_content()
            || self.from.is_some()
            || self.subject.is_some()
            || [&self.to, &self.cc, &self.bcc, &self.reply_to].iter().any(|all| !all.is_empty())
    }
}
