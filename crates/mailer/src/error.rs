//! The error type of all backends. Its kind states what the caller can do next.

mod causes;
mod hello;
mod tls;

use std::{borrow::Cow, error, fmt, sync::Arc};

use crate::{Reply, Step, escape};

/// What a caller can do about an error.
///
/// Every backend returns the same kind for the same behaviour of a server; the conformance suite
/// checks this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Change the mail: an address or a header is invalid, or the server does not support what the mail
    /// needs (a larger SIZE, 8BITMIME or SMTPUTF8).
    Message,
    /// Pass the mail in another form: this backend cannot render the draft.
    CannotRender,
    /// Check the file with the content: it is missing or unreadable, or it changed during sending.
    Input,
    /// Change the configuration: a URL is invalid, or a CA file is unreadable.
    Configuration,
    /// Try later, or check host and port: the name does not resolve, or no server accepts connections
    /// there.
    Unreachable,
    /// Try later: the server replied with 4yz.
    Temporary,
    /// Try later: the connection closed or broke during the session.
    Lost,
    /// Try later: a step exceeded its time-out.
    TimedOut,
    /// Do not try again unchanged: the server replied with 5yz.
    Refused,
    /// Distrust the peer: its replies break the rules of SMTP.
    Protocol,
    /// Distrust the path: TLS was required and not available, or the certificate is not valid.
    Tls,
    /// Change user, password or mechanism: the server refused AUTH permanently, or does not offer it.
    Authentication,
    /// Report a bug: the backend has a defect, such as a panic in a library.
    Internal,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Message,
        Self::CannotRender,
        Self::Input,
        Self::Configuration,
        Self::Unreachable,
        Self::Temporary,
        Self::Lost,
        Self::TimedOut,
        Self::Refused,
        Self::Protocol,
        Self::Tls,
        Self::Authentication,
        Self::Internal,
    ];

    /// Returns the kind with this [`name`](Self::name). Reports of other processes are read with it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::CannotRender => "cannot_render",
            Self::Input => "input",
            Self::Configuration => "configuration",
            Self::Unreachable => "unreachable",
            Self::Temporary => "temporary",
            Self::Lost => "lost",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Protocol => "protocol",
            Self::Tls => "tls",
            Self::Authentication => "authentication",
            Self::Internal => "internal",
        }
    }

    /// Whether the same mail, unchanged, may succeed later.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Unreachable | Self::Temporary | Self::Lost | Self::TimedOut)
    }
}

/// An error: what happened, at which step, the server's reply, the cause and a hint.
///
/// [`Display`](fmt::Display) writes what happened, the step and the reply. The cause is the error's
/// [`source`](error::Error::source), so that code that prints a chain of errors prints it once.
/// The output is [escaped](escape), so `what` may quote text from outside unchanged. Cause and hint are
/// not escaped: the code that prints them must do so.
#[derive(Clone, Debug)]
pub struct Error {
    // Boxed to keep `Result` small.
    inner: Box<Inner>,
}

#[derive(Clone, Debug)]
struct Inner {
    kind: Kind,
    what: Cow<'static, str>,
    step: Option<Step>,
    reply: Option<Reply>,
    cause: Option<Arc<dyn error::Error + Send + Sync>>,
    hint: Option<Cow<'static, str>>,
}

impl Error {
    /// Returns an error of this kind; `what` states what happened, without the step and a full stop.
    pub fn new(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        let what = what.into();
        Self {
            inner: Box::new(Inner { kind, what, step: None, reply: None, cause: None, hint: None }),
        }
    }

    /// Returns the error with this step.
    #[must_use]
    pub fn with_step(mut self, step: Step) -> Self {
        self.inner.step = Some(step);
        self
    }

    /// Returns the error with the reply of the server.
    #[must_use]
    pub fn with_reply(mut self, reply: Reply) -> Self {
        self.inner.reply = Some(reply);
        self
    }

    /// Returns the error with its cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.inner.cause = Some(cause.into().into());
        self
    }

    /// Returns the error with this hint: the next thing to try.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    /// Returns the kind: what the caller can do next.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Returns the step at which the error happened; `None` if it happened before the first.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        self.inner.step
    }

    /// Returns the complete reply of the server, if a reply is the reason.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        self.inner.reply.as_ref()
    }

    /// Returns the hint, if there is more to advise than the kind states.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// Returns the texts of all causes in one line.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        let mut cause = error::Error::source(self)?;
        let mut text = cause.to_string();
        while let Some(next) = cause.source() {
            // Many errors repeat the text of their source in their own.
            let next_text = next.to_string();
            if !text.contains(&next_text) {
                text = format!("{text}: {next_text}");
            }
            cause = next;
        }
        Some(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape(&self.inner.what))?;
        if let Some(step) = self.inner.step {
            write!(f, " (at {step})")?;
        }
        if let Some(reply) = &self.inner.reply {
            write!(f, "; the server said: {reply}")?;
        }
        Ok(())
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.inner.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_name_reads_the_name_of_every_kind() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::from_name(kind.name()) == Some(kind)));
        assert_eq!(Kind::from_name("bad"), None);
    }

    #[test]
    fn display_escapes_quoted_text() {
        let error =
            Error::new(Kind::Message, "no address: a\u{9b}31m\nmailer: all is well\u{202e}")
                .with_reply(Reply::new(550, "\u{1b}]0;title\u{7}"));
        assert_eq!(
            error.to_string(),
            "no address: a\\u{9b}31m\\nmailer: all is well\\u{202e}; \
             the server said: 550 \\u{1b}]0;title\\u{7}"
        );
    }

    #[test]
    fn display_writes_step_and_reply_but_not_the_cause() {
        let error = Error::new(Kind::Refused, "the recipient was refused")
            .with_step(Step::Recipient)
            .with_reply(Reply::new(550, "5.1.1 no such user"))
            .with_cause(std::io::Error::other("inner"));
        assert_eq!(
            error.to_string(),
            "the recipient was refused (at RCPT TO); the server said: 550 5.1.1 no such user"
        );
        assert_eq!(error.cause().as_deref(), Some("inner"));
    }
}
