//! A whole client: over the lab's link, which counts from outside, and on its own.

use std::time::Duration;

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome as MailOutcome, Security, Server};
use mailer_lab::Contender;
use mailer_link::{Connection, Link, LinkCounts};
use mailer_server::{Config, EmbeddedServer, Store};

use crate::{Outcome, alone::OCTETS, tools::Runs};

/// Long enough that what leaves in two writes is one flight all the same.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// Few enough to fit in one window and in one write.
const FEW: u64 = 10;

/// What passes for one more mail.
pub(crate) struct Counted {
    pub(crate) allocations: f64,
    pub(crate) flights: f64,
    pub(crate) round_trips: f64,
    pub(crate) bytes_out: f64,
    pub(crate) bytes_in: f64,
}

/// Counts for this client: what twice as many mails take more.
pub(crate) fn counted(client: &Contender) -> Outcome<Counted> {
    let (few, more) = (passed(client, FEW)?, passed(client, 2 * FEW)?);
    let each = |of: fn(&LinkCounts) -> u64| (of(&more) - of(&few)) as f64 / FEW as f64;
    Ok(Counted {
        allocations: allocations(client)?,
        flights: each(|counts| counts.flights),
        round_trips: each(|counts| counts.round_trips),
        bytes_out: each(|counts| counts.bytes_out),
        bytes_in: each(|counts| counts.bytes_in),
    })
}

fn passed(client: &Contender, mails: u64) -> Outcome<LinkCounts> {
    let server = server()?;
    let link =
        Link::to([server.addr()]).round_trip(ROUND_TRIP).start().map_err(|e| e.to_string())?;
    send(client, mails, link.addr().to_string().as_str())?;
    Ok(link.finish().iter().map(Connection::counts).sum())
}

/// A server that asks for no account and only counts.
pub(crate) fn server() -> Outcome<EmbeddedServer> {
    let mut config = Config::plain().with_store(Store::Count);
    config.keep_transcript = false;
    EmbeddedServer::start(config).map_err(|error| error.to_string())
}

/// Sends so many mails to a server at this address.
pub(crate) fn send(client: &Contender, mails: u64, addr: &str) -> Outcome<()> {
    let mut mailer = made(client, addr)?;
    let mail = mail().map_err(|error| in_words(client, &error))?;
    pass(client, &mut *mailer, &mail, mails)?;
    mailer.close().map_err(|error| in_words(client, &error))
}

/// What a further mail allocates on the thread that sends it, once all room that is ever needed is
/// there.
fn allocations(client: &Contender) -> Outcome<f64> {
    let server = server()?;
    let mut mailer = made(client, &server.addr().to_string())?;
    let Runs { few, more } = Runs::of(client);
    let mail = mail().map_err(|error| in_words(client, &error))?;
    pass(client, &mut *mailer, &mail, few.into())?;
    let mut sent = Ok(());
    let counted = allocation_counter::measure(|| {
        sent = pass(client, &mut *mailer, &mail, more.into());
    });
    sent?;
    Ok(counted.count_total as f64 / f64::from(more))
}

fn made(client: &Contender, addr: &str) -> Outcome<Box<dyn Mailer>> {
    let addr = addr.parse().map_err(|_| format!("no address: {addr}"))?;
    let host = "localhost".parse().map_err(|error| in_words(client, &error))?;
    let mut reached = Server::new(host, 25, Security::None);
    reached.connect_to = Some(addr);
    (client.make)(&reached).map_err(|error| in_words(client, &error))
}

/// A copy of a mail shares what it has, and allocates nothing.
fn pass(client: &Contender, mailer: &mut dyn Mailer, mail: &Mail, mails: u64) -> Outcome<()> {
    let mut accepted = 0;
    mailer.send_many(&mut (0..mails).map(|_| mail.clone()), &mut |_, receipt| {
        accepted += u64::from(receipt.outcome == MailOutcome::Accepted);
    });
    if accepted == mails {
        return Ok(());
    }
    Err(format!("{}: {accepted} of {mails} accepted", client.name))
}

fn in_words(client: &Contender, error: &Error) -> String {
    format!("{}: {error} {}", client.name, error.cause().unwrap_or_default())
}

fn mail() -> Result<Mail, Error> {
    let envelope =
        Envelope::new(Some("ann@example.test".parse()?), vec!["bob@example.test".parse()?])?;
    let line = b"A line of thirty-two octets, ye\r\n".iter().copied().cycle();
    let mut content: Vec<u8> = line.take(OCTETS - 2).collect();
    content.extend_from_slice(b"\r\n");
    Ok(Mail::new(envelope, Message::from_bytes(content)?))
}
