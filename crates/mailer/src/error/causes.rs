//! What servers and networks do to a sender, and the one error for each: the table that every
//! backend maps its own findings to, so that the same cause has the same kind, text and advice.

use std::{io, time::Duration};

use super::{Error, Kind, hello};
use crate::{Reply, Security, Server, Step};

impl Error {
    /// The server answered a step with 4yz or 5yz, or with a code that has no meaning there.
    ///
    /// 4yz is [`Kind::Temporary`] at any step, AUTH included: `454` there is not a wrong password
    /// (RFC 4954 §4.7.3). 5yz means what the step makes of it.
    #[must_use]
    pub fn refused(step: Step, reply: Reply) -> Self {
        let (kind, what, hint) = match (reply.code / 100, step) {
            (4, Step::Recipient) => {
                (Kind::Temporary, "the server refused a recipient for now", later(&reply))
            }
            (4, _) => (Kind::Temporary, "the server refused for now", later(&reply)),
            (5, _) => refused_for_good(step, reply.code),
            _ => (Kind::Protocol, "the server's reply has no meaning here", breach(step)),
        };
        let hint = if hello::is_refused(step, &reply) { hello::HINT } else { hint };
        Self::new(kind, what).at(step).reply(reply).hint(hint)
    }

    /// The same error, of a mail whose end was sent: whether the server has it nobody knows.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        self.hint("do not send it again blindly: the server may have taken it")
    }

    /// The system gives no thread for this purpose.
    #[must_use]
    pub fn no_thread(purpose: &str, cause: io::Error) -> Self {
        Self::new(Kind::Unreachable, format!("cannot start a thread {purpose}"))
            .at(Step::Connect)
            .because(cause)
            .hint("nothing was sent; raise the limit of processes (ulimit -u), or try again later")
    }

    /// STARTTLS is required, and EHLO's answer does not offer it.
    #[must_use]
    pub fn starttls_not_offered(server: &Server) -> Self {
        Self::new(Kind::Tls, format!("{} does not offer STARTTLS, which is required", server.host))
            .at(Step::StartTls)
            .hint(
                "nothing was sent; try smtps:// on port 465; only where the path is trusted, say \
                 ?tls=none in the URL",
            )
    }

    /// A password is given, and the server offers no mechanism that can be used.
    #[must_use]
    pub fn no_mechanism(offered: &str) -> Self {
        let what = if offered.is_empty() {
            "the server offers no AUTH, and a user is given".to_owned()
        } else {
            format!(
                "the server offers none of the AUTH mechanisms that can be used, only {offered}"
            )
        };
        Self::new(Kind::Authentication, what).at(Step::Auth).hint(
            "leave out --user for a server without AUTH, choose another --auth, or use TLS: many \
                 servers offer AUTH only inside it",
        )
    }

    /// The host name has no address.
    #[must_use]
    pub fn not_resolved(server: &Server) -> Self {
        Self::new(Kind::Unreachable, format!("the name {} cannot be resolved", server.host))
            .at(Step::Connect)
            .hint("check the host name in the URL, and the network")
    }

    /// To connect ended like this. A reset comes from a server that took the connection and threw it
    /// away at once, before we were told that there is one; a refusal comes from where none listens.
    #[must_use]
    pub fn not_connected(server: &Server, cause: &io::Error) -> Self {
        match (cause.kind(), server.security) {
            (io::ErrorKind::ConnectionReset, Security::Implicit) => Self::lost(Step::Tls),
            (io::ErrorKind::ConnectionReset, _) => Self::lost(Step::Greeting),
            _ => Self::unreachable(server),
        }
    }

    /// No TCP connection.
    #[must_use]
    pub fn unreachable(server: &Server) -> Self {
        Self::new(
            Kind::Unreachable,
            format!("cannot connect to {} port {}", server.host, server.port),
        )
        .at(Step::Connect)
        .hint("check host and port; is the server running, and is the port open from here?")
    }

    /// The connection ended before its time.
    #[must_use]
    pub fn lost(step: Step) -> Self {
        Self::new(Kind::Lost, "the server closed the connection, or it broke").at(step).hint(
            match step {
                Step::Greeting => "try again later; port 465 wants smtps:// instead of smtp://",
                _ => "try again later",
            },
        )
    }

    /// A step took longer than it may.
    #[must_use]
    pub fn timed_out(step: Step, limit: Duration) -> Self {
        let limit = limit.as_secs_f64();
        let what = match step {
            Step::Content => format!("the server took no more of the content within {limit} s"),
            _ => format!("no answer within {limit} s"),
        };
        Self::new(Kind::TimedOut, what).at(step).hint(match step {
            Step::Greeting => "is this an SMTP server? Port 465 wants smtps:// instead of smtp://",
            _ => "try again later, or give it longer with --timeout",
        })
    }

    /// The TLS handshake failed, in the words of the TLS library.
    ///
    /// The advice follows from the words: OpenSSL's are the only thing that tells a bad certificate
    /// from a server that does not speak TLS at all.
    #[must_use]
    pub fn tls_failed(
        server: &Server,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let cause = cause.into();
        let words = cause.to_string();
        let says = |part: &str| words.contains(part);
        let (what, hint) = if says("certificate verify failed") || says("certificate has expired") {
            (format!("the certificate of {} is not valid", server.host), bad_certificate(&words))
        } else if says("wrong version number")
            || says("packet length too long")
            || says("http request")
        {
            (
                "the server does not speak TLS here".to_owned(),
                "use smtp:// (STARTTLS, port 587) instead of smtps://",
            )
        } else {
            ("TLS could not be started".to_owned(), "nothing was sent; the cause says why")
        };
        Self::new(Kind::Tls, what).at(Step::Tls).because(cause).hint(hint)
    }

    /// The mail is larger than the server said it takes (RFC 1870).
    #[must_use]
    pub fn too_large(size: u64, limit: u64) -> Self {
        Self::new(
            Kind::Message,
            format!("the mail has {size} octets and the server takes {limit} at the most"),
        )
        .at(Step::Mail)
        .hint("make it smaller; nothing of it was sent")
    }

    /// The mail needs an extension that the server does not offer.
    #[must_use]
    pub fn not_offered(extension: &'static str) -> Self {
        let why = match extension {
            "SMTPUTF8" => "an address or a header field has characters beyond ASCII",
            _ => "the message has octets beyond ASCII",
        };
        Self::new(Kind::Message, format!("{why} and the server does not offer {extension}"))
            .at(Step::Mail)
            .hint(match extension {
                "SMTPUTF8" => {
                    "use another address or an encoded field (RFC 2047), or another server"
                }
                _ => "encode the message as quoted-printable or base64",
            })
    }

    /// What the server sent is not SMTP.
    #[must_use]
    pub fn not_smtp(step: Step, what: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(Kind::Protocol, what).at(step).hint(breach(step))
    }
}

/// What 5yz means at a step, and what to do about it.
fn refused_for_good(step: Step, code: u16) -> (Kind, &'static str, &'static str) {
    match (step, code) {
        // RFC 4954 §4, §6: no verdict on user and password.
        (Step::Auth, 500..=504) => (
            Kind::Authentication,
            "the server does not take this way to log in",
            "choose another mechanism with --auth",
        ),
        (Step::Auth, 530 | 538) => (
            Kind::Authentication,
            "the server takes no login without TLS",
            "use smtps://, or smtp:// without ?tls=none",
        ),
        (Step::Auth, _) => (
            Kind::Authentication,
            "the server refused user and password",
            "check both; large providers want an app password instead of the account's own",
        ),
        (Step::StartTls, _) => (
            Kind::Tls,
            "the server refused to start TLS",
            "nothing was sent; try smtps:// on port 465, or ask the server's operator",
        ),
        (Step::Greeting, _) => (
            Kind::Refused,
            "the server takes no mail from here",
            "check host and port; the server may block this network",
        ),
        // RFC 5321 §3.2
        (Step::Ehlo | Step::EhloAgain, 500 | 502) => (
            Kind::Refused,
            "the server does not know EHLO",
            "it has neither TLS nor AUTH then; check host and port: is this an SMTP server?",
        ),
        (Step::Ehlo | Step::EhloAgain, _) => (
            Kind::Refused,
            "the server refused how the client introduced itself",
            "its reply says why; another --hello may help",
        ),
        (Step::Mail, 530) => (
            Kind::Refused,
            "the server wants a login or TLS before it takes a mail",
            "log in with --user; leave out ?tls=none",
        ),
        (Step::Mail, _) => (
            Kind::Refused,
            "the server refused the sender",
            "its reply says why; check --from, or log in with --user",
        ),
        (Step::Recipient, _) => {
            (Kind::Refused, "the server refused a recipient", "check the address")
        }
        (Step::Reset, _) => (
            Kind::Protocol,
            "the server refused to begin anew",
            "try again on another connection; nothing says that it may (RFC 5321 §4.1.1.5)",
        ),
        (Step::Content, _) => (
            Kind::Refused,
            "the server refused the mail in the middle of its content",
            "its reply says why; do not send it again unchanged",
        ),
        (Step::EndOfData, _) => (
            Kind::Refused,
            "the server refused the mail after its content",
            "its reply says why; do not send it again unchanged",
        ),
        _ => (
            Kind::Refused,
            "the server refused the command",
            "its reply says why; do not send the mail again unchanged",
        ),
    }
}

/// What to do about a server that does not speak SMTP: at first there may be another server, or
/// another service; once it has greeted it is an SMTP server, and has a defect, or somebody is in
/// between.
fn breach(step: Step) -> &'static str {
    match step {
        Step::Greeting => "check host and port: is this an SMTP server?",
        _ => {
            "the server has a defect, or somebody changes what it says; --trace shows the dialogue"
        }
    }
}

/// What to do about a certificate, by OpenSSL's words for what is wrong with it.
fn bad_certificate(words: &str) -> &'static str {
    let says = |part: &str| words.contains(part);
    if says("has expired") || says("not yet valid") {
        "check this machine's clock, and tell the server's operator; until then distrust the path"
    } else if says("mismatch") {
        "use the host name that the certificate is for; else distrust the path"
    } else {
        "a server of your own: give its CA with --ca FILE; else distrust the path"
    }
}

/// 421 says that the server closes the connection (RFC 5321 §3.8).
fn later(reply: &Reply) -> &'static str {
    if reply.code == 421 { "it closes the connection; try again later" } else { "try again later" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_step_make_the_kind() {
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
            assert!(error.to_string().contains("text") && error.advice().is_some());
        }
    }

    #[test]
    fn openssl_s_words_tell_what_to_do() {
        let server: Server = "smtps://mail.example.com".parse().unwrap();
        let advice = |words: &str| {
            let error = Error::tls_failed(&server, std::io::Error::other(words.to_owned()));
            error.advice().unwrap_or_default().to_owned()
        };
        assert!(advice("error:1416F086: certificate verify failed").contains("--ca"));
        assert!(advice("certificate verify failed (certificate has expired)").contains("clock"));
        assert!(advice("certificate verify failed (hostname mismatch)").contains("host name"));
        assert!(advice("error:1408F10B: wrong version number").contains("smtp://"));
    }
}
