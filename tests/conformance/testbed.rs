//! Runs a trial: starts the server of a case, sends to it, and checks the result.

use std::time::Instant;

use libtest_mimic::Failed;
use mailer::{Error, Mail, Mailer, Receipt, Security, Server, Timeouts};
use mailer_lab::embedded;
use mailer_server::{Account, EmbeddedServer, Peer};
use mailer_tests::contender::Contender;

use crate::{
    case::{Act, Case},
    checks::{self, Observed, TIME_LIMIT},
    differences,
};

/// The account, whose password is its access token too, and the forms of its password that must stay secret: itself, its base64 as in AUTH
/// LOGIN, and its base64 after the user name as in AUTH PLAIN.
pub(crate) const USER: &str = "ann";
pub(crate) const PASSWORD: &str = "sesame";
pub(crate) const SECRETS: [&str; 3] = [PASSWORD, "c2VzYW1l", "AGFubgBzZXNhbWU="];

/// The server of a case, and its address.
pub(crate) struct Testbed {
    pub(crate) embedded: EmbeddedServer,
    pub(crate) address: Server,
    pub(crate) mode: Security,
    pub(crate) contender: Contender,
    joins: bool,
}

impl Testbed {
    fn start(case: &Case, contender: Contender, mode: Security) -> Result<Self, Failed> {
        let mut config =
            embedded::config(mode).with_account(Account::new(USER, PASSWORD).with_token(PASSWORD));
        case.change_server(&mut config);
        let embedded = EmbeddedServer::start(config)?;
        let mut address = embedded::reach(&embedded, mode)?;
        // A real client has longer time-outs.
        address.timeouts = Timeouts::all(TIME_LIMIT);
        case.change_client(&mut address);
        Ok(Self { embedded, address, mode, contender, joins: case.joins })
    }

    /// Makes another mailer of the same kind.
    pub(crate) fn mailer_to(&self, address: &Server) -> Result<Box<dyn Mailer>, Error> {
        self.contender.make(address, self.joins)
    }

    /// Returns the commands of all clients, and whether each was inside TLS.
    pub(crate) fn commands(&self) -> Vec<(String, bool)> {
        let lines = self.embedded.transcript().into_iter();
        lines.filter(|l| l.from == Peer::Client).map(|l| (l.text, l.inside_tls)).collect()
    }

    /// Counts the commands with this prefix.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.commands().iter().filter(|(line, _)| line.starts_with(command)).count()
    }

    /// Returns the transcript as text, to find out what went wrong.
    fn transcript(&self) -> String {
        let lines = self.embedded.transcript().into_iter().map(|line| {
            let speaker = if line.from == Peer::Client { 'C' } else { 'S' };
            format!("{:>3} {speaker}: {}\n", line.session, line.text)
        });
        lines.collect()
    }
}

/// Runs a case, and checks the result.
pub(crate) fn run(case: &Case, contender: Contender, mode: Security) -> Result<(), Failed> {
    let testbed = Testbed::start(case, contender, mode)?;
    let mut mailer = testbed.mailer_to(&testbed.address)?;
    let result = match &case.act {
        Act::Send(mails) => send(case, mails, &testbed, mailer.as_mut()),
        Act::Script(script) => script(&testbed, mailer.as_mut()),
    };
    result.map_err(|failed| {
        let what = failed.message().unwrap_or("failed");
        format!("{what}\nthe transcript:\n{}", testbed.transcript()).into()
    })
}

fn send(
    case: &Case,
    mails: &[Mail],
    testbed: &Testbed,
    mailer: &mut dyn Mailer,
) -> Result<(), Failed> {
    let started = Instant::now();
    let receipts = if case.separately {
        separately(case, mails, testbed, mailer)?
    } else {
        receipts(mailer, mails)
    };
    let observed = Observed { receipts, took: started.elapsed(), closed: mailer.close() };
    match differences::find(&case.name, testbed.contender, testbed.mode) {
        Some(difference) => difference.check(case, mails, testbed, &observed),
        None => checks::check(case, &case.result, mails, testbed, &observed),
    }
}

/// Sends each message with `send`. The server ends the first session before the second message, or
/// before the first one if the mailer was opened; this function waits for that end.
fn separately(
    case: &Case,
    mails: &[Mail],
    testbed: &Testbed,
    mailer: &mut dyn Mailer,
) -> Result<Vec<(u64, Receipt)>, Failed> {
    if case.opens {
        mailer.open()?;
    }
    let mut receipts = Vec::new();
    for (number, mail) in (0..).zip(mails) {
        let session_ends_first = number == u64::from(!case.opens);
        if session_ends_first && !testbed.embedded.wait_for_sessions(TIME_LIMIT) {
            return Err("the server has not ended its first session".into());
        }
        receipts.push((number, mailer.send(mail)));
    }
    Ok(receipts)
}

/// Sends a single message with `send`, and several with `send_many`.
fn receipts(mailer: &mut dyn Mailer, mails: &[Mail]) -> Vec<(u64, Receipt)> {
    if let [mail] = mails {
        return vec![(0, mailer.send(mail))];
    }
    let mut receipts = Vec::new();
    mailer.send_many(&mut mails.iter().cloned(), &mut |number, receipt| {
        receipts.push((number, receipt.clone()));
    });
    receipts
}
