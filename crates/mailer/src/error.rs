//! The one error of all backends: its kind says what a caller can do next.

mod causes;
mod hello;
mod tls;

use std::{borrow::Cow, error, fmt, sync::Arc};

use crate::{Reply, Step, escape};

/// What a caller can do about an error.
///
/// Both backends give the same kind for the same behaviour of a server; the conformance suite
/// checks that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Change the mail: a bad address or header, or one that this server cannot take (SIZE,
    /// 8BITMIME or SMTPUTF8 not offered).
    Message,
    /// Give this backend another form of the mail: it cannot render this one.
    CannotRender,
    /// Look at the file that holds the content: missing, unreadable, or changed while it was sent.
    Input,
    /// Change the configuration: a bad URL, an unreadable CA.
    Configuration,
    /// Try later, or look at host and port: name not resolved, or nobody listens there.
    Unreachable,
    /// Try later: the server said 4yz.
    Temporary,
    /// Try later: the connection ended in the middle.
    Lost,
    /// Try later: a step took longer than its time-out.
    TimedOut,
    /// Do not try again unchanged: the server said 5yz.
    Refused,
    /// Distrust the peer: it does not speak SMTP as its standards say.
    Protocol,
    /// Distrust the path: TLS was required and could not be had, or its certificate is not valid.
    Tls,
    /// Change user, password or mechanism: authentication refused for good, or not to be had.
    Authentication,
    /// Report it: a defect in the backend (a panic in a library, say).
    Internal,
}

impl Kind {
    /// All of them.
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

    /// The kind of this [`name`](Self::name), if there is one: for what comes from another process.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in JSON.
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

    /// Whether the same mail may go through later without any change.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Unreachable | Self::Temporary | Self::Lost | Self::TimedOut)
    }
}

/// What went wrong, at which step, what the server said, why, and what to do.
///
/// [`Display`](fmt::Display) says all but the cause, which is the error's source and is said
/// once: by whoever prints the chain. What it says is [escaped](escape), so `what` may quote text
/// from outside as it came. Cause and hint are not: whoever prints them escapes them.
#[derive(Clone, Debug)]
pub struct Error {
    // Boxed, so that a Result is not as large as the largest thing that can go wrong.
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
    /// An error of this kind; `what` says what happened, without the step and without a full stop.
    pub fn new(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        let what = what.into();
        Self {
            inner: Box::new(Inner { kind, what, step: None, reply: None, cause: None, hint: None }),
        }
    }

    /// The same error, at this step.
    #[must_use]
    pub fn at(mut self, step: Step) -> Self {
        self.inner.step = Some(step);
        self
    }

    /// The same error with what the server said.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.inner.reply = Some(reply);
        self
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.inner.cause = Some(cause.into().into());
        self
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self
    }

    /// What a caller can do next.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// At which step it happened; `None` if before any.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        self.inner.step
    }

    /// The whole reply of the server, if a reply was the reason.
    #[must_use]
    pub fn server_reply(&self) -> Option<&Reply> {
        self.inner.reply.as_ref()
    }

    /// What to do about it, if there is something better to say than the kind does.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// The cause in words, chain and all.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        let mut cause = error::Error::source(self)?;
        let mut text = cause.to_string();
        while let Some(next) = cause.source() {
            // Many errors already say their source in their own text.
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
    fn kinds_are_known_by_their_names() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::named(kind.name()) == Some(kind)));
        assert_eq!(Kind::named("bad"), None);
    }

    #[test]
    fn what_it_quotes_cannot_write_to_a_terminal() {
        let error =
            Error::new(Kind::Message, "no address: a\u{9b}31m\nmailer: all is well\u{202e}")
                .reply(Reply::new(550, "\u{1b}]0;title\u{7}"));
        assert_eq!(
            error.to_string(),
            "no address: a\\u{9b}31m\\nmailer: all is well\\u{202e}; \
             the server said: 550 \\u{1b}]0;title\\u{7}"
        );
    }

    #[test]
    fn says_what_step_and_reply_and_leaves_the_cause_to_the_chain() {
        let error = Error::new(Kind::Refused, "the recipient was refused")
            .at(Step::Recipient)
            .reply(Reply::new(550, "5.1.1 no such user"))
            .because(std::io::Error::other("inner"));
        assert_eq!(
            error.to_string(),
            "the recipient was refused (at RCPT TO); the server said: 550 5.1.1 no such user"
        );
        assert_eq!(error.cause().as_deref(), Some("inner"));
    }
}
