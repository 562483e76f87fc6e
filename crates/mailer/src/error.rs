//! The error type of all backends. Its kind states what went wrong and what the caller can change.

mod causes;
mod hello;
mod setting;
mod tls;
mod token;

use std::{borrow::Cow, error, fmt, sync::Arc};

pub use setting::Setting;

use crate::{
    Reply, Step, escape,
    names::{UnknownName, impl_names},
};

/// The kind of an error: what went wrong, and what the caller can change.
///
/// Every backend returns the same kind for the same behaviour of a server; the conformance suite
/// checks this. Whether a mail can be sent again depends on its outcome too: ask
/// [`Receipt::retry`](crate::Receipt::retry), not the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// An address or a header is invalid, or the server does not support what the mail needs (a larger SIZE,
    /// 8BITMIME or SMTPUTF8). Change the mail.
    Message,
    /// This backend cannot render the draft. Pass the mail in another form.
    CannotRender,
    /// The file with the content is missing or unreadable, or it changed during sending. Check the file.
    Input,
    /// A URL is invalid, or a CA file is unreadable. Change the configuration.
    Configuration,
    /// The host name does not resolve, or no server accepts connections at that address and port.
    Unreachable,
    /// The server replied with 4yz.
    Temporary,
    /// The connection closed or broke during the session. If that was after the end of a mail, the server
    /// may have accepted it.
    Lost,
    /// A step exceeded its time-out. If the step is the final reply, the server may have accepted the mail.
    TimedOut,
    /// The server replied with 5yz. Do not send the mail again unchanged.
    Refused,
    /// The replies of the peer break the rules of SMTP. Distrust it.
    Protocol,
    /// TLS was required and not available, or the certificate is not valid. Distrust the path.
    Tls,
    /// The server refused AUTH permanently, or does not offer it. Change user, password, access token or
    /// mechanism.
    Authentication,
    /// The backend has a defect, such as a panic in a library. Report it.
    Internal,
}

impl Kind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
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
}

impl_names!(Kind, "a kind of error");

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
    settings: &'static [Setting],
    /// Whether the server may have accepted the mail in spite of this error.
    is_in_doubt: bool,
}

impl Error {
    /// Returns an error of this kind; `what` states what happened, without the step and a full stop.
    pub fn new(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        let inner = Inner {
            kind,
            what: what.into(),
            step: None,
            reply: None,
            cause: None,
            hint: None,
            settings: &[],
            is_in_doubt: false,
        };
        Self { inner: Box::new(inner) }
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

    /// Returns the error with this hint: the next thing to try. It replaces an earlier hint and its settings.
    ///
    /// A hint names no options of a program: [`with_settings`](Self::with_settings) states what it is about,
    /// so that every program can add its own.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.inner.hint = Some(hint.into());
        self.inner.settings = &[];
        self
    }

    /// Returns the error with the settings that its hint is about.
    #[must_use]
    pub fn with_settings(mut self, settings: &'static [Setting]) -> Self {
        self.inner.settings = settings;
        self
    }

    /// Returns the error of a mail that was sent completely and not answered: the server may have accepted
    /// it. [`is_temporary`](Self::is_temporary) is false then, and the hint is about this doubt.
    #[must_use]
    pub fn in_doubt(mut self) -> Self {
        self.inner.is_in_doubt = true;
        self.with_hint("do not send it again blindly: the server may have accepted it")
    }

    /// Returns the kind: what went wrong, and what the caller can change.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// Whether the same attempt, unchanged, may succeed later without delivering a mail twice.
    ///
    /// For the error of a [`Receipt`](crate::Receipt), ask [`Receipt::retry`](crate::Receipt::retry): it
    /// also knows which recipients have the mail.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        let is_temporary = matches!(
            self.kind(),
            Kind::Unreachable | Kind::Temporary | Kind::Lost | Kind::TimedOut
        );
        is_temporary && !self.inner.is_in_doubt
    }

    /// Whether the reason lies outside of the mail, so that every mail to this server fails now: the
    /// connection could not be opened (TLS, AUTH, a refusal before MAIL), the server requires AUTH or TLS
    /// (530), or the configuration is wrong.
    ///
    /// A queue then keeps its mails, even those of [`Retry::Never`](crate::Retry::Never), and reports the
    /// error to its operator.
    ///
    /// ```
    /// use mailer::{Error, Reply, Step};
    ///
    /// let wrong_password = Error::refused(Step::Auth, Reply::new(535, "5.7.8 authentication failed"));
    /// assert!(wrong_password.concerns_every_mail());
    /// let no_login = Error::refused(Step::Mail, Reply::new(530, "5.7.0 authentication required"));
    /// assert!(no_login.concerns_every_mail());
    /// let unknown_user = Error::refused(Step::Recipient, Reply::new(550, "5.1.1 no such user"));
    /// assert!(!unknown_user.concerns_every_mail());
    /// ```
    #[must_use]
    pub fn concerns_every_mail(&self) -> bool {
        let is_about_setup = matches!(
            self.kind(),
            Kind::Configuration | Kind::Unreachable | Kind::Tls | Kind::Authentication
        );
        let is_while_opening =
            self.step().is_some_and(|step| (Step::Connect..=Step::Auth).contains(&step));
        // RFC 3207 §4 and RFC 4954 §6
        let needs_more = self.reply().is_some_and(|reply| reply.code == 530);
        is_about_setup || is_while_opening || needs_more
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

    /// Returns the settings that the hint is about.
    #[must_use]
    pub fn settings(&self) -> &'static [Setting] {
        self.inner.settings
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

impl From<UnknownName> for Error {
    fn from(unknown: UnknownName) -> Self {
        Self::new(Kind::Configuration, unknown.to_string())
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
    fn the_name_of_every_kind_is_parsed() {
        assert!(Kind::ALL.iter().all(|kind| kind.to_string().parse::<Kind>().unwrap() == *kind));
        let error = "bad".parse::<Kind>().unwrap_err();
        assert!(error.names().contains(&"timed_out"), "{error}");
        assert_eq!(Error::from(error).kind(), Kind::Configuration);
    }

    #[test]
    fn a_new_hint_replaces_the_settings_of_the_old_one() {
        let error = Error::new(Kind::TimedOut, "no answer")
            .with_hint("allow more time")
            .with_settings(&[Setting::Timeouts]);
        assert_eq!(error.settings(), [Setting::Timeouts]);
        assert_eq!(error.in_doubt().settings(), []);
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
