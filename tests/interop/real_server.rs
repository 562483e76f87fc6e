//! Real mail servers: each is started for the first trial that needs it, and stopped after the last.
//! [`products`] is the table of them.

mod arrival;
mod auth;
mod broken;
mod clear;
mod command;
mod contender;
mod many;
mod products;
mod refusals;
mod sending;

use std::{fs, path::PathBuf, time::Duration};

use libtest_mimic::Trial;
use mailer::{Credentials, Receipt, Security, Server, Timeouts};

use mailer_tests::{
    launched_server::LaunchedServer,
    require::{Missing, Needed},
};

use contender::{Contender, Setup};
use products::{PRODUCTS, Product};

/// The largest message in bytes; small, so that a larger one is made quickly.
const SIZE_LIMIT: usize = 500_000;

/// A name, and the test of a contender.
type Case = (&'static str, fn(&Setup<'_>));

/// A name, and the test of the command with a backend.
type CommandCase = (&'static str, fn(&RealServer, &str));

/// The tests of each backend, flow and kind of TLS.
const CASES: &[Case] = &[
    ("a_small_mail_arrives", sending::small_mail),
    ("a_draft_arrives_as_the_same_mail", sending::draft),
    ("a_message_arrives_byte_for_byte", sending::message),
    ("a_recipient_beyond_ascii_is_reached", sending::utf8_recipient),
    ("many_mails_share_a_connection", many::flights),
    ("refusals_in_a_stream_do_not_affect_other_messages", many::with_refusals),
    ("one_refused_recipient", refusals::one_recipient),
    ("all_recipients_refused", refusals::all_recipients),
    ("a_mail_that_is_too_large", refusals::too_large),
    ("each_mechanism_logs_in", auth::mechanisms),
    ("a_password_beyond_ascii_logs_in", auth::utf8_password),
    ("a_wrong_password_is_refused", auth::wrong_password),
    ("an_unknown_ca_is_not_trusted", auth::unknown_authority),
];

/// The tests of a server that accepts access tokens.
const TOKEN_CASES: &[Case] = &[("an_access_token_logs_in", auth::tokens)];

/// The tests of the port without TLS and AUTH.
const CLEAR_CASES: &[Case] = &[
    ("without_tls_the_message_is_sent_in_the_clear", clear::none),
    ("opportunistic_continues_without_starttls", clear::opportunistic),
    ("opportunistic_does_not_send_a_password", clear::opportunistic_with_password),
    ("required_tls_that_is_missing_is_an_error", clear::required),
];

/// Slow tests, which run with one kind of TLS.
const LONG_CASES: &[Case] = &[("a_hundred_and_twenty_mails_in_a_row", many::in_a_row)];

/// The tests of the command, for each backend.
const COMMAND_CASES: &[CommandCase] = &[
    ("send_sends_a_prepared_message", command::message),
    ("send_sends_a_draft", command::draft),
    ("send_asks_for_a_notification", command::notification),
    ("check_reports_what_the_server_takes", command::check),
    ("send_with_a_wrong_password", command::wrong_password),
    ("send_to_a_refused_recipient", command::refused_recipient),
];

/// A running server.
pub(crate) struct RealServer {
    product: &'static Product,
    launched: LaunchedServer,
}

pub(crate) fn trials() -> Vec<Trial> {
    PRODUCTS.iter().flat_map(trials_of).collect()
}

fn trials_of(product: &'static Product) -> Vec<Trial> {
    let needed = Needed::new(product.name, move || RealServer::up(product));
    let mut trials = vec![needed.trial("compare", command::compare)];
    // Dovecot checks AUTH for Postfix, which answers everything else.
    if product.name != "dovecot" {
        let name = "broken_dialogues_are_answered_as_the_docs_show";
        trials.push(needed.trial(name, broken::dialogues));
    }
    let mut add = |cases: &[Case], security: Security, contender: Contender| {
        trials.extend(cases.iter().map(|&(case, run)| {
            let name = format!("{case}::{}::{}", security.name(), contender.name());
            needed.trial(&name, move |real| {
                run(&Setup { real, contender, server: real.server(security) });
            })
        }));
    };
    for contender in Contender::all() {
        add(CASES, Security::Required, contender);
        add(CASES, Security::Implicit, contender);
        add(CLEAR_CASES, Security::None, contender);
        if product.mechanisms.iter().any(|mechanism| mechanism.takes_token()) {
            add(TOKEN_CASES, Security::Required, contender);
        }
        add(LONG_CASES, Security::Required, contender);
    }
    for backend in contender::backends() {
        for (case, run) in COMMAND_CASES {
            let name = format!("{case}::{}", backend.name);
            trials.push(needed.trial(&name, |real| run(real, backend.name)));
        }
    }
    trials
}

impl RealServer {
    fn up(product: &'static Product) -> Result<Self, Missing> {
        let launched = LaunchedServer::start(product.name, Some(SIZE_LIMIT))?;
        Ok(Self { product, launched })
    }

    /// Returns the launcher's value for this key.
    pub(crate) fn fact(&self, key: &str) -> &str {
        self.launched.fact(key).expect("the launcher prints it")
    }

    /// Returns the address of the server, with credentials if there is TLS.
    pub(crate) fn server(&self, security: Security) -> Server {
        let mut server = self.launched.server(security).expect("the launcher prints it");
        server.timeouts = Timeouts::all(Duration::from_secs(30));
        server
    }

    /// Returns the account of these keys.
    pub(crate) fn credentials(&self, user: &str, password: &str) -> Credentials {
        Credentials::new(self.fact(user), self.fact(password)).expect("credentials")
    }

    /// Returns the maildir of this key.
    pub(crate) fn maildir(&self, key: &str) -> PathBuf {
        self.fact(key).into()
    }

    /// Returns the log so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.fact("LOG")).expect("a log")).into_owned()
    }

    /// Returns the queue id in the final reply.
    fn queue_id<'a>(&self, receipt: &'a Receipt) -> &'a str {
        let reply = receipt.reply.as_ref().expect("a final reply");
        let (before, after) = self.product.queue_id;
        let id = reply.text.split_once(before).and_then(|(_, rest)| rest.strip_suffix(after));
        id.unwrap_or_else(|| panic!("no queue id in {reply}"))
    }
}
