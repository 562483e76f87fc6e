//! The TLS records of a connection, read from the bytes that the link kept.
//!
//! Only the header of a record is in the clear (RFC 8446 §5.1): its content type and its length.

use mailer::Security;
use mailer_link::{Connection, Direction};
use mailer_notes::TlsRecord;

/// The length of a record's header.
const HEADER: usize = 5;

/// The command after whose positive reply TLS begins (RFC 3207 §4).
const STARTTLS: &[u8] = b"STARTTLS";

/// A record, and the answer of the server that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PassedRecord {
    /// The direction.
    pub(crate) direction: Direction,
    /// Its content type and size.
    pub(crate) record: TlsRecord,
    /// The number of answers of the server that were complete when the record began: the record belongs to the
    /// flight before the next one, or to that answer.
    pub(crate) answer: usize,
}

/// Returns the records of a connection in the order in which they began; none if the link kept no bytes.
pub(crate) fn tls_records(connection: &Connection, security: Security) -> Vec<PassedRecord> {
    let mut reader = Reader::new(security);
    for packet in &connection.packets {
        reader.read(packet.direction, &packet.bytes);
    }
    reader.records
}

/// Whether the connection speaks TLS already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The client sends commands.
    Clear,
    /// The client has sent STARTTLS, and the line of the reply is not complete.
    StartTlsSent,
    Tls,
}

struct Reader {
    state: State,
    records: Vec<PassedRecord>,
    /// The direction of the bytes before, and the number of the server's answers before them.
    direction: Option<Direction>,
    answers: usize,
    out: Unread,
    back: Unread,
}

/// The bytes of a direction that are not read yet: part of a line, or of a record's header.
#[derive(Default)]
struct Unread {
    bytes: Vec<u8>,
    /// The bytes of the record that began last which have not passed yet.
    rest_of_record: usize,
}

impl Reader {
    fn new(security: Security) -> Self {
        let state = if security == Security::Implicit { State::Tls } else { State::Clear };
        Self {
            state,
            records: Vec::new(),
            direction: None,
            answers: 0,
            out: Unread::default(),
            back: Unread::default(),
        }
    }

    fn read(&mut self, direction: Direction, bytes: &[u8]) {
        let ends_answer = self.direction == Some(Direction::In) && direction == Direction::Out;
        self.answers += usize::from(ends_answer);
        self.direction = Some(direction);
        for &byte in bytes {
            match self.state {
                State::Tls => self.read_record(direction, byte),
                State::Clear | State::StartTlsSent => self.read_line(direction, byte),
            }
        }
    }

    fn unread(&mut self, direction: Direction) -> &mut Unread {
        match direction {
            Direction::Out => &mut self.out,
            Direction::In => &mut self.back,
        }
    }

    fn read_line(&mut self, direction: Direction, byte: u8) {
        let line = &mut self.unread(direction).bytes;
        line.push(byte);
        if byte != b'\n' {
            return;
        }
        let line = std::mem::take(line);
        self.state = match (self.state, direction) {
            (State::Clear, Direction::Out) if is_starttls(&line) => State::StartTlsSent,
            // A reply of several lines ends with the line that has a space after the code.
            (State::StartTlsSent, Direction::In) if line.get(3) != Some(&b'-') => {
                if line.first() == Some(&b'2') { State::Tls } else { State::Clear }
            }
            (state, _) => state,
        };
    }

    fn read_record(&mut self, direction: Direction, byte: u8) {
        let answer = self.answers;
        let unread = self.unread(direction);
        if unread.rest_of_record > 0 {
            unread.rest_of_record -= 1;
            return;
        }
        unread.bytes.push(byte);
        let &[content_type, _, _, high, low] = unread.bytes.as_slice() else { return };
        unread.bytes.clear();
        let length = u16::from_be_bytes([high, low]);
        unread.rest_of_record = length.into();
        let size = length.saturating_add(HEADER as u16);
        let record = TlsRecord { content_type, size };
        self.records.push(PassedRecord { direction, record, answer });
    }
}

fn is_starttls(line: &[u8]) -> bool {
    line.trim_ascii().eq_ignore_ascii_case(STARTTLS)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mailer_link::Packet;

    use super::*;

    fn connection(packets: &[(Direction, &[u8])]) -> Connection {
        let mut connection = Connection::new(Instant::now());
        let packet = |&(direction, bytes): &(Direction, &[u8])| Packet {
            at: connection.accepted,
            direction,
            bytes: bytes.to_vec(),
        };
        connection.packets = packets.iter().map(packet).collect();
        connection
    }

    fn record(content_type: u8, length: u8) -> Vec<u8> {
        let content = vec![b'x'; length.into()];
        [&[content_type, 3, 3, 0, length], content.as_slice()].concat()
    }

    /// Direction, content type, size and answer of each record.
    fn read(
        packets: &[(Direction, &[u8])],
        security: Security,
    ) -> Vec<(Direction, u8, u16, usize)> {
        let records = tls_records(&connection(packets), security).into_iter();
        records
            .map(|it| (it.direction, it.record.content_type, it.record.size, it.answer))
            .collect()
    }

    #[test]
    fn records_begin_after_the_reply_to_starttls() {
        use Direction::{In, Out};
        let flight = [record(22, 100), record(20, 1), record(23, 50)].concat();
        let packets: [(Direction, &[u8]); 7] = [
            (In, b"220 ready\r\n"),
            (Out, b"EHLO a\r\n"),
            (In, b"250-b\r\n250 STARTTLS\r\n"),
            (Out, b"STARTTLS\r\n"),
            (In, b"220 go\r\n"),
            (Out, &record(22, 90)),
            (In, &flight),
        ];
        let expected = [(Out, 22, 95, 3), (In, 22, 105, 3), (In, 20, 6, 3), (In, 23, 55, 3)];
        assert_eq!(read(&packets, Security::Required), expected);
    }

    #[test]
    fn a_record_may_be_cut_anywhere() {
        use Direction::{In, Out};
        let bytes = [record(22, 100), record(23, 7)].concat();
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let parts = [(Out, first), (Out, second), (In, b"")];
            let expected = [(Out, 22, 105, 0), (Out, 23, 12, 0)];
            assert_eq!(read(&parts, Security::Implicit), expected, "{cut}");
        }
    }

    #[test]
    fn a_refused_starttls_leads_to_no_records() {
        use Direction::{In, Out};
        let packets: [(Direction, &[u8]); 3] =
            [(Out, b"STARTTLS\r\n"), (In, b"454 4.7.0 no\r\n"), (Out, b"MAIL FROM:<>\r\n")];
        assert_eq!(read(&packets, Security::Opportunistic), []);
        assert_eq!(tls_records(&Connection::new(Instant::now()), Security::Implicit), []);
    }
}
