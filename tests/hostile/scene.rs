//! A trial: a hostile server, a client, and what they do to each other.

use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use mailer::{Error, Mailer, Receipt, Server};
use mailer_server::{Conversation, Peer, ScriptedServer};
use mailer_tests::contender::Contender;

use crate::{case::Case, differences, judge, overshoot};

/// What came of it.
pub(crate) struct Seen {
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) took: Duration,
    pub(crate) closed: Result<(), Error>,
    /// On each connection.
    pub(crate) conversations: Vec<Conversation>,
}

/// Plays a case and judges what came of it.
pub(crate) fn play(family: &str, case: &Case, contender: Contender) -> Result<(), Failed> {
    let server = ScriptedServer::start(case.script(contender.flow))?;
    let mut way = Server::new("localhost".parse()?, server.addr().port(), case.security);
    way.connect_to = Some(server.addr());
    way.trust.add_pem(server.ca_pem().as_bytes())?;
    case.set_up(&mut way, contender.backend.has_flows);
    let mut mailer = contender.make(&way, false)?;
    let began = Instant::now();
    let receipts = send(case, mailer.as_mut());
    let closed = mailer.close();
    let took = began.elapsed();
    drop(mailer);
    if case.is_stalled() && contender.backend.has_flows {
        overshoot::note(&format!("{family}::{}", case.name), took);
    }
    let seen = Seen { receipts, took, closed, conversations: server.finish() };
    let judged = match differences::of(family, &case.name, contender) {
        Some(difference) => difference.judge(case, contender, &seen),
        None => judge::all(case, &case.fates, contender, &seen),
    };
    judged.map_err(|wrong| format!("{wrong}\nwhat was said:\n{}", told(&seen)).into())
}

/// A single mail by `send`, several by `send_many`.
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

/// What was said, for who has to find out what went wrong.
fn told(seen: &Seen) -> String {
    let mut text = format!("receipts: {:#?}\nclosed: {:?}\n", seen.receipts, seen.closed);
    for conversation in &seen.conversations {
        for said in &conversation.transfers {
            let speaker = if said.from == Peer::Client { 'C' } else { 'S' };
            let shown = &said.bytes[..said.bytes.len().min(400)];
            let tls = if said.inside_tls { " (TLS)" } else { "" };
            text.push_str(&format!("{speaker}{tls}: {}\n", shown.escape_ascii()));
        }
        text.push_str("closed\n");
    }
    text
}
