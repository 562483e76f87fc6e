//! Replies and content as they are on the wire.

use std::borrow::Cow;

use mailer::Reply;

/// Returns the lines of a reply as the server sent them (RFC 5321 §4.2.1).
pub fn reply_lines(reply: &Reply) -> impl Iterator<Item = String> {
    let last = reply.lines().count() - 1;
    reply.lines().enumerate().map(move |(index, text)| {
        let separator = if index == last { ' ' } else { '-' };
        format!("{:03}{separator}{text}", reply.code)
    })
}

/// The command that transfers content, which decides how a line of content is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentCommand {
    /// DATA: a line that begins with a dot is sent with one more dot (RFC 5321 §4.5.2).
    Data,
    /// BDAT: every line is sent as it is (RFC 3030 §2).
    Bdat,
}

impl ContentCommand {
    /// Parses a command line; `None` if it is neither DATA nor BDAT.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let verb = line.split(' ').next().unwrap_or_default();
        match verb.to_ascii_uppercase().as_str() {
            "DATA" => Some(Self::Data),
            "BDAT" => Some(Self::Bdat),
            _ => None,
        }
    }

    /// Returns a line of content as the client sends it.
    #[must_use]
    pub fn sent_line(self, line: &str) -> Cow<'_, str> {
        match self {
            Self::Data if line.starts_with('.') => format!(".{line}").into(),
            Self::Data | Self::Bdat => line.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_adds_a_dot_to_a_line_that_begins_with_one_and_bdat_does_not() {
        assert_eq!(ContentCommand::Data.sent_line(".x"), "..x");
        assert_eq!(ContentCommand::Data.sent_line("x."), "x.");
        assert_eq!(ContentCommand::Bdat.sent_line(".x"), ".x");
    }

    #[test]
    fn a_content_command_is_recognised_in_any_case() {
        assert_eq!(ContentCommand::parse("data"), Some(ContentCommand::Data));
        assert_eq!(ContentCommand::parse("BDAT 8 LAST"), Some(ContentCommand::Bdat));
        assert_eq!(ContentCommand::parse("DATABASE"), None);
    }

    #[test]
    fn all_lines_of_a_reply_but_the_last_have_a_hyphen() {
        let reply = Reply::new(250, "mail.example\nSTARTTLS");
        let lines: Vec<String> = reply_lines(&reply).collect();
        assert_eq!(lines, ["250-mail.example", "250 STARTTLS"]);
    }
}
