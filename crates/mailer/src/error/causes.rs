//! The error for each failure that servers and networks cause.
//!
//! Every backend creates its errors here, so that the same cause has the same kind, text and hint.

use std::{io, time::Duration};

use super::{Error, Kind, Setting, hello};
use crate::{Address, Reply, Security, Server, Step};

/// The text of a hint, and the settings that it is about.
pub(super) type Hint = (&'static str, &'static [Setting]);

impl Error {
    /// Returns the error for a refusal: 4yz, 5yz, or a code that has no meaning at this step.
    ///
    /// 4yz is [`Kind::Temporary`] at every step. For AUTH too: `454` is not a wrong password
    /// (RFC 4954 §4.7.3). The meaning of 5yz depends on the step.
    #[must_use]
    pub fn refused(step: Step, reply: Reply) -> Self {
        let (kind, what, hint) = match (reply.code / 100, step) {
            (4, Step::Recipient) => (
                Kind::Temporary,
                "the server refused a recipient temporarily",
                recipient_later(&reply),
            ),
            (4, _) => (Kind::Temporary, "the server refused temporarily", later(&reply)),
            (5, _) => refused_for_good(step, reply.code),
            _ => (Kind::Protocol, "the server's reply has no meaning here", breach(step)),
        };
        let (hint, settings) = if hello::is_refused(step, &reply) { hello::HINT } else { hint };
        let error = Self::new(kind, what).with_step(step).with_reply(reply);
        error.with_hint(hint).with_settings(settings)
    }

    /// Returns the error for a refusal of a recipient, with its address: see [`Error::refused`].
    #[must_use]
    pub fn recipient_refused(recipient: &Address, reply: Reply) -> Self {
        let named = format!("the recipient {recipient}");
        let mut error = Self::refused(Step::Recipient, reply);
        error.inner.what = error.inner.what.replace("a recipient", &named).into();
        error
    }

    /// Returns the error for a thread that the system could not start; `purpose` completes the sentence.
    #[must_use]
    pub fn no_thread(purpose: &str, cause: io::Error) -> Self {
        Self::new(Kind::Unreachable, format!("cannot start a thread {purpose}"))
            .with_step(Step::Connect)
            .with_cause(cause)
            .with_hint(
                "nothing was sent; raise the limit of processes (ulimit -u), or try again later",
            )
    }

    /// Returns the error for a server whose reply to EHLO lacks STARTTLS although TLS is required.
    #[must_use]
    pub fn starttls_not_offered(server: &Server) -> Self {
        Self::new(Kind::Tls, format!("{} does not offer STARTTLS, which is required", server.host))
            .with_step(Step::StartTls)
            .with_hint(
                "nothing was sent; try smtps:// on port 465; only on a trusted path, add ?tls=none to \
                 the URL",
            )
    }

    /// Returns the error for a server that offers no supported AUTH mechanism although a user is given.
    #[must_use]
    pub fn no_mechanism(offered: &str) -> Self {
        let what = if offered.is_empty() {
            "the server does not offer AUTH, but a user name is set".to_owned()
        } else {
            format!("the server offers none of the supported AUTH mechanisms, only {offered}")
        };
        Self::new(Kind::Authentication, what)
            .with_step(Step::Auth)
            .with_hint(
                "give no user to a server without AUTH, choose another mechanism, or use TLS: many \
                 servers offer AUTH only inside TLS",
            )
            .with_settings(&[Setting::Credentials, Setting::Mechanism])
    }

    /// Returns the error for a host name without an address.
    #[must_use]
    pub fn not_resolved(server: &Server) -> Self {
        Self::new(Kind::Unreachable, format!("the name {} cannot be resolved", server.host))
            .with_step(Step::Connect)
            .with_hint("check the host name in the URL, and the network")
    }

    /// Returns the error for a failed `connect`. A reset means that the server accepted the connection
    /// and closed it before `connect` returned, so the session was lost at its first step. Any other
    /// failure means that there was no connection.
    #[must_use]
    pub fn not_connected(server: &Server, cause: &io::Error) -> Self {
        match (cause.kind(), server.security) {
            (io::ErrorKind::ConnectionReset, Security::Implicit) => Self::lost(Step::Tls),
            (io::ErrorKind::ConnectionReset, _) => Self::lost(Step::Greeting),
            _ => Self::unreachable(server),
        }
    }

    /// Returns the error for a server that accepts no TCP connection.
    #[must_use]
    pub fn unreachable(server: &Server) -> Self {
        Self::new(
            Kind::Unreachable,
            format!("cannot connect to {} port {}", server.host, server.port),
        )
        .with_step(Step::Connect)
        .with_hint("check host and port; is the server running, and is the port open from here?")
    }

    /// Returns the error for a connection that closed or broke at this step.
    #[must_use]
    pub fn lost(step: Step) -> Self {
        Self::new(Kind::Lost, "the server closed the connection, or the connection broke")
            .with_step(step)
            .with_hint(match step {
                Step::Greeting => "try again later; for port 465 use smtps:// instead of smtp://",
                _ => "try again later",
            })
    }

    /// Returns the error for a step that exceeded its limit.
    #[must_use]
    pub fn timed_out(step: Step, limit: Duration) -> Self {
        let limit = limit.as_secs_f64();
        let what = match step {
            Step::Content => format!("the server read no more of the content within {limit} s"),
            _ => format!("no reply within {limit} s"),
        };
        let error = Self::new(Kind::TimedOut, what).with_step(step);
        match step {
            Step::Greeting => error
                .with_hint("is this an SMTP server? For port 465 use smtps:// instead of smtp://"),
            _ => error
                .with_hint("try again later, or allow more time")
                .with_settings(&[Setting::Timeouts]),
        }
    }

    /// Returns the error for a call that exceeded [`Timeouts::total`](crate::Timeouts::total) during this
    /// step.
    #[must_use]
    pub fn total_timed_out(step: Step, total: Duration) -> Self {
        let what = format!("not finished within {} s in total", total.as_secs_f64());
        Self::new(Kind::TimedOut, what)
            .with_step(step)
            .with_hint("try again later, or allow more time")
    }

    /// Returns the error for a mail above the size limit that the server announces (RFC 1870).
    #[must_use]
    pub fn too_large(size: u64, limit: u64) -> Self {
        Self::new(
            Kind::Message,
            format!("the mail has {size} bytes and the server accepts at most {limit}"),
        )
        .with_step(Step::Mail)
        .with_hint("nothing was sent; make the mail smaller")
    }

    /// Returns the error for a mail that needs an extension which the server does not offer.
    #[must_use]
    pub fn not_offered(extension: &'static str) -> Self {
        let why = match extension {
            "SMTPUTF8" => "an address or a header field has non-ASCII characters",
            "DSN" => "the mail asks for delivery status notifications",
            _ => "the message has non-ASCII bytes",
        };
        let settings: &[Setting] = if extension == "DSN" { &[Setting::Notifications] } else { &[] };
        Self::new(Kind::Message, format!("{why} and the server does not offer {extension}"))
            .with_step(Step::Mail)
            .with_hint(match extension {
                "SMTPUTF8" => {
                    "use another address or an encoded field (RFC 2047), or another server"
                }
                "DSN" => {
                    "nothing was sent; send the mail without this request, or to another server"
                }
                _ => "encode the message as quoted-printable or base64",
            })
            .with_settings(settings)
    }

    /// Returns the error for bytes from the server that are not SMTP; `what` names the violation.
    #[must_use]
    pub fn not_smtp(step: Step, what: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        let (hint, settings) = breach(step);
        Self::new(Kind::Protocol, what).with_step(step).with_hint(hint).with_settings(settings)
    }
}

const UNCHANGED: Hint = ("see its reply; do not send the mail again unchanged", &[]);

/// Returns the kind, the text and the hint for a 5yz reply at this step.
fn refused_for_good(step: Step, code: u16) -> (Kind, &'static str, Hint) {
    match (step, code) {
        // RFC 4954 §4, §6: these codes are not about user and password.
        (Step::Auth, 500..=504) => (
            Kind::Authentication,
            "the server does not accept this AUTH mechanism",
            ("choose another mechanism", &[Setting::Mechanism]),
        ),
        (Step::Auth, 530 | 538) => (
            Kind::Authentication,
            "the server accepts AUTH only with TLS",
            ("use smtps://, or smtp:// without ?tls=none", &[]),
        ),
        (Step::Auth, _) => (
            Kind::Authentication,
            "the server refused the user and password",
            (
                "check both, or choose another mechanism; large providers require an app password or an \
                 access token instead of the account's password",
                &[Setting::Credentials, Setting::Mechanism],
            ),
        ),
        (Step::StartTls, _) => (
            Kind::Tls,
            "the server refused to start TLS",
            ("nothing was sent; try smtps:// on port 465, or ask the server's operator", &[]),
        ),
        (Step::Greeting, _) => (
            Kind::Refused,
            "the server does not accept mail from this host",
            ("check host and port; the server may block this network", &[]),
        ),
        // RFC 5321 §3.2
        (Step::Ehlo | Step::EhloAgain, 500 | 502) => (
            Kind::Refused,
            "the server does not know EHLO",
            (
                "without EHLO there is no TLS or AUTH; check host and port: is this an SMTP server?",
                &[],
            ),
        ),
        (Step::Ehlo | Step::EhloAgain, _) => (
            Kind::Refused,
            "the server refused the client's EHLO",
            ("see its reply; another name in EHLO may help", &[Setting::Hello]),
        ),
        (Step::Mail, 530) => (
            Kind::Refused,
            "the server requires AUTH or TLS before it accepts mail",
            ("log in, and leave out ?tls=none", &[Setting::Credentials]),
        ),
        (Step::Mail, _) => (
            Kind::Refused,
            "the server refused the sender",
            (
                "see its reply; check the sender, or log in",
                &[Setting::Sender, Setting::Credentials],
            ),
        ),
        (Step::Recipient, _) => (
            Kind::Refused,
            "the server refused a recipient",
            ("check the address of each refused recipient", &[]),
        ),
        (Step::Reset, _) => (
            Kind::Protocol,
            "the server refused RSET",
            (
                "try again on another connection; servers must not refuse RSET (RFC 5321 §4.1.1.5)",
                &[],
            ),
        ),
        (Step::Content, _) => {
            (Kind::Refused, "the server refused the mail while it was being sent", UNCHANGED)
        }
        (Step::EndOfData, _) => {
            (Kind::Refused, "the server refused the mail after reading it", UNCHANGED)
        }
        _ => (Kind::Refused, "the server refused the command", UNCHANGED),
    }
}

/// Returns the hint for a peer that breaks the rules of SMTP.
///
/// Before the greeting it may be another service. After a greeting it is an SMTP server with a defect,
/// or a middlebox changes its replies.
fn breach(step: Step) -> Hint {
    match step {
        Step::Greeting => ("check host and port: is this an SMTP server?", &[]),
        _ => (
            "the server has a defect, or the network changes its replies: look at the dialogue",
            &[Setting::Trace],
        ),
    }
}

/// Returns the hint for 4yz. With 421 the server closes the connection (RFC 5321 §3.8).
fn later(reply: &Reply) -> Hint {
    if reply.code == 421 {
        ("the server closes the connection; try again later", &[])
    } else {
        ("try again later", &[])
    }
}

/// Returns the hint for 4yz to RCPT. The other recipients may have the mail by then, and sending it to
/// them again would deliver it twice.
fn recipient_later(reply: &Reply) -> Hint {
    if reply.code == 421 {
        later(reply)
    } else {
        ("try again later with the refused recipients only", &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_from_code_and_step() {
        for (step, code, kind) in [
            (Step::Auth, 535, Kind::Authentication),
            (Step::Auth, 454, Kind::Temporary),
            (Step::StartTls, 502, Kind::Tls),
            (Step::StartTls, 454, Kind::Temporary),
            (Step::Greeting, 554, Kind::Refused),
            (Step::Greeting, 421, Kind::Temporary),
            (Step::Recipient, 550, Kind::Refused),
            (Step::EndOfData, 452, Kind::Temporary),
            (Step::Data, 250, Kind::Protocol),
            (Step::Auth, 504, Kind::Authentication),
            (Step::Mail, 530, Kind::Refused),
            (Step::Reset, 500, Kind::Protocol),
        ] {
            let error = Error::refused(step, Reply::new(code, "text"));
            assert_eq!((error.kind(), error.step()), (kind, Some(step)), "{step} {code}");
            assert!(error.to_string().contains("text") && error.hint().is_some());
        }
    }

    #[test]
    fn hints_name_settings_and_no_options_of_a_program() {
        let steps = [
            Step::Connect,
            Step::Greeting,
            Step::Ehlo,
            Step::StartTls,
            Step::Tls,
            Step::Auth,
            Step::Mail,
            Step::Recipient,
            Step::Data,
            Step::Content,
            Step::EndOfData,
            Step::Reset,
            Step::Quit,
        ];
        for step in steps {
            let refused = [421, 450, 500, 504, 530, 535, 550, 250]
                .map(|code| Error::refused(step, Reply::new(code, "text")));
            let other = [
                Error::lost(step),
                Error::timed_out(step, Duration::from_secs(1)),
                Error::not_smtp(step, "no code"),
                Error::no_mechanism("XOAUTH2"),
            ];
            for error in refused.into_iter().chain(other) {
                assert!(error.hint().is_some_and(|hint| !hint.contains("--")), "{error:?}");
            }
        }
        let refused = |code| Error::refused(Step::Auth, Reply::new(code, "text")).settings();
        assert_eq!(refused(504), [Setting::Mechanism]);
        assert_eq!(refused(535), [Setting::Credentials, Setting::Mechanism]);
    }
}
