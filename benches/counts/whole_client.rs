//! Counts of a whole client: over the link, which counts what passes, and without it.

use std::time::Duration;

use mailer::{Envelope, Error, Mail, Mailer, Message, Outcome as MailOutcome, Security, Server};
use mailer_lab::Contender;
use mailer_link::{Connection, Link, LinkCounts};
use mailer_server::{Config, EmbeddedServer, GroupReplies, Profile, Store};

use crate::{Outcome, core_only::MESSAGE_SIZE, tools::Runs};

/// Long enough that a flight of two writes is still one flight.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// Few enough messages to fit in one window and in one write.
const FEW: u64 = 10;

/// What one more message costs.
pub(crate) struct ClientCounts {
    pub(crate) allocations: f64,
    pub(crate) flights: f64,
    pub(crate) round_trips: f64,
    pub(crate) bytes_out: f64,
    pub(crate) bytes_in: f64,
}

/// Counts what twice as many messages cost more.
pub(crate) fn count(client: &Contender, replies: GroupReplies) -> Outcome<ClientCounts> {
    let counts = |mails| link_counts(client, replies, mails);
    let (few, more) = (counts(FEW)?, counts(2 * FEW)?);
    let each = |of: fn(&LinkCounts) -> u64| (of(&more) - of(&few)) as f64 / FEW as f64;
    Ok(ClientCounts {
        allocations: allocations(client, replies)?,
        flights: each(|counts| counts.flights),
        round_trips: each(|counts| counts.round_trips),
        bytes_out: each(|counts| counts.bytes_out),
        bytes_in: each(|counts| counts.bytes_in),
    })
}

fn link_counts(client: &Contender, replies: GroupReplies, mails: u64) -> Outcome<LinkCounts> {
    let server = server(replies)?;
    let link = Link::to([server.addr()]).round_trip(ROUND_TRIP);
    let link = link.client_delays_acks(client.delays_acks).start().map_err(|e| e.to_string())?;
    send(client, mails, link.addr().to_string().as_str())?;
    Ok(link.finish().iter().map(Connection::counts).sum())
}

/// Starts a server without AUTH that keeps no message.
pub(crate) fn server(replies: GroupReplies) -> Outcome<EmbeddedServer> {
    let profile = Profile::default().with_group_replies(replies);
    let mut config = Config::plain().with_profile(profile).with_store(Store::Count);
    config.keep_transcript = false;
    EmbeddedServer::start(config).map_err(|error| error.to_string())
}

/// Sends messages to the server at this address.
pub(crate) fn send(client: &Contender, mails: u64, addr: &str) -> Outcome<()> {
    let mut mailer = make(client, addr)?;
    let mail = mail().map_err(|error| describe(client, &error))?;
    send_all(client, &mut *mailer, &mail, mails)?;
    mailer.close().map_err(|error| describe(client, &error))
}

/// Returns the allocations of the sending thread for one more message, once every buffer has its final
/// size.
fn allocations(client: &Contender, replies: GroupReplies) -> Outcome<f64> {
    let server = server(replies)?;
    let mut mailer = make(client, &server.addr().to_string())?;
    let Runs { few, more } = Runs::new(client);
    let mail = mail().map_err(|error| describe(client, &error))?;
    send_all(client, &mut *mailer, &mail, few.into())?;
    let mut sent = Ok(());
    let counted = allocation_counter::measure(|| {
        sent = send_all(client, &mut *mailer, &mail, more.into());
    });
    sent?;
    Ok(counted.count_total as f64 / f64::from(more))
}

fn make(client: &Contender, addr: &str) -> Outcome<Box<dyn Mailer>> {
    let addr = addr.parse().map_err(|_| format!("no address: {addr}"))?;
    let host = "localhost".parse().map_err(|error| describe(client, &error))?;
    let mut server = Server::new(host, 25, Security::None);
    server.connect_to = Some(addr);
    (client.make)(&server).map_err(|error| describe(client, &error))
}

/// Sends copies of a message. A copy shares its content, and allocates nothing.
fn send_all(client: &Contender, mailer: &mut dyn Mailer, mail: &Mail, mails: u64) -> Outcome<()> {
    let mut accepted = 0;
    mailer.send_many(&mut (0..mails).map(|_| mail.clone()), &mut |_, receipt| {
        accepted += u64::from(receipt.outcome == MailOutcome::Accepted);
    });
    if accepted == mails {
        return Ok(());
    }
    Err(format!("{}: {accepted} of {mails} accepted", client.label()))
}

fn describe(client: &Contender, error: &Error) -> String {
    format!("{}: {error} {}", client.label(), error.cause().unwrap_or_default())
}

fn mail() -> Result<Mail, Error> {
    let envelope =
        Envelope::new(Some("ann@example.test".parse()?), vec!["bob@example.test".parse()?])?;
    let line = b"A line of thirty-two bytes, yes\r\n".iter().copied().cycle();
    let mut content: Vec<u8> = line.take(MESSAGE_SIZE - 2).collect();
    content.extend_from_slice(b"\r\n");
    Ok(Mail::new(envelope, Message::from_bytes(content)?))
}
