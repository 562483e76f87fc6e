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

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use libtest_mimic::Trial;
use mailer::{Credentials, Receipt, Security, Server, Timeouts};
use tempfile::TempDir;

use mailer_tests::require::{Missing, Needed};

use crate::child::{self, LIMIT};
use contender::{Contender, Setup};
use products::{PRODUCTS, Product};

/// The time limit of a start. The first start on a machine downloads packages, one launcher after the
/// other. `packages.sh` limits each step, so a launcher reports a missing network long before this.
const UP_LIMIT: Duration = Duration::from_secs(900);

/// The largest message in bytes; small, so that a larger one is made quickly.
const SIZE_LIMIT: usize = 500_000;

/// The exit status of a launcher whose server is not available on this machine.
const UNAVAILABLE: i32 = 69;

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

/// A running server. Dropping it stops the server and removes its files.
pub(crate) struct RealServer {
    product: &'static Product,
    folder: TempDir,
    facts: HashMap<String, String>,
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
        child::run(Command::new("bash").arg("--version"), LIMIT).map_err(Missing::Unavailable)?;
        let prefix = format!("mailer-{}-", product.name);
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir();
        let folder = folder.map_err(|cause| Missing::Broken(cause.to_string()))?;
        // From here on the destructor stops the server.
        let mut real = Self { product, folder, facts: HashMap::new() };
        let mut up = real.launcher("up");
        up.env("SIZE_LIMIT", SIZE_LIMIT.to_string());
        let said = child::run(&mut up, UP_LIMIT).map_err(Missing::Broken)?;
        match said.code() {
            Some(0) => {}
            Some(UNAVAILABLE) => return Err(Missing::Unavailable(last_line(&said.stderr))),
            _ => return Err(Missing::Broken(said.stderr)),
        }
        let said = child::run(&mut real.launcher("env"), LIMIT).map_err(Missing::Broken)?;
        let facts = said.stdout.lines().filter_map(|line| line.split_once('='));
        real.facts = facts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(real)
    }

    fn launcher(&self, verb: &str) -> Command {
        let launchers = Path::new(env!("CARGO_MANIFEST_DIR")).join("servers");
        let mut command = Command::new(launchers.join(self.product.name));
        command.arg(verb).arg(self.folder.path());
        command
    }

    /// Returns the launcher's value for this key.
    pub(crate) fn fact(&self, key: &str) -> &str {
        self.facts.get(key).unwrap_or_else(|| panic!("the launcher does not print {key}"))
    }

    /// Returns the address of the server, with credentials if there is TLS.
    pub(crate) fn server(&self, security: Security) -> Server {
        let port = match security {
            Security::Required => "PORT_STARTTLS",
            Security::Implicit => "PORT_TLS",
            Security::Opportunistic | Security::None => "PORT_PLAIN",
        };
        let port = self.fact(port).parse().expect("a port");
        let mut server = Server::new("localhost".parse().expect("a host"), port, security);
        if matches!(security, Security::Required | Security::Implicit) {
            server.credentials = Some(self.credentials("USER", "PASS"));
        }
        server.trust.add_pem(&fs::read(self.fact("CA")).expect("a CA")).expect("a CA in PEM");
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

impl Drop for RealServer {
    fn drop(&mut self) {
        // If `up` failed before it started the server, `down` has nothing to stop.
        let down = child::run(&mut self.launcher("down"), LIMIT);
        let is_down = down.as_ref().is_ok_and(|said| said.status.success());
        // A panic during a panic would end all trials.
        assert!(
            is_down || thread::panicking(),
            "{} may still be running: {down:?}",
            self.product.name
        );
    }
}

fn last_line(text: &str) -> String {
    text.lines().next_back().unwrap_or_default().to_owned()
}
