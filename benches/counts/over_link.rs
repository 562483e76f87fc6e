//! raw over the lab's link, which counts from outside.

use std::time::Duration;

use mailer::{Envelope, Error, Mail, Message, Outcome as MailOutcome, Security, Server};
use mailer_backends::{Flow, Options, find};
use mailer_lab::{Link, LinkCounts, link::Connection};
use mailer_server::{Config, EmbeddedServer, Store};

use crate::{Outcome, alone::OCTETS};

/// Long enough that what leaves in two writes is one flight all the same.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// Few enough to fit in one window and in one write.
const FEW: u64 = 10;

/// What passes for one more mail.
pub(crate) struct Counted {
    pub(crate) flights: f64,
    pub(crate) round_trips: f64,
    pub(crate) bytes_out: f64,
    pub(crate) bytes_in: f64,
}

/// Counts for this flow: what twice as many mails take more.
pub(crate) fn counted(flow: Flow) -> Outcome<Counted> {
    let (few, more) = (passed(flow, FEW)?, passed(flow, 2 * FEW)?);
    let each = |of: fn(&LinkCounts) -> u64| (of(&more) - of(&few)) as f64 / FEW as f64;
    Ok(Counted {
        flights: each(|counts| counts.flights),
        round_trips: each(|counts| counts.round_trips),
        bytes_out: each(|counts| counts.bytes_out),
        bytes_in: each(|counts| counts.bytes_in),
    })
}

fn passed(flow: Flow, mails: u64) -> Outcome<LinkCounts> {
    let server = server()?;
    let link =
        Link::to([server.addr()]).round_trip(ROUND_TRIP).start().map_err(|e| e.to_string())?;
    send(flow, mails, link.addr().to_string().as_str())?;
    Ok(link.finish().iter().map(Connection::counts).sum())
}

/// A server that asks for no account and only counts.
pub(crate) fn server() -> Outcome<EmbeddedServer> {
    let mut config = Config::plain().with_store(Store::Count);
    config.keep_transcript = false;
    EmbeddedServer::start(config).map_err(|error| error.to_string())
}

/// Sends so many mails to a server at this address.
pub(crate) fn send(flow: Flow, mails: u64, addr: &str) -> Outcome<()> {
    let in_words = |error: Error| format!("{flow}: {error} {}", error.cause().unwrap_or_default());
    let mail = mail().map_err(in_words)?;
    let addr = addr.parse().map_err(|_| format!("no address: {addr}"))?;
    let mut reached = Server::new("localhost".parse().map_err(in_words)?, 25, Security::None);
    reached.connect_to = Some(addr);
    let made = find("raw").and_then(|raw| raw.make(&reached, &Options::from(flow)));
    let mut mailer = made.map_err(in_words)?;
    let mut accepted = 0;
    mailer.send_many(&mut (0..mails).map(|_| mail.clone()), &mut |_, receipt| {
        accepted += u64::from(receipt.outcome == MailOutcome::Accepted);
    });
    mailer.close().map_err(in_words)?;
    if accepted == mails { Ok(()) } else { Err(format!("{flow}: {accepted} of {mails} accepted")) }
}

fn mail() -> Result<Mail, Error> {
    let envelope =
        Envelope::new(Some("ann@example.test".parse()?), vec!["bob@example.test".parse()?])?;
    let line = b"A line of thirty-two octets, ye\r\n".iter().copied().cycle();
    let mut content: Vec<u8> = line.take(OCTETS - 2).collect();
    content.extend_from_slice(b"\r\n");
    Ok(Mail::new(envelope, Message::from_bytes(content)?))
}
