//! What the server prints while it runs: text for people, or a line of JSON for each event.

use std::{io, path::PathBuf};

use mailer::{Error, Kind, escape};
use mailer_server::{Event, Peer, StoredMail, TranscriptLine};
use serde::Serialize;

use crate::output;

/// The version of the events. It rises when a program that reads them would have to change.
const VERSION: u32 = 1;

/// Prints the events of a server.
#[derive(Clone, Debug)]
pub(super) struct Log {
    is_json: bool,
    /// The file that a client has to trust.
    ca: Option<PathBuf>,
}

/// An event for a program. The schema is `docs/schema/serve.schema.json`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Entry<'a> {
    Serving {
        version: u32,
        url: &'a str,
        addresses: Vec<String>,
        ca: Option<String>,
        seed: Option<u64>,
    },
    Message {
        session: u64,
        sender: Option<&'a str>,
        recipients: &'a [String],
        user: Option<&'a str>,
        size: u64,
        header: Vec<Field>,
        file: Option<String>,
    },
    TlsFailed {
        session: u64,
        reason: &'a str,
    },
    LoginFailed {
        session: u64,
        user: Option<&'a str>,
        code: u16,
        reason: &'a str,
    },
    Line {
        session: u64,
        at_ns: u64,
        from: &'static str,
        tls: bool,
        text: &'a str,
    },
    AcceptFailed {
        reason: String,
    },
}

/// A field of a header, without the line ends within it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Field {
    name: String,
    value: String,
}

impl Log {
    pub(super) fn new(is_json: bool, ca: Option<PathBuf>) -> Self {
        Self { is_json, ca }
    }

    /// Prints that the server accepts connections.
    pub(super) fn serving(
        &self,
        url: &str,
        addresses: &[String],
        seed: Option<u64>,
    ) -> Result<(), Error> {
        if self.is_json {
            let ca = self.ca.as_ref().map(|ca| ca.display().to_string());
            let addresses = addresses.to_vec();
            return output::result(&output::json_line(&Entry::Serving {
                version: VERSION,
                url,
                addresses,
                ca,
                seed,
            })?);
        }
        output::result(&format!("serving {url}\n"))
    }

    /// Prints an accepted message with its header.
    pub(super) fn message(&self, mail: &StoredMail) {
        let file = mail.file.as_ref().map(|file| file.display().to_string());
        if self.is_json {
            return print_json(&Entry::Message {
                session: mail.session,
                sender: mail.sender.as_deref(),
                recipients: &mail.recipients,
                user: mail.authenticated_as.as_deref(),
                size: mail.size,
                header: fields(&mail.header),
                file,
            });
        }
        let sender = escape(mail.sender.as_deref().unwrap_or_default());
        let recipients = mail.recipients.iter().map(|to| format!("<{}>", escape(to)));
        let recipients: Vec<String> = recipients.collect();
        let place = file.map_or_else(String::new, |file| format!(" in {}", escape(&file)));
        let size = mail.size;
        let mut text =
            format!("mail from <{sender}> to {} ({size} bytes){place}\n", recipients.join(", "));
        for field in fields(&mail.header) {
            text += &format!("  {}: {}\n", escape(&field.name), escape(&field.value));
        }
        print(&text);
    }

    /// Prints a failed TLS handshake or login.
    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::TlsFailed { session, reason } if self.is_json => {
                print_json(&Entry::TlsFailed { session: *session, reason });
            }
            Event::TlsFailed { session, reason } => {
                let advice = self.tls_advice(reason);
                print(&format!("session {session}: TLS failed: {}{advice}\n", escape(reason)));
            }
            Event::LoginFailed { session, user, reason, code } if self.is_json => {
                let (session, code, user) = (*session, *code, user.as_deref());
                print_json(&Entry::LoginFailed { session, user, code, reason });
            }
            Event::LoginFailed { session, user, reason, code } => {
                let user =
                    user.as_ref().map_or_else(String::new, |it| format!(" as {}", escape(it)));
                print(&format!(
                    "session {session}: login{user} failed with {code}: {}\n",
                    escape(reason)
                ));
            }
            _ => {}
        }
    }

    /// Prints a line of a session.
    pub(super) fn line(&self, line: &TranscriptLine) {
        let TranscriptLine { session, at, from, inside_tls, text } = line;
        if self.is_json {
            let at_ns = u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
            let from = if *from == Peer::Client { "client" } else { "server" };
            return print_json(&Entry::Line {
                session: *session,
                at_ns,
                from,
                tls: *inside_tls,
                text,
            });
        }
        let from = if *from == Peer::Client { "C" } else { "S" };
        let ms = at.as_secs_f64() * 1e3;
        print(&format!("session {session} {ms:9.3} ms  {from}: {}\n", escape(text)));
    }

    /// Prints that new clients must wait, or are disconnected, until the system has resources again.
    pub(super) fn accept_failure(&self, cause: &io::Error) {
        if self.is_json {
            return print_json(&Entry::AcceptFailed { reason: cause.to_string() });
        }
        output::error(
            &Error::new(Kind::Internal, "cannot accept more connections for now")
                .with_cause(cause.to_string())
                .with_hint("raise the limits of open files (ulimit -n) and processes (ulimit -u)"),
        );
    }

    /// Returns what to do about a failed handshake, where its reason is known.
    fn tls_advice(&self, reason: &str) -> String {
        let distrusts =
            ["UnknownCA", "UnknownCa", "BadCertificate", "CertificateUnknown", "DecryptError"];
        if distrusts.iter().any(|alert| reason.contains(alert)) {
            let ca = self.ca.as_ref().map_or_else(String::new, |ca| {
                format!(": pass it {}", escape(&ca.display().to_string()))
            });
            return format!(" (the client does not trust the certificate{ca})");
        }
        match reason {
            _ if reason.contains("InvalidContentType") => {
                " (the client sent something else than TLS: does it expect STARTTLS?)".to_owned()
            }
            _ if reason.contains("disconnected") => {
                " (clients that do not trust a certificate often disconnect)".to_owned()
            }
            _ => String::new(),
        }
    }
}

/// Splits a header into its fields, each in one line (RFC 5322 §2.2.3).
fn fields(header: &[u8]) -> Vec<Field> {
    let text = String::from_utf8_lossy(header);
    let mut fields: Vec<Field> = Vec::new();
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', '\t']) => {
                field.value.push(' ');
                field.value += line.trim();
            }
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                fields.push(Field { name: name.trim().to_owned(), value: value.trim().to_owned() });
            }
        }
    }
    fields
}

fn print_json(entry: &Entry<'_>) {
    match output::json_line(entry) {
        Ok(text) => print(&text),
        Err(error) => output::error(&error),
    }
}

fn print(text: &str) {
    if let Err(error) = output::result(text) {
        output::error(&error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_becomes_fields_of_one_line_each() {
        let header = b"Subject: a\r\n\tlong one\r\nX-Empty:\r\nodd line\r\nTo: b@example.test\r\n";
        let field = |name: &str, value: &str| Field { name: name.into(), value: value.into() };
        assert_eq!(
            fields(header),
            [
                field("Subject", "a long one"),
                field("X-Empty", ""),
                field("odd line", ""),
                field("To", "b@example.test")
            ]
        );
        assert_eq!(fields(b""), []);
    }
}
