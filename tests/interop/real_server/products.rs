//! The real servers as data: the extensions that they announce, and their behaviour.

use mailer::Mechanism;
use mailer_backends::Flow;

/// A real mail server.
#[derive(Debug)]
pub(super) struct Product {
    /// The name of its launcher in `tests/servers`, and in `MAILER_REQUIRE`.
    pub(super) name: &'static str,
    /// The AUTH mechanisms that it offers.
    pub(super) mechanisms: &'static [Mechanism],
    pub(super) pipelining: bool,
    pub(super) chunking: bool,
    pub(super) smtputf8: bool,
    /// The header fields that it adds at the top of each message, in this order: sender, recipient, and
    /// how the message arrived.
    pub(super) added_fields: &'static [&'static str],
    /// Whether it keeps CRLF in a delivered message; else line ends are LF.
    pub(super) keeps_crlf: bool,
    /// Its name for SMTPUTF8 with TLS and AUTH; RFC 6531 §4.3 registers UTF8SMTPSA.
    pub(super) utf8_protocol: &'static str,
    /// The text before and after the queue id in its final reply.
    pub(super) queue_id: (&'static str, &'static str),
    /// The parts of a log line for a message from a client that logged in.
    pub(super) login_log: &'static [&'static str],
    /// The start of its reply to an unknown recipient,
    pub(super) bad_recipient: &'static str,
    /// to a wrong password,
    pub(super) bad_password: &'static str,
    /// and the code of its reply to a content beyond its limit.
    pub(super) too_large: u16,
    /// The most messages per connection; then MAIL gets 452.
    pub(super) max_mails_per_connection: Option<usize>,
}

const POSTFIX: Product = Product {
    name: "postfix",
    mechanisms: &[Mechanism::ScramSha256, Mechanism::Plain, Mechanism::Login],
    pipelining: true,
    chunking: true,
    smtputf8: true,
    added_fields: &["Return-Path", "X-Original-To", "Delivered-To", "Received"],
    keeps_crlf: false,
    utf8_protocol: "UTF8SMTPSA",
    queue_id: ("queued as ", ""),
    login_log: &[" {id}: client=", " sasl_method={mechanism}, sasl_username={user}"],
    bad_recipient: "550 5.1.1 ",
    bad_password: "535 5.7.8 ",
    too_large: 552,
    max_mails_per_connection: None,
};

pub(super) const PRODUCTS: &[Product] = &[
    POSTFIX,
    // Postfix with another server that checks AUTH.
    Product { name: "dovecot", mechanisms: Mechanism::ALL, ..POSTFIX },
    Product {
        name: "exim",
        mechanisms: &[Mechanism::Plain, Mechanism::Login],
        pipelining: true,
        chunking: true,
        smtputf8: true,
        added_fields: &["Return-path", "Envelope-to", "Delivery-date", "Received"],
        keeps_crlf: false,
        utf8_protocol: "UTF8ESMTPSA",
        queue_id: ("OK id=", ""),
        login_log: &[" {id} <= ", " A={mechanism}:{user} "],
        bad_recipient: "550 Unrouteable address",
        bad_password: "535 Incorrect authentication data",
        too_large: 552,
        max_mails_per_connection: None,
    },
    Product {
        name: "sendmail",
        mechanisms: &[Mechanism::ScramSha256, Mechanism::Plain, Mechanism::Login],
        pipelining: true,
        chunking: false,
        smtputf8: false,
        added_fields: &["Return-Path", "Delivered-To", "Received"],
        keeps_crlf: false,
        utf8_protocol: "",
        queue_id: ("2.0.0 ", " Message accepted for delivery"),
        login_log: &["mail {id} from {mechanism} {user}"],
        bad_recipient: "550 5.1.1 ",
        bad_password: "535 5.7.0 ",
        too_large: 552,
        max_mails_per_connection: None,
    },
    Product {
        name: "opensmtpd",
        mechanisms: &[Mechanism::Plain, Mechanism::Login],
        pipelining: false,
        chunking: false,
        smtputf8: false,
        added_fields: &["Return-Path", "Delivered-To", "Received"],
        keeps_crlf: false,
        utf8_protocol: "",
        queue_id: ("2.0.0 ", " Message accepted for delivery"),
        // It logs neither the mechanism nor the user in the line of the message.
        login_log: &[" smtp authentication user={user} result=ok"],
        bad_recipient: "550 Invalid recipient: ",
        bad_password: "535 Authentication failed",
        too_large: 554,
        max_mails_per_connection: Some(100),
    },
    Product {
        name: "aiosmtpd",
        mechanisms: &[Mechanism::Plain, Mechanism::Login],
        pipelining: false,
        chunking: false,
        smtputf8: true,
        added_fields: &[],
        keeps_crlf: true,
        utf8_protocol: "",
        queue_id: ("Kept as ", ""),
        login_log: &["mail {id} from {mechanism} {user}"],
        bad_recipient: "550 5.1.1 ",
        bad_password: "535 5.7.8 ",
        too_large: 552,
        max_mails_per_connection: None,
    },
];

impl Product {
    /// Returns the flow that is used instead of a flow that the server does not support.
    pub(super) fn flow(&self, asked: Flow) -> Flow {
        match asked {
            _ if !self.pipelining => Flow::Lockstep,
            Flow::Chunked | Flow::Streamed if !self.chunking => Flow::Pipelined,
            Flow::Auto => Flow::Pipelined,
            asked => asked,
        }
    }

    /// Returns whether a log line records this login.
    pub(super) fn logs(&self, line: &str, id: &str, mechanism: &str, user: &str) -> bool {
        let line = line.to_ascii_lowercase();
        self.login_log.iter().all(|part| {
            let part = part.replace("{mechanism}", mechanism).replace("{user}", user);
            line.contains(&part.replace("{id}", id).to_ascii_lowercase())
        })
    }
}
