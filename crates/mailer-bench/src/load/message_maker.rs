//! Makes the messages of a run: equal, except for the Message-ID and the Date of each.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use mailer::{Address, Envelope, Error, Mail, Message};
use mailer_server::Tally;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use crate::message;

/// The placeholder of the date in a template (RFC 5322 §3.3). Every date is as long.
const NO_DATE: &str = "Thu, 01 Jan 1970 00:00:00 +0000";
/// The placeholder of the part of a Message-ID that differs between the messages of a process.
const NO_NUMBER: &str = "00000000.000000000000";
const DATE_AT: usize = "Date: ".len();
const NUMBER_AT: usize =
    DATE_AT + NO_DATE.len() + "\r\nMessage-ID: <".len() + "0000000000000000.".len();

type Date = [u8; NO_DATE.len()];
type Number = [u8; NO_NUMBER.len()];

/// What distinguishes a message from the others of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageStamp {
    /// The number of its connection within the process.
    connection: u32,
    /// Its number on the connection.
    number: u64,
    /// When it was made, in seconds since 1970.
    second: u64,
}

impl MessageStamp {
    /// Returns whether `other` is the stamp of the next message, made in the same second.
    pub(super) fn is_followed_by(self, other: Self) -> bool {
        other == self.plus(1)
    }

    /// Returns the stamp of the message that was made `later` messages later, in the same second.
    pub(super) fn plus(self, later: u64) -> Self {
        Self { number: self.number + later, ..self }
    }

    fn number(self) -> Number {
        let (connection, number) = (u64::from(self.connection), self.number);
        let mut text = *b"00000000.000000000000";
        let (first, second) = text.split_at_mut(8);
        write_hex(first, connection);
        write_hex(second.get_mut(1..).unwrap_or_default(), number);
        text
    }

    fn date(self) -> Date {
        let mut date = [0; NO_DATE.len()];
        let second = i64::try_from(self.second).unwrap_or_default();
        let time =
            OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        // Every date up to the year 9999 has the length of the array.
        let _ = time.format_into(&mut date.as_mut_slice(), &Rfc2822);
        date
    }
}

/// Writes the last hexadecimal digits of a number. `write!` takes several times as long.
fn write_hex(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef".get((number % 16) as usize).copied().unwrap_or(b'0');
        number /= 16;
    }
}

/// The content that all messages of a process share.
#[derive(Debug)]
pub(super) struct MessageTemplate {
    content: Vec<u8>,
}

impl MessageTemplate {
    /// Returns a template for messages of `size` bytes, or slightly more if that leaves no room for a header.
    ///
    /// From is the sender, or MAILER-DAEMON for the null reverse-path. To has at least one recipient, and as
    /// many as fit into half of the message. `process` is a part of every Message-ID, and has to differ
    /// between processes.
    pub(super) fn new(size: usize, envelope: &Envelope, process: u64) -> Self {
        let recipients: Vec<&str> = envelope.recipients().iter().map(Address::as_str).collect();
        let sender = envelope.sender().map(Address::as_str);
        let home = sender.or(recipients.first().copied()).and_then(|it| it.rsplit_once('@'));
        let home = home.map_or("localhost", |(_, domain)| domain);
        let daemon = format!("MAILER-DAEMON@{home}");
        let (from, to) = (sender.unwrap_or(&daemon), fitting(size / 2, &recipients));
        let header = format!(
            "Date: {NO_DATE}\r\nMessage-ID: <{process:016x}.{NO_NUMBER}@{home}>\r\nFrom: {from}\r\n\
             To: {}\r\nSubject: one of many\r\n\r\n",
            to.join(",\r\n ")
        );
        Self { content: message::fill(header.into_bytes(), size) }
    }

    /// Returns the size of each message in bytes.
    pub(super) fn size(&self) -> u64 {
        self.content.len() as u64
    }

    /// Returns the sum of the checksums of these messages, as the embedded server computes it.
    pub(super) fn checksum(&self, stamps: impl Iterator<Item = MessageStamp>) -> u64 {
        let (mut content, mut tally) = (self.content.clone(), Tally::default());
        for stamp in stamps {
            write_at(&mut content, DATE_AT, &stamp.date());
            write_at(&mut content, NUMBER_AT, &stamp.number());
            tally.count(&content);
        }
        tally.checksum
    }
}

/// Returns as many of these addresses as fit into `bytes` bytes, and at least one.
fn fitting<'a>(bytes: usize, addresses: &[&'a str]) -> Vec<&'a str> {
    let mut left = bytes;
    let fits = |(index, address): &(usize, &&str)| {
        let room = left.checked_sub(address.len() + ",\r\n ".len());
        left = room.unwrap_or(0);
        *index == 0 || room.is_some()
    };
    addresses.iter().enumerate().take_while(fits).map(|(_, address)| *address).collect()
}

fn write_at(content: &mut [u8], at: usize, text: &[u8]) {
    if let Some(place) = content.get_mut(at..at + text.len()) {
        place.copy_from_slice(text);
    }
}

/// Makes the messages of one connection while the connection works. Making a message takes far less time than
/// sending it, because only its Date and its Message-ID are written.
#[derive(Debug)]
pub(super) struct MessageMaker {
    template: Arc<MessageTemplate>,
    envelope: Arc<Envelope>,
    /// The stamp of the next message, with the second of the previous one.
    next: MessageStamp,
    /// The messages that were made, oldest first. A settled one is overwritten, so there are only as many as are
    /// in flight at the same time.
    made: VecDeque<ReusableMessage>,
    date: Date,
    /// The same time by both clocks. Reading the system's clock for each message would take longer than the rest
    /// of making it.
    clocks: (Instant, u64),
}

#[derive(Debug)]
struct ReusableMessage {
    message: Message,
    second: u64,
}

impl MessageMaker {
    pub(super) fn new(
        template: &Arc<MessageTemplate>,
        envelope: &Arc<Envelope>,
        connection: u32,
    ) -> Result<Self, Error> {
        let next = MessageStamp { connection, number: 0, second: 0 };
        let (template, envelope) = (Arc::clone(template), Arc::clone(envelope));
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let clocks = (Instant::now(), since_1970.map_or(0, |it| it.as_secs()));
        let (made, date) = (VecDeque::new(), next.date());
        let mut messages = Self { template, envelope, next, made, date, clocks };
        let first = messages.make()?;
        messages.made.push_back(first);
        Ok(messages)
    }

    /// Returns the next message, made at this time. `in_flight` is the number of earlier ones that are not settled.
    ///
    /// # Errors
    /// [`mailer::Kind::Message`] if the template is not a valid message.
    pub(super) fn next(
        &mut self,
        at: Instant,
        in_flight: usize,
    ) -> Result<(Mail, MessageStamp), Error> {
        let settled = (in_flight < self.made.len()).then(|| self.made.pop_front()).flatten();
        let mut made = settled.map_or_else(|| self.make(), Ok)?;
        let (start, first) = self.clocks;
        let second = first + at.saturating_duration_since(start).as_secs();
        let stamp = MessageStamp { second, ..self.next };
        if second != self.next.second {
            self.date = stamp.date();
        }
        if second != made.second {
            made.message.overwrite(DATE_AT, &self.date)?;
        }
        made.message.overwrite(NUMBER_AT, &stamp.number())?;
        made.second = second;
        let mail = Mail::new(Arc::clone(&self.envelope), made.message.clone());
        self.made.push_back(made);
        self.next = stamp.plus(1);
        Ok((mail, stamp))
    }

    fn make(&self) -> Result<ReusableMessage, Error> {
        Ok(ReusableMessage {
            message: Message::from_bytes(self.template.content.clone())?,
            second: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use mailer::Content;

    use super::*;

    fn envelope(sender: Option<&str>, recipients: &[String]) -> Arc<Envelope> {
        let sender = sender.map(|it| it.parse().expect("an address"));
        let recipients = recipients.iter().map(|it| it.parse().expect("an address")).collect();
        Arc::new(Envelope::new(sender, recipients).expect("recipients"))
    }

    fn messages(size: usize, envelope: &Arc<Envelope>) -> (Arc<MessageTemplate>, MessageMaker) {
        let template = Arc::new(MessageTemplate::new(size, envelope, 0xabc));
        let messages = MessageMaker::new(&template, envelope, 7).expect("a message");
        (template, messages)
    }

    fn bytes(mail: &Mail) -> Vec<u8> {
        let Content::Message(message) = mail.content() else { panic!("it is a message") };
        message.to_vec().expect("it is in memory")
    }

    fn field<'a>(message: &'a str, name: &str) -> &'a str {
        let (header, _) = message.split_once("\r\n\r\n").expect("a header");
        let (_, from) = header.split_once(name).expect("the field");
        from.split_once("\r\n").map_or(from, |(field, _)| field).trim()
    }

    fn two() -> Arc<Envelope> {
        envelope(Some("ann@example.test"), &["bob@example.net".into(), "cid@example.net".into()])
    }

    #[test]
    fn each_message_has_its_own_message_id_and_the_addresses_of_the_envelope() {
        let (template, mut messages) = messages(1024, &two());
        let mut identities = HashSet::new();
        for in_flight in [0, 1, 2, 0, 0, 2, 9] {
            let (mail, _) = messages.next(Instant::now(), in_flight).expect("a message");
            let message = String::from_utf8(bytes(&mail)).expect("ASCII");
            assert_eq!(message.len() as u64, template.size());
            let identity = field(&message, "Message-ID: ").to_owned();
            assert!(identity.starts_with("<0000000000000abc.00000007."), "{identity}");
            assert!(identity.ends_with("@example.test>"), "{identity}");
            assert!(identities.insert(identity), "{message}");
            assert_eq!(field(&message, "From: "), "ann@example.test");
            let date = field(&message, "Date: ");
            let year = date.get(12..16).and_then(|year| year.parse::<u32>().ok());
            assert!(year >= Some(2024) && date.len() == NO_DATE.len(), "{date}");
            assert!(message.contains("\r\nTo: bob@example.net,\r\n cid@example.net\r\n"));
        }
    }

    #[test]
    fn a_message_in_flight_is_not_overwritten() {
        let (_, mut messages) = messages(400, &two());
        let made: Vec<Mail> = (0..3)
            .map(|in_flight| messages.next(Instant::now(), in_flight).expect("a message").0)
            .collect();
        let before: Vec<Vec<u8>> = made.iter().map(bytes).collect();
        messages.next(Instant::now(), 3).expect("a message");
        assert_eq!(made.iter().map(bytes).collect::<Vec<_>>(), before);
    }

    #[test]
    fn checksums_are_those_of_the_messages_sent() {
        let (template, mut messages) = messages(700, &two());
        let (mut tally, mut stamps) = (Tally::default(), Vec::new());
        for in_flight in [0, 1, 0, 0] {
            let (mail, stamp) = messages.next(Instant::now(), in_flight).expect("a message");
            tally.count(&bytes(&mail));
            stamps.push(stamp);
        }
        assert_eq!(template.checksum(stamps.into_iter()), tally.checksum);
    }

    #[test]
    fn with_many_recipients_the_size_stays_the_same() {
        let many: Vec<String> = (0..1000).map(|n| format!("bob-{n}@example.test")).collect();
        let (template, mut messages) = messages(1024, &envelope(None, &many));
        assert_eq!(template.size(), 1024);
        let message =
            String::from_utf8(bytes(&messages.next(Instant::now(), 0).expect("a message").0));
        let message = message.expect("ASCII");
        assert!(message.contains("To: bob-0@example.test,\r\n bob-1@example.test,"), "{message}");
        assert!(!message.contains("bob-99@"), "{message}");
        assert_eq!(field(&message, "From: "), "MAILER-DAEMON@example.test");
    }
}
