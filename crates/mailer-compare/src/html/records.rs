//! The TLS records of each turn of a dialogue.

use mailer::{Phase, Step};
use mailer_link::Direction;
use mailer_notes::{Note, Piece, Speaker, TlsRecord, annotate};

use crate::{
    exchange::{exchanges, exchanges_of_turns, records},
    observation::{Observation, Turn},
    tls_records::PassedRecord,
};

/// The most records that a turn shows; equal neighbours count as one.
const MOST: usize = 12;

/// Some equal records that follow one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShownRecord {
    /// Direction, content type, size and number.
    pub(super) text: String,
    pub(super) note: &'static Note,
}

/// The records of a turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ShownRecords {
    pub(super) shown: Vec<ShownRecord>,
    /// The number of records that are not shown.
    pub(super) more: usize,
}

/// Returns the records of each turn: those of all exchanges that begin with it.
pub(super) fn records_of_turns(side: &Observation, dialogue: &[Turn]) -> Vec<ShownRecords> {
    let mut by_turn: Vec<Vec<PassedRecord>> = vec![Vec::new(); dialogue.len()];
    let own = exchanges_of_turns(side, dialogue);
    let phases = exchanges(side).into_iter().map(|exchange| exchange.phase);
    let mut last = 0;
    for (exchange, (records, phase)) in records(side).into_iter().zip(phases).enumerate() {
        // An exchange in which no turn begins belongs to the turn before it, or to the handshake that it is part of.
        let is_handshake = |turn: &Turn| phase == Phase::Tls && turn.step == Step::Tls;
        let turn = own.iter().position(|own| *own == exchange);
        let turn = turn.or_else(|| dialogue.iter().position(is_handshake));
        last = turn.unwrap_or(last);
        by_turn.get_mut(last).into_iter().for_each(|turn| turn.extend(&records));
    }
    move_after_handshake(dialogue, &mut by_turn);
    let notes = notes(dialogue, &by_turn);
    by_turn.iter().zip(notes).map(|(records, notes)| ShownRecords::new(records, &notes)).collect()
}

/// The content type of encrypted records (RFC 8446 §B.1).
const APPLICATION_DATA: u8 = 23;

/// Moves what the server sent after both Finished, such as session tickets (RFC 8446 §4.6.1), from the handshake to
/// the step after it. The client's first encrypted record has its Finished, and the server's has come before.
fn move_after_handshake(dialogue: &[Turn], by_turn: &mut [Vec<PassedRecord>]) {
    for (index, turn) in dialogue.iter().enumerate() {
        let (handshake, later) = by_turn.split_at_mut((index + 1).min(by_turn.len()));
        let (Some(records), Some(next)) = (handshake.last_mut(), later.first_mut()) else { return };
        let is_finished = |it: &PassedRecord| {
            it.direction == Direction::Out && it.record.content_type == APPLICATION_DATA
        };
        let finished = records.iter().position(is_finished).filter(|_| turn.step == Step::Tls);
        let Some(finished) = finished else { continue };
        let is_server = |it: &PassedRecord| it.direction == Direction::In;
        let Some(after) = records.iter().skip(finished).position(is_server) else { continue };
        let after = records.split_off(finished + after);
        next.splice(..0, after);
    }
}

/// The note on each record.
fn notes(dialogue: &[Turn], by_turn: &[Vec<PassedRecord>]) -> Vec<Vec<&'static Note>> {
    let all: Vec<(Step, &PassedRecord)> = dialogue
        .iter()
        .zip(by_turn)
        .flat_map(|(turn, records)| records.iter().map(|record| (turn.step, record)))
        .collect();
    let pieces: Vec<Piece<'_>> = all.iter().map(|(step, passed)| piece(*step, passed)).collect();
    let mut notes = annotate(&pieces).into_iter().flat_map(|it| it.tokens).map(|token| token.note);
    by_turn.iter().map(|records| notes.by_ref().take(records.len()).collect()).collect()
}

fn piece(step: Step, passed: &PassedRecord) -> Piece<'_> {
    Piece::tls_records(speaker(passed.direction), step, std::slice::from_ref(&passed.record))
}

fn speaker(direction: Direction) -> Speaker {
    match direction {
        Direction::Out => Speaker::Client,
        Direction::In => Speaker::Server,
    }
}

impl ShownRecords {
    fn new(records: &[PassedRecord], notes: &[&'static Note]) -> Self {
        let all: Vec<(&PassedRecord, &'static Note)> =
            records.iter().zip(notes.iter().copied()).collect();
        let alike = all.chunk_by(|(one, _), (next, _)| {
            (one.direction, one.record) == (next.direction, next.record)
        });
        let shown = alike.filter_map(|alike| {
            let (first, note) = alike.first()?;
            Some(ShownRecord { text: text(first, alike.len()), note })
        });
        let mut shown: Vec<ShownRecord> = shown.collect();
        let more = shown.len().saturating_sub(MOST);
        shown.truncate(MOST);
        Self { shown, more }
    }
}

fn text(PassedRecord { direction, record, .. }: &PassedRecord, count: usize) -> String {
    let arrow = match direction {
        Direction::Out => "→",
        Direction::In => "←",
    };
    let TlsRecord { content_type, size } = record;
    let name = name(*content_type);
    let times = if count > 1 { format!(" ×{count}") } else { String::new() };
    format!("{arrow} {name} {size}{times}")
}

/// The name of a content type (RFC 8446 §B.1).
fn name(content_type: u8) -> String {
    match content_type {
        20 => "ChangeCipherSpec".into(),
        21 => "alert".into(),
        22 => "handshake".into(),
        23 => "application data".into(),
        other => format!("type {other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mailer_link::Packet;

    use super::*;
    use crate::fixtures;

    /// The fixture with a packet for each burst: those inside TLS are records.
    fn with_packets(side: &mut Observation) {
        let connection = side.connections.iter_mut().flatten().next().unwrap();
        let lines = ["220 a\r\n", "EHLO a\r\n", "250 STARTTLS\r\n", "STARTTLS\r\n", "220 go\r\n"];
        let clear = lines.iter().map(|line| line.as_bytes().to_vec());
        let kinds = [22, 22].into_iter().chain(std::iter::repeat(23));
        let hidden = kinds.map(|kind: u8| vec![kind, 3, 3, 0, 2, b'x', b'x']);
        let contents = clear.chain(hidden);
        let packet = |(burst, bytes): (&mailer_link::Burst, Vec<u8>)| Packet {
            at: burst.first,
            direction: burst.direction,
            bytes,
        };
        connection.packets = connection.bursts.iter().zip(contents).map(packet).collect();
    }

    fn texts(records: &ShownRecords) -> Vec<(&str, &str)> {
        records.shown.iter().map(|it| (it.text.as_str(), it.note.id)).collect()
    }

    #[test]
    fn records_stand_at_the_step_that_sent_them() {
        let mut side = fixtures::pipelined("raw");
        with_packets(&mut side);
        let dialogue = side.dialogue();
        let records = records_of_turns(&side, &dialogue);
        let of = |step| {
            let place = dialogue.iter().position(|turn| turn.step == step).unwrap();
            texts(&records[place])
        };
        let hello = [("→ handshake 7", "tls-client-hello"), ("← handshake 7", "tls-server-hello")];
        assert_eq!(of(Step::Tls), hello);
        let data = [("→ application data 7", "tls-data"), ("← application data 7", "tls-data")];
        assert_eq!(of(Step::Mail), data);
        // DATA shares MAIL's flight, and STARTTLS is in the clear.
        assert_eq!((of(Step::Data), of(Step::StartTls)), (vec![], vec![]));
        let all: usize = records.iter().map(|it| it.shown.len()).sum();
        assert_eq!(all, side.connections.as_ref().unwrap()[0].bursts.len() - 5);
    }

    #[test]
    fn session_tickets_stand_after_the_handshake() {
        let dialogue = fixtures::pipelined("raw").dialogue();
        let place = dialogue.iter().position(|turn| turn.step == Step::Tls).unwrap();
        let passed = |(direction, content_type, size)| PassedRecord {
            direction,
            record: TlsRecord { content_type, size },
            answer: 0,
        };
        let handshake =
            [(Direction::Out, 22, 517), (Direction::In, 23, 630), (Direction::Out, 23, 74)];
        let ticket = (Direction::In, 23, 184);
        let ehlo = (Direction::Out, 23, 31);
        let mut by_turn = vec![Vec::new(); dialogue.len()];
        by_turn[place] = handshake.into_iter().chain([ticket]).map(passed).collect();
        by_turn[place + 1] = vec![passed(ehlo)];
        move_after_handshake(&dialogue, &mut by_turn);
        assert_eq!(by_turn[place], handshake.map(passed));
        assert_eq!(by_turn[place + 1], [ticket, ehlo].map(passed));
        let notes = notes(&dialogue, &by_turn);
        assert_eq!(notes[place + 1][0].id, "tls-after-handshake");
    }

    #[test]
    fn equal_records_are_counted_and_few_are_shown() {
        let record = |size| PassedRecord {
            direction: Direction::Out,
            record: TlsRecord { content_type: 23, size },
            answer: 0,
        };
        let note = mailer_notes::notes().next().unwrap();
        let records = [vec![record(900); 3], (0..20).map(record).collect()].concat();
        let shown = ShownRecords::new(&records, &vec![note; records.len()]);
        assert_eq!(shown.shown[0].text, "→ application data 900 ×3");
        assert_eq!((shown.shown.len(), shown.more), (MOST, 9));
    }

    #[test]
    fn without_kept_bytes_there_are_no_records() {
        let mut side = fixtures::observation("raw");
        side.ended += Duration::from_millis(1);
        let records = records_of_turns(&side, &side.dialogue());
        assert!(records.iter().all(|it| *it == ShownRecords::default()));
    }
}
