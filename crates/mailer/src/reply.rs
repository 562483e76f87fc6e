//! Replies of a server.

use std::fmt;

use crate::escape;

/// A complete reply of a server: its code and the text of all its lines (RFC 5321 §4.2).
///
/// ```
/// use mailer::Reply;
/// let reply = Reply::new(550, "5.1.1 no such user\n5.1.1 try another");
/// assert_eq!(reply.lines().count(), 2);
/// assert_eq!(reply.enhanced(), Some("5.1.1"));
/// assert_eq!(reply.to_string(), "550 5.1.1 no such user / 5.1.1 try another");
/// ```
#[derive(Debug, PartialEq, Eq, Hash, Default)]
pub struct Reply {
    /// The three-digit reply code.
    pub code: u16,
    /// The text after the codes; the lines are joined by `\n`.
    pub text: String,
}

impl Reply {
    /// Returns a reply with this code and text.
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// Returns the text of each line, without code and separator.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n')
    }

    /// Whether the code is 2yz: the server did what the command asked for.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether the code is 4yz: a temporary refusal. The client may try again later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// Whether the code is 5yz: a permanent refusal. The client should not repeat the command unchanged.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Returns the enhanced status code, such as `5.1.1`, if the text begins with one (RFC 2034 §4).
    #[must_use]
    pub fn enhanced(&self) -> Option<&str> {
        let word = self.text.split([' ', '\n']).next()?;
        let mut parts = word.split('.');
        let class_fits = matches!(parts.next(), Some("2" | "4" | "5"));
        let is_number = |part: Option<&str>| {
            part.is_some_and(|p| {
                (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit())
            })
        };
        let fits = class_fits && is_number(parts.next()) && is_number(parts.next());
        (fits && parts.next().is_none()).then_some(word)
    }
}

// Written by hand for `clone_from`: a Receipt that is reused keeps the buffers of its replies.
impl Clone for Reply {
    fn clone(&self) -> Self {
        Self { code: self.code, text: self.text.clone() }
    }

    fn clone_from(&mut self, source: &Self) {
        self.code = source.code;
        self.text.clone_from(&source.text);
    }
}

impl fmt::Display for Reply {
    /// Writes the reply in one line, [escaped](crate::escape), so that a server cannot send escape
    /// sequences to the user's terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.code)?;
        for (i, line) in self.lines().enumerate() {
            f.write_str(if i == 0 { " " } else { " / " })?;
            f.write_str(&escape(line))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_exact() {
        assert_eq!(Reply::new(250, "2.1.0 ok").enhanced(), Some("2.1.0"));
        for text in ["ok", "2.1 ok", "3.1.0 ok", "2.1.0.0 ok", "2.1234.0 ok", ""] {
            assert_eq!(Reply::new(250, text).enhanced(), None, "{text}");
        }
    }

    #[test]
    fn escape_sequences_do_not_reach_a_terminal() {
        assert_eq!(Reply::new(550, "\u{1b}[2Jgone").to_string(), "550 \\u{1b}[2Jgone");
    }
}
