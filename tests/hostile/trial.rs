//! A trial: runs a client against a hostile server and checks the result.

use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use mailer::{Error, Mailer, Receipt, Server};
use mailer_server::{Conversation, Peer, ScriptedServer};
use mailer_tests::contender::Contender;

use crate::{case::Case, checks, differences, overshoot};

/// The result of a trial.
pub(crate) struct Observed {
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) took: Duration,
    pub(crate) closed: Result<(), Error>,
    /// One for each connection.
    pub(crate) conversations: Vec<Conversation>,
}

/// Runs a case and checks the result.
pub(crate) fn run(family: &str, case: &Case, contender: Contender) -> Result<(), Failed> {
    let server = ScriptedServer::start(case.script(contender.flow))?;
    let mut address = Server::new("localhost".parse()?, server.addr().port(), case.security);
    address.connect_to = Some(server.addr());
    address.trust.add_pem(server.ca_pem().as_bytes())?;
    case.configure(&mut address, contender.backend.has_flows);
    let mut mailer = contender.make(&address, false)?;
    let start = Instant::now();
    let receipts = send(case, mailer.as_mut());
    let closed = mailer.close();
    let took = start.elapsed();
    drop(mailer);
    if case.is_stalled() && contender.backend.has_flows {
        overshoot::note(&format!("{family}::{}", case.name), took);
    }
    let observed = Observed { receipts, took, closed, conversations: server.finish() };
    let checked = match differences::find(family, &case.name, contender) {
        Some(difference) => difference.check(case, contender, &observed),
        None => checks::check(case, &case.expected, contender, &observed),
    };
    checked.map_err(|wrong| format!("{wrong}\nthe trial:\n{}", describe(&observed)).into())
}

/// Sends a single message with `send`, and several with `send_many`.
fn send(case: &Case, mailer: &mut dyn Mailer) -> Vec<Receipt> {
    if let [mail] = case.mails.as_slice() {
        return vec![mailer.send(mail)];
    }
    let mut receipts = Vec::new();
    mailer.send_many(&mut case.mails.iter().cloned(), &mut |_, receipt| {
        receipts.push(receipt.clone());
    });
    receipts
}

/// Describes a trial, to find out what went wrong.
fn describe(observed: &Observed) -> String {
    let mut text = format!("receipts: {:#?}\nclosed: {:?}\n", observed.receipts, observed.closed);
    for conversation in &observed.conversations {
        for transfer in &conversation.transfers {
            let speaker = if transfer.from == Peer::Client { 'C' } else { 'S' };
            let shown = &transfer.bytes[..transfer.bytes.len().min(400)];
            let tls = if transfer.inside_tls { " (TLS)" } else { "" };
            text.push_str(&format!("{speaker}{tls}: {}\n", shown.escape_ascii()));
        }
        text.push_str("closed\n");
    }
    text
}
