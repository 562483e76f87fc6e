//! The servers, as data: what each announces, and its habits.

use mailer_backends::Flow;

/// A mail server that nobody here wrote.
#[derive(Debug)]
pub(super) struct Product {
    /// Its launcher in `tests/servers`, and its name in `MAILER_REQUIRE`.
    pub(super) name: &'static str,
    pub(super) pipelining: bool,
    pub(super) chunking: bool,
    pub(super) smtputf8: bool,
    /// What it puts on top of each mail that it delivers, in this order: whence, for whom, how it came.
    pub(super) put_on_top: &'static [&'static str],
    /// Whether a delivered mail has the line ends that it had on the wire; else they are LF.
    pub(super) keeps_crlf: bool,
    /// How it calls what came with SMTPUTF8, TLS and AUTH; RFC 6531 §4.3 registers UTF8SMTPSA.
    pub(super) utf8_protocol: &'static str,
    /// What stands before and behind the queue id in its final reply.
    pub(super) queue_id: (&'static str, &'static str),
    /// What a line of its log has when a mail is taken from somebody who logged in.
    pub(super) login_log: &'static [&'static str],
    /// How its replies begin to a recipient that it does not know,
    pub(super) bad_recipient: &'static str,
    /// to a wrong password,
    pub(super) bad_password: &'static str,
    /// and to a content beyond its limit, after the whole of it.
    pub(super) too_large: u16,
    /// How many mails it takes on one connection; then MAIL gets 452.
    pub(super) mails_a_connection: Option<usize>,
}

pub(super) const PRODUCTS: &[Product] = &[
    Product {
        name: "postfix",
        pipelining: true,
        chunking: true,
        smtputf8: true,
        put_on_top: &["Return-Path", "X-Original-To", "Delivered-To", "Received"],
        keeps_crlf: false,
        utf8_protocol: "UTF8SMTPSA",
        queue_id: ("queued as ", ""),
        login_log: &[" {id}: client=", " sasl_method={mechanism}, sasl_username={user}"],
        bad_recipient: "550 5.1.1 ",
        bad_password: "535 5.7.8 ",
        too_large: 552,
        mails_a_connection: None,
    },
    Product {
        name: "exim",
        pipelining: true,
        chunking: true,
        smtputf8: true,
        put_on_top: &["Return-path", "Envelope-to", "Delivery-date", "Received"],
        keeps_crlf: false,
        utf8_protocol: "UTF8ESMTPSA",
        queue_id: ("OK id=", ""),
        login_log: &[" {id} <= ", " A={mechanism}:{user} "],
        bad_recipient: "550 Unrouteable address",
        bad_password: "535 Incorrect authentication data",
        too_large: 552,
        mails_a_connection: None,
    },
    Product {
        name: "opensmtpd",
        pipelining: false,
        chunking: false,
        smtputf8: false,
        put_on_top: &["Return-Path", "Delivered-To", "Received"],
        keeps_crlf: false,
        utf8_protocol: "",
        queue_id: ("2.0.0 ", " Message accepted for delivery"),
        // It does not log the mechanism, nor both in one line.
        login_log: &[" smtp authentication user={user} result=ok"],
        bad_recipient: "550 Invalid recipient: ",
        bad_password: "535 Authentication failed",
        too_large: 554,
        mails_a_connection: Some(100),
    },
    Product {
        name: "aiosmtpd",
        pipelining: false,
        chunking: false,
        smtputf8: true,
        put_on_top: &[],
        keeps_crlf: true,
        utf8_protocol: "",
        queue_id: ("Kept as ", ""),
        login_log: &["mail {id} from {mechanism} {user}"],
        bad_recipient: "550 5.1.1 ",
        bad_password: "535 5.7.8 ",
        too_large: 552,
        mails_a_connection: None,
    },
];

impl Product {
    /// The flow that is left of the one asked for: nothing is used that is not announced.
    pub(super) fn flow(&self, asked: Flow) -> Flow {
        match asked {
            _ if !self.pipelining => Flow::Lockstep,
            Flow::Chunked | Flow::Streamed if !self.chunking => Flow::Pipelined,
            Flow::Auto => Flow::Pipelined,
            asked => asked,
        }
    }

    /// Whether a line of its log tells of this login.
    pub(super) fn logs(&self, line: &str, id: &str, mechanism: &str, user: &str) -> bool {
        let line = line.to_ascii_lowercase();
        self.login_log.iter().all(|part| {
            let part = part.replace("{mechanism}", mechanism).replace("{user}", user);
            line.contains(&part.replace("{id}", id).to_ascii_lowercase())
        })
    }
}
