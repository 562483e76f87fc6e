//! The messages that are made: equal, except for the Message-ID and the Date of each.

use std::sync::Arc;

use mailer::{Address, Envelope};
use mailer_server::Tally;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::ContentSum;
use crate::message;

/// The placeholder of the date in a template (RFC 5322 §3.3). Every date is as long.
pub(super) const NO_DATE: &str = "Thu, 01 Jan 1970 00:00:00 +0000";
/// The placeholder of the part of a Message-ID that differs between the messages of a process.
const NO_NUMBER: &str = "00000000.000000000000";
pub(super) const DATE_AT: usize = "Date: ".len();
pub(super) const NUMBER_AT: usize =
    DATE_AT + NO_DATE.len() + "\r\nMessage-ID: <".len() + "0000000000000000.".len();

pub(super) type Date = [u8; NO_DATE.len()];
pub(super) type Number = [u8; NO_NUMBER.len()];

/// What distinguishes a message from the others of its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageStamp {
    /// The number of its connection within the process.
    pub(super) connection: u32,
    /// Its number on the connection.
    pub(super) number: u64,
    /// When it was made, in seconds since 1970.
    pub(super) second: u64,
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

    pub(super) fn number(self) -> Number {
        let (connection, number) = (u64::from(self.connection), self.number);
        let mut text = *b"00000000.000000000000";
        let (first, second) = text.split_at_mut(8);
        write_hex(first, connection);
        write_hex(second.get_mut(1..).unwrap_or_default(), number);
        text
    }

    pub(super) fn date(self) -> Date {
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

/// The content that all messages of a process share. Only its header is in memory: each user of a load has a template.
#[derive(Debug)]
pub(super) struct MessageTemplate {
    header: Vec<u8>,
    size: usize,
}

impl MessageTemplate {
    /// Returns a template for messages of `size` bytes, or slightly more if that leaves no room for a header.
    ///
    /// From is the sender, or MAILER-DAEMON for the null reverse-path. To has at least one recipient, and as
    /// many as fit into half of the message; with several envelopes it names none (RFC 5322 §3.4). `process` is a
    /// part of every Message-ID, and has to differ between processes.
    pub(super) fn new(size: usize, envelopes: &[Arc<Envelope>], process: u64) -> Self {
        let first = envelopes.first();
        let recipients = first.map_or(&[][..], |envelope| envelope.recipients());
        let recipients: Vec<&str> = recipients.iter().map(Address::as_str).collect();
        let sender = first.and_then(|envelope| envelope.sender()).map(Address::as_str);
        let home = sender.or(recipients.first().copied()).and_then(|it| it.rsplit_once('@'));
        let home = home.map_or("localhost", |(_, domain)| domain);
        let daemon = format!("MAILER-DAEMON@{home}");
        let from = sender.unwrap_or(&daemon);
        let to = match envelopes {
            [_] => fitting(size / 2, &recipients).join(",\r\n "),
            _ => "undisclosed-recipients:;".to_owned(),
        };
        let header = format!(
            "Date: {NO_DATE}\r\nMessage-ID: <{process:016x}.{NO_NUMBER}@{home}>\r\nFrom: {from}\r\n\
             To: {to}\r\nSubject: one of many\r\n\r\n",
        );
        Self { header: header.into_bytes(), size }
    }

    /// Returns the content with placeholders.
    pub(super) fn content(&self) -> Vec<u8> {
        message::fill(self.header.clone(), self.size)
    }

    /// Returns the sum of these messages.
    pub(super) fn sum(&self, stamps: impl Iterator<Item = MessageStamp>) -> ContentSum {
        let (mut content, mut tally) = (self.content(), Tally::default());
        for stamp in stamps {
            write_at(&mut content, DATE_AT, &stamp.date());
            write_at(&mut content, NUMBER_AT, &stamp.number());
            tally.count(&content);
        }
        tally.into()
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
