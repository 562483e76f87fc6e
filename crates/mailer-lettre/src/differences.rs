//! The promises of [`Mailer`](mailer::Mailer) that lettre does not keep, as data.

/// A promise that lettre does not keep, or keeps at an extra cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// A short name, for tests and links.
    pub name: &'static str,
    /// The promise of the trait, or what the other backend does.
    pub promise: &'static str,
    /// What lettre does, and how this backend handles it.
    pub lettre: &'static str,
    /// The line of lettre's source that shows it, as [`Source`](mailer::Source) shows lines.
    pub source: &'static str,
    /// The text of that line. A test compares it.
    pub code: &'static str,
    /// The page where lettre's authors document it.
    pub documented_at: Option<&'static str>,
}

/// All known differences of lettre 0.11.23. The conformance suite, the documentation and
/// `mailer compare` read this table.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "partial",
        promise: "if the server refuses one recipient, the others still get the mail",
        lettre: "the first refused recipient ends the transaction, and the mail is rejected; lettre sends \
                 QUIT, and the next mail gets a new connection",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:122",
        code: "try_smtp!(self.command(Rcpt::new(to_address.clone(), vec![])), self);",
        documented_at: None,
    },
    Difference {
        name: "dsn",
        promise: "a mail may ask for delivery status notifications (RFC 3461)",
        lettre: "RCPT gets no parameters, and `SmtpTransport` cannot add any, so this backend does not send \
                 such a mail",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:122",
        code: "try_smtp!(self.command(Rcpt::new(to_address.clone(), vec![])), self);",
        documented_at: None,
    },
    Difference {
        name: "repeated-fields",
        promise: "a draft may have several header fields of one name",
        lettre: "a header holds one field of each name; this backend formats the others separately, and writes \
                 them in front of the message that lettre's builder rendered",
        source: "lettre-0.11.23/src/message/header/mod.rs:109",
        code: "match self.find_header_mut(&value.name) {",
        documented_at: None,
    },
    Difference {
        name: "related-type",
        promise: "multipart/related names the type of its first part (RFC 2387 §3.1)",
        lettre: "the type is left out; this backend adds it",
        source: "lettre-0.11.23/src/message/mimebody.rs:198",
        code: "\"multipart/{}; boundary=\\\"{}\\\"{}\",",
        documented_at: None,
    },
    Difference {
        name: "deadlines",
        promise: "each step has its own deadline, and a server cannot extend it with single bytes",
        lettre: "one time-out for every step, which starts again at each read; here it is the longest of \
                 the steps. This backend runs each call on a thread and abandons it when a reply takes \
                 longer than that, or when the deadlines of all steps together, or the limit of the whole \
                 call, have passed",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:73",
        code: "conn.set_timeout(timeout).map_err(error::network)?;",
        documented_at: None,
    },
    Difference {
        name: "codes",
        promise: "a reply with a code that its step does not define is a protocol error",
        lettre: "every 2yz and 3yz is a success for every command: after a 250 to DATA it sends the \
                 content; after the end of data this backend accepts 2yz only",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:302",
        code: "return if response.is_positive() {",
        documented_at: None,
    },
    Difference {
        name: "memory",
        promise: "a mail of any size needs constant memory",
        lettre: "the whole message is in memory, plus a copy with its dots doubled. The connection \
                 without the pool doubles them in pieces of 64 KiB (`message_iter`); a file is read \
                 into memory first, because an iterator that ends early would end the message",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:256",
        code: "let mut out_buf = Vec::with_capacity(message_part.len());",
        documented_at: None,
    },
    Difference {
        name: "noop",
        promise: "a further mail on an open connection costs no extra round trip",
        lettre: "the pool sends NOOP and waits for the reply each time before it reuses a connection; \
                 opening ends with a NOOP too",
        source: "lettre-0.11.23/src/transport/smtp/pool/sync_impl.rs:168",
        code: "if !conn.test_connected() {",
        documented_at: None,
    },
    Difference {
        name: "idle",
        promise: "an open connection stays open until it is closed",
        lettre: "a thread of the pool closes a connection that was idle for more than a minute. It \
                 checks once a minute, so that happens after one to two minutes, and no event reports it",
        source: "lettre-0.11.23/src/transport/smtp/pool/mod.rs:63",
        code: "idle_timeout: Duration::from_secs(60),",
        documented_at: None,
    },
    Difference {
        name: "end-of-data",
        promise: "the server receives exactly the message that the caller passed",
        lettre: "lettre writes CRLF, dot and CRLF after every mail, so a mail that ends in CRLF gains an \
                 empty line. This backend passes a prepared message without its last CRLF, so it \
                 arrives unchanged; it passes a draft as lettre's users do, so one more CRLF arrives",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:260",
        code: r#"self.write(b"\r\n.\r\n")?;"#,
        documented_at: None,
    },
    Difference {
        name: "opportunistic",
        promise: "no password is sent in the clear because STARTTLS was missing",
        lettre: "opportunistic TLS continues in the clear, AUTH included; with credentials this backend \
                 requires TLS instead",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:96",
        code: "/// Warning: A malicious intermediary could intercept the `STARTTLS` flag,",
        documented_at: Some(
            "https://docs.rs/lettre/0.11.23/lettre/transport/smtp/client/enum.Tls.html#variant.Opportunistic",
        ),
    },
    Difference {
        name: "offered-again",
        promise: "if a connection that was used before is lost, or the server ends it (421, 452, 4.4.2), before \
                  any content was sent, the mail is offered once more on a new connection",
        lettre: "the pool's NOOP detects a connection that the server closed while it was idle; from MAIL \
                 on, the mail is rejected or not sent like any other",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:116",
        code: "self.command(Mail::new(envelope.from().cloned(), mail_options)),",
        documented_at: None,
    },
    Difference {
        name: "pipelining",
        promise: "commands share a flight where the server announces PIPELINING or CHUNKING",
        lettre: "every command waits for its reply, and the content is sent with DATA",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:267",
        code: "self.write(command.to_string().as_bytes())?;",
        documented_at: None,
    },
    Difference {
        name: "writes",
        promise: "the last bytes of a flight are sent at once",
        lettre: "content and end of data are two writes, and TCP_NODELAY is not set: the second waits until \
                 the server has acknowledged the first (RFC 896), which takes a round trip and up to 40 ms more",
        source: "lettre-0.11.23/src/transport/smtp/client/net.rs:122",
        code: "Ok(()) => return Ok(socket.into()),",
        documented_at: None,
    },
    Difference {
        name: "held-back-ehlo",
        promise: "EHLO inside TLS shares a flight with the end of the TLS handshake",
        lettre: "TCP_NODELAY is not set: EHLO waits until the server has acknowledged the end of the handshake \
                 (RFC 896), which costs a round trip",
        source: "lettre-0.11.23/src/transport/smtp/client/net.rs:122",
        code: "Ok(()) => return Ok(socket.into()),",
        documented_at: None,
    },
    Difference {
        name: "certificates",
        promise: "certificates are read once for all mailers with the same trust setting",
        lettre: "TlsParameters can be cloned and shared, and this backend does so, but they hold the \
                 server's name: for each further server the system's certificates are read again",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:377",
        code: "domain: self.domain,",
        documented_at: None,
    },
    Difference {
        name: "client-certificate",
        promise: "a client certificate can be used with either TLS library",
        lettre: "with rustls, the certificate's PEM text is passed where rustls expects DER, so rustls refuses it; \
                 this backend reports an error before it connects",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:778",
        code: "Ok((vec![pem.to_owned().into()], key))",
        documented_at: None,
    },
    Difference {
        name: "late-handshake",
        promise: "an error names the step at which it happened",
        lettre: "with rustls, the handshake runs within the first read or write inside TLS; with implicit TLS \
                 that is the greeting, so a handshake that times out is reported there, and an alert that \
                 follows the handshake is reported as a failed handshake; after a handshake that failed, lettre \
                 waits, until its time-out, for the reply to a QUIT that it cannot send",
        source: "lettre-0.11.23/src/transport/smtp/client/net.rs:191",
        code: "let stream = StreamOwned::new(connection, tcp_stream);",
        documented_at: None,
    },
    Difference {
        name: "resumption",
        promise: "TLS sessions are resumed with rustls, unless the caller turns that off",
        lettre: "with rustls, sessions are resumed wherever TlsParameters are shared, and `TlsParametersBuilder` \
                 cannot turn that off; without resumption, this backend shares no parameters between mailers, \
                 but a further connection of one mailer still resumes its session",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:569",
        code: "config: Arc::new(tls),",
        documented_at: None,
    },
    Difference {
        name: "early-refusal",
        promise: "a refusal in the middle of the content stops it",
        lettre: "no reply is read before all of the content is written",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:258",
        code: "self.write(out_buf.as_slice())?;",
        documented_at: None,
    },
    Difference {
        name: "size",
        promise: "a mail that is larger than the server's SIZE is not started (RFC 1870)",
        lettre: "SIZE is neither read nor declared: the server refuses the mail once it is too large",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:87",
        code: "let mut mail_options = vec![];",
        documented_at: None,
    },
    Difference {
        name: "header-utf-8",
        promise: "a header in UTF-8 is declared with SMTPUTF8 (RFC 6531 §3.4), or not sent (§3.2)",
        lettre: "only the addresses of the envelope are checked, so such a header is sent undeclared",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:95",
        code: "if envelope.has_non_ascii_addresses() {",
        documented_at: None,
    },
    Difference {
        name: "helo",
        promise: "HELO where a server does not know EHLO (RFC 5321 §3.2)",
        lettre: "EHLO only",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:169",
        code: "let ehlo_response = try_smtp!(self.command(Ehlo::new(hello_name.clone())), self);",
        documented_at: None,
    },
    Difference {
        name: "keywords",
        promise: "the case of EHLO keywords does not matter (RFC 5321 §2.4)",
        lettre: "only keywords in capital letters are recognised",
        source: "lettre-0.11.23/src/transport/smtp/extension.rs:151",
        code: r#""STARTTLS" => {"#,
        documented_at: None,
    },
    Difference {
        name: "bare-code",
        promise: "a reply may be a code without text (RFC 5321 §4.2)",
        lettre: "a code without a space after it is not a valid reply",
        source: "lettre-0.11.23/src/transport/smtp/response.rs:309",
        code: r#"(parse_code, preceded(tag(" "), take_until("\r\n"))).parse(i)?;"#,
        documented_at: None,
    },
    Difference {
        name: "reply-codes",
        promise: "a reply may have a second digit from 6 to 9, which RFC 5321 §4.2 excludes and some servers send (571)",
        lettre: "such a reply is not valid: a refusal ends the connection, and after the end of data the outcome of the \
                 mail is unknown",
        source: "lettre-0.11.23/src/transport/smtp/response.rs:280",
        code: r#"map(tag("5"), |_| Category::MailSystem),"#,
        documented_at: None,
    },
    Difference {
        name: "utf-8",
        promise: "the text of a reply may have bytes that are not UTF-8",
        lettre: "a reply that is not UTF-8 ends the connection; after the end of data, the outcome of the \
                 mail is unknown",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:289",
        code: "while self.stream.read_line(&mut buffer).map_err(error::network)? > 0 {",
        documented_at: None,
    },
    Difference {
        name: "reply-lines",
        promise: "an error has the whole reply, line by line",
        lettre: "an error has all lines joined into one; this backend reads them from lettre's events",
        source: "lettre-0.11.23/src/transport/smtp/error.rs:182",
        code: "code(response.code(), Some(response.message_joined()))",
        documented_at: None,
    },
    Difference {
        name: "login-prompts",
        promise: "AUTH LOGIN answers any prompt for user and password",
        lettre: "only the usual prompts are recognised; any other prompt ends the attempt",
        source: "lettre-0.11.23/src/transport/smtp/authentication.rs:103",
        code: r#"["User Name", "Username:", "Username", "User Name\0"],"#,
        documented_at: None,
    },
    Difference {
        name: "mechanisms",
        promise: "AUTH by SCRAM-SHA-256, PLAIN, LOGIN, OAUTHBEARER and XOAUTH2; the strongest that client and \
                  server have is used",
        lettre: "PLAIN, LOGIN and XOAUTH2 only; for another mechanism, this backend reports an error before \
                 it connects",
        source: "lettre-0.11.23/src/transport/smtp/authentication.rs:60",
        code: "Xoauth2,",
        documented_at: Some(
            "https://docs.rs/lettre/0.11.23/lettre/transport/smtp/authentication/enum.Mechanism.html",
        ),
    },
    Difference {
        name: "unknown-mechanism",
        promise: "if the server does not know a mechanism that it offers (504), the next one is tried",
        lettre: "the first mechanism that the server offers is the only one that is tried",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:216",
        code: ".get_auth_mechanism(mechanisms)",
        documented_at: None,
    },
    Difference {
        name: "token-refused",
        promise: "if the server explains why it refuses an access token, the client answers with an empty \
                  line, and reports the explanation and the refusal",
        lettre: "the explanation ends the attempt: nothing is answered, the refusal is not read, and the \
                 connection is closed; this backend reports the explanation, which it reads from lettre's \
                 events",
        source: "lettre-0.11.23/src/transport/smtp/authentication.rs:118",
        code: r#"Some(_) => Err(error::client("This mechanism does not expect a challenge")),"#,
        documented_at: None,
    },
    Difference {
        name: "quit",
        promise: "closing reports why QUIT failed",
        lettre: "the reply to QUIT is ignored; this backend reads it from lettre's events",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:182",
        code: "let _ = self.command(Quit);",
        documented_at: None,
    },
    Difference {
        name: "quit-after-auth",
        promise: "a session ends with QUIT (RFC 5321 §4.1.1.10)",
        lettre: "if the greeting or the command AUTH is refused, the connection is closed without \
                 QUIT: with PLAIN always, with LOGIN unless a later reply refuses",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:221",
        code: "let mut response = self.command(Auth::new(mechanism, credentials.clone(), None)?)?;",
        documented_at: None,
    },
];

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::PathBuf,
        sync::{Arc, Mutex},
    };

    use lettre::SmtpTransport;
    use tracing::{
        Event, Metadata, Subscriber,
        span::{Attributes, Id, Record},
        subscriber::with_default,
    };

    use super::*;

    /// Keeps the path of the source that an event of lettre comes from.
    struct Finder(Arc<Mutex<Option<PathBuf>>>);

    impl Subscriber for Finder {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            let file = metadata.file().filter(|_| metadata.target().starts_with("lettre::"));
            if let Some(file) = file {
                *self.0.lock().unwrap() = Some(file.into());
            }
            false
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    /// Returns the directory of this machine that has `lettre-0.11.23`.
    fn above_lettre() -> PathBuf {
        let found = Arc::new(Mutex::new(None));
        with_default(Finder(Arc::clone(&found)), || {
            // An empty name needs no network, but the attempt makes an event.
            assert!(SmtpTransport::builder_dangerous("").build().test_connection().is_err());
        });
        let file = found.lock().unwrap().take().expect("an event with a file");
        let is_lettre = |path: &&std::path::Path| path.ends_with("lettre-0.11.23");
        let lettre =
            file.ancestors().find(is_lettre).expect("the version that this table is about");
        lettre.parent().unwrap().to_owned()
    }

    #[test]
    fn every_source_line_has_the_stated_text() {
        let above = above_lettre();
        for difference in DIFFERENCES {
            let (file, line) = difference.source.rsplit_once(':').unwrap();
            let text = fs::read_to_string(above.join(file)).unwrap();
            let line = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
            assert_eq!(line.trim(), difference.code, "{}", difference.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = DIFFERENCES.iter().map(|difference| difference.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DIFFERENCES.len());
    }
}
