//! What lettre does not keep of the promises of [`Mailer`](mailer::Mailer), as data.

/// One promise that lettre does not keep, or keeps at a cost of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A short name, for tests and links.
    pub name: &'static str,
    /// What is promised, or what the other backend does.
    pub promise: &'static str,
    /// What lettre does, and what this backend makes of it.
    pub lettre: &'static str,
    /// The line of lettre's source that shows it, as [`Source`](mailer::Source) shows lines.
    pub source: &'static str,
    /// What stands on that line; a test compares.
    pub code: &'static str,
    /// Where lettre's people themselves say so.
    pub told_by: Option<&'static str>,
}

/// All of them that are known, of lettre 0.11.23; what the conformance suite, the documentation and
/// `mailer compare` say about lettre comes from here.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "partial",
        promise: "a refused recipient does not keep the mail from the others",
        lettre: "the first refused recipient ends the mail, which is rejected; lettre says QUIT, and \
                 the next mail gets a new connection",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:122",
        code: "try_smtp!(self.command(Rcpt::new(to_address.clone(), vec![])), self);",
        told_by: None,
    },
    Difference {
        name: "deadlines",
        promise: "each step has a deadline of its own, which bytes that drip in do not extend",
        lettre: "one time-out for everything, and for each read anew: here the longest of the steps; \
                 all calls run on a thread that is given up when a reply takes longer than that, or when \
                 all deadlines together have passed",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:73",
        code: "conn.set_timeout(timeout).map_err(error::network)?;",
        told_by: None,
    },
    Difference {
        name: "codes",
        promise: "a reply whose code has no meaning at its step is a breach of protocol",
        lettre: "every 2yz and 3yz counts as consent to every command: a 250 to DATA as go; after the \
                 end of data this backend takes 2yz only",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:302",
        code: "return if response.is_positive() {",
        told_by: None,
    },
    Difference {
        name: "memory",
        promise: "a mail of any size takes constant memory",
        lettre: "the whole message is in memory, and once more with its dots doubled. The connection \
                 without the pool doubles them in pieces of 64 KiB (`message_iter`); a file is read \
                 into memory first, because an iterator that ends early would end the message",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:256",
        code: "let mut out_buf = Vec::with_capacity(message_part.len());",
        told_by: None,
    },
    Difference {
        name: "noop",
        promise: "a further mail on an open connection costs no round trips but its own",
        lettre: "the pool says NOOP and waits, each time before it uses a connection again; \
                 opening ends with one, too",
        source: "lettre-0.11.23/src/transport/smtp/pool/sync_impl.rs:168",
        code: "if !conn.test_connected() {",
        told_by: None,
    },
    Difference {
        name: "idle",
        promise: "an open connection stays open until it is closed",
        lettre: "a thread of the pool closes a connection that was idle for more than a minute. It \
                 looks once a minute, so that takes one to two minutes, and no event reports it",
        source: "lettre-0.11.23/src/transport/smtp/pool/mod.rs:63",
        code: "idle_timeout: Duration::from_secs(60),",
        told_by: None,
    },
    Difference {
        name: "end-of-data",
        promise: "what arrives is what was given",
        lettre: "whatever a mail ends with, CRLF, dot and CRLF follow: a mail that ends in CRLF gains an \
                 empty line. A prepared message is handed over without its last CRLF, and arrives as \
                 it was; a draft goes as lettre's users send it, and arrives with one CRLF more",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:260",
        code: r#"self.write(b"\r\n.\r\n")?;"#,
        told_by: None,
    },
    Difference {
        name: "opportunistic",
        promise: "no password is sent in the clear because STARTTLS was missing",
        lettre: "opportunistic TLS goes on in the clear, AUTH included; with credentials this backend \
                 asks for required TLS instead",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:96",
        code: "/// Warning: A malicious intermediary could intercept the `STARTTLS` flag,",
        told_by: Some(
            "https://docs.rs/lettre/0.11.23/lettre/transport/smtp/client/enum.Tls.html#variant.Opportunistic",
        ),
    },
    Difference {
        name: "offered-again",
        promise: "a mail whose connection, used before, is lost or given up by the server (421, 452, 4.4.2) \
                  before content is offered once more, on a new one",
        lettre: "the pool's NOOP finds a connection that was given up while it was idle; from MAIL on the \
                 mail is rejected or not sent, as any other",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:116",
        code: "self.command(Mail::new(envelope.from().cloned(), mail_options)),",
        told_by: None,
    },
    Difference {
        name: "pipelining",
        promise: "commands share a flight where the server announces PIPELINING or CHUNKING",
        lettre: "every command waits for its reply, and the content goes by DATA",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:267",
        code: "self.write(command.to_string().as_bytes())?;",
        told_by: None,
    },
    Difference {
        name: "writes",
        promise: "the last bytes of a flight leave at once",
        lettre: "content and end of data are two writes, and TCP_NODELAY is not set: the second waits until \
                 the far end has acknowledged the first (RFC 896), which may take it some 40 ms",
        source: "lettre-0.11.23/src/transport/smtp/client/net.rs:122",
        code: "Ok(()) => return Ok(socket.into()),",
        told_by: None,
    },
    Difference {
        name: "certificates",
        promise: "certificates are read once for all mailers with the same trust setting",
        lettre: "TlsParameters can be cloned and shared, and this backend does so, but they hold the \
                 server's name: for each further server the system's certificates are read again",
        source: "lettre-0.11.23/src/transport/smtp/client/tls.rs:377",
        code: "domain: self.domain,",
        told_by: None,
    },
    Difference {
        name: "early-refusal",
        promise: "a refusal in the middle of the content stops it",
        lettre: "no reply is read before all of the content is written",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:258",
        code: "self.write(out_buf.as_slice())?;",
        told_by: None,
    },
    Difference {
        name: "size",
        promise: "a mail that is larger than the server takes is not begun (RFC 1870)",
        lettre: "SIZE is neither read nor declared: the server refuses when it has had enough",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:87",
        code: "let mut mail_options = vec![];",
        told_by: None,
    },
    Difference {
        name: "header-utf-8",
        promise: "a header in UTF-8 is declared by SMTPUTF8 (RFC 6531 §3.4), or not sent (§3.2)",
        lettre: "only the addresses of the envelope count: such a header is sent all the same",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:95",
        code: "if envelope.has_non_ascii_addresses() {",
        told_by: None,
    },
    Difference {
        name: "helo",
        promise: "HELO where a server does not know EHLO (RFC 5321 §3.2)",
        lettre: "EHLO only",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:169",
        code: "let ehlo_response = try_smtp!(self.command(Ehlo::new(hello_name.clone())), self);",
        told_by: None,
    },
    Difference {
        name: "keywords",
        promise: "the case of what EHLO announces does not matter (RFC 5321 §2.4)",
        lettre: "only capital letters are understood",
        source: "lettre-0.11.23/src/transport/smtp/extension.rs:151",
        code: r#""STARTTLS" => {"#,
        told_by: None,
    },
    Difference {
        name: "bare-code",
        promise: "a reply may be a code without text (RFC 5321 §4.2)",
        lettre: "a code must have a space behind it, or the reply is none",
        source: "lettre-0.11.23/src/transport/smtp/response.rs:309",
        code: r#"(parse_code, preceded(tag(" "), take_until("\r\n"))).parse(i)?;"#,
        told_by: None,
    },
    Difference {
        name: "utf-8",
        promise: "the text of a reply may have bytes that are not UTF-8",
        lettre: "a reply that is not UTF-8 ends the connection; behind the end of data it leaves the \
                 mail unknown",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:289",
        code: "while self.stream.read_line(&mut buffer).map_err(error::network)? > 0 {",
        told_by: None,
    },
    Difference {
        name: "reply-lines",
        promise: "an error has the whole reply, line by line",
        lettre: "an error has all lines joined into one; here they come from lettre's events",
        source: "lettre-0.11.23/src/transport/smtp/error.rs:182",
        code: "code(response.code(), Some(response.message_joined()))",
        told_by: None,
    },
    Difference {
        name: "login-prompts",
        promise: "AUTH LOGIN answers whatever the server calls user and password",
        lettre: "only the usual words are understood; any other prompt ends the attempt",
        source: "lettre-0.11.23/src/transport/smtp/authentication.rs:103",
        code: r#"["User Name", "Username:", "Username", "User Name\0"],"#,
        told_by: None,
    },
    Difference {
        name: "quit",
        promise: "closing says what kept it from good order",
        lettre: "what becomes of QUIT is not told; here it comes from lettre's events",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:182",
        code: "let _ = self.command(Quit);",
        told_by: None,
    },
    Difference {
        name: "quit-after-auth",
        promise: "a session ends with QUIT (RFC 5321 §4.1.1.10)",
        lettre: "where the greeting or the command AUTH is refused, the connection is closed without \
                 it: with PLAIN always, with LOGIN unless a later answer is refused",
        source: "lettre-0.11.23/src/transport/smtp/client/connection.rs:221",
        code: "let mut response = self.command(Auth::new(mechanism, credentials.clone(), None)?)?;",
        told_by: None,
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

    /// The directory that `lettre-0.11.23` lies in on this machine.
    fn above_lettre() -> PathBuf {
        let found = Arc::new(Mutex::new(None));
        with_default(Finder(Arc::clone(&found)), || {
            // No name, no network: but the attempt makes an event.
            assert!(SmtpTransport::builder_dangerous("").build().test_connection().is_err());
        });
        let file = found.lock().unwrap().take().expect("an event with a file");
        let is_lettre = |path: &&std::path::Path| path.ends_with("lettre-0.11.23");
        let lettre =
            file.ancestors().find(is_lettre).expect("the version that this table is about");
        lettre.parent().unwrap().to_owned()
    }

    #[test]
    fn every_line_is_where_it_is_said_to_be() {
        let above = above_lettre();
        for difference in DIFFERENCES {
            let (file, line) = difference.source.rsplit_once(':').unwrap();
            let text = fs::read_to_string(above.join(file)).unwrap();
            let line = text.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
            assert_eq!(line.trim(), difference.code, "{}", difference.name);
        }
    }

    #[test]
    fn every_name_is_there_once() {
        let mut names: Vec<_> = DIFFERENCES.iter().map(|difference| difference.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DIFFERENCES.len());
    }
}
