//! The dialogue as a table: a column for each side, a row for each step.

use std::fmt::Write as _;

use mailer::escape;

use crate::{
    Row,
    observation::{DialogueLine, Observation, Speaker, Turn},
    sections,
    text::columns,
};

/// A longer reply is folded after its first line if all sides got the same one.
const FOLD_BEYOND: usize = 3;

/// The bytes in a row of hexadecimal.
const HEX_ROW: usize = 16;

/// What stands in place of a secret.
const MASK: &str = "****";

/// A part of the dialogue: one message, or all of it.
pub(super) struct Section {
    pub(super) title: Option<String>,
    pub(super) rows: Vec<StepRow>,
}

/// One step on every side.
pub(super) struct StepRow {
    /// Whether the sides sent different commands, got different codes, or grouped them in other flights.
    pub(super) differs: bool,
    pub(super) cells: Vec<Option<Cell>>,
}

/// One step on one side.
pub(super) struct Cell {
    pub(super) step: &'static str,
    pub(super) time: String,
    pub(super) lines: Vec<Line>,
    /// The rest of a long reply that is the same on all sides.
    pub(super) folded: Vec<Line>,
}

/// A line of the dialogue.
pub(super) struct Line {
    /// A class of the page's style.
    pub(super) class: &'static str,
    pub(super) text: String,
    /// The bytes in hexadecimal; empty for a remark.
    pub(super) hex: String,
}

/// Returns the dialogues of these sides, aligned step by step.
pub(super) fn aligned(sides: &[&Observation], mails: usize) -> Vec<Section> {
    let dialogues: Vec<Vec<Turn>> = sides.iter().map(|side| side.dialogue()).collect();
    let sections = sections(&dialogues, mails).into_iter();
    let rows = |rows: Vec<Row>| rows.iter().map(|row| step_row(row, sides)).collect();
    sections.map(|section| Section { title: section.title, rows: rows(section.rows) }).collect()
}

fn step_row(row: &Row, sides: &[&Observation]) -> StepRow {
    let folds = all_same(row.turns.iter().map(|turn| turn.as_ref().map(reply)));
    let cells = row.turns.iter().zip(sides);
    StepRow {
        differs: !all_same(row.turns.iter().map(|turn| turn.as_ref().map(essence))),
        cells: cells
            .map(|(turn, side)| turn.as_ref().map(|turn| cell(side, turn, folds)))
            .collect(),
    }
}

fn all_same<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
    let first = values.next();
    values.all(|value| Some(value) == first)
}

/// The lines of the server in a turn.
fn reply(turn: &Turn) -> Vec<&str> {
    let server = turn.lines.iter().filter(|line| line.speaker == Speaker::Server);
    server.map(|line| line.text.as_str()).collect()
}

/// What has to be equal for two sides to have done the same: not the words of replies, which name queues.
fn essence(turn: &Turn) -> (bool, Vec<&str>) {
    let words = turn.lines.iter().filter_map(|line| match line.speaker {
        Speaker::Client => Some(line.text.as_str()),
        Speaker::Server => line.text.get(..3),
        Speaker::Note => None,
    });
    (turn.same_flight, words.collect())
}

fn cell(side: &Observation, turn: &Turn, folds: bool) -> Cell {
    let mut lines: Vec<Line> = columns::shorten(turn).iter().map(line).collect();
    let first_reply = lines.iter().position(|line| line.class == "S");
    let folded = match first_reply {
        Some(first) if folds && lines.len() > first + FOLD_BEYOND => lines.split_off(first + 1),
        _ => Vec::new(),
    };
    Cell { step: turn.step.name(), time: columns::when(side, turn), lines, folded }
}

fn line(line: &DialogueLine) -> Line {
    let text = escape(&line.text);
    let (class, text) = match line.speaker {
        Speaker::Client => ("C", format!("C: {text}")),
        Speaker::Server => ("S", format!("S: {text}")),
        Speaker::Note => ("note", format!("-- {text}")),
    };
    let hex = if line.speaker == Speaker::Note { String::new() } else { hex(&line.text) };
    Line { class, text, hex }
}

/// The bytes of a line with its CRLF. What is masked is not known here, and left out.
fn hex(line: &str) -> String {
    let (clear, masked) = line.split_once(MASK).map_or((line, false), |(clear, _)| (clear, true));
    let end: &[u8] = if masked { b"" } else { b"\r\n" };
    let mut hex = String::new();
    for (index, byte) in clear.bytes().chain(end.iter().copied()).enumerate() {
        let separator = match index {
            0 => "",
            index if index % HEX_ROW == 0 => "\n",
            _ => " ",
        };
        let _ = write!(hex, "{separator}{byte:02x}");
    }
    if masked { hex + " (the rest is secret)" } else { hex }
}

#[cfg(test)]
mod tests {
    use mailer::Step;

    use super::*;
    use crate::fixtures;

    fn rows(sides: &[&Observation]) -> Vec<StepRow> {
        aligned(sides, 1).into_iter().flat_map(|section| section.rows).collect()
    }

    #[test]
    fn rows_are_marked_where_flights_differ() {
        let (lockstep, pipelined) = (fixtures::observation("a"), fixtures::pipelined("b"));
        let same = rows(&[&lockstep, &lockstep]);
        assert!(same.iter().all(|row| !row.differs));
        let differing: Vec<&str> = rows(&[&lockstep, &pipelined])
            .iter()
            .filter(|row| row.differs)
            .filter_map(|row| row.cells.first()?.as_ref().map(|cell| cell.step))
            .collect();
        assert!(differing.contains(&Step::Recipient.name()), "{differing:?}");
        assert!(!differing.contains(&Step::Ehlo.name()), "{differing:?}");
    }

    #[test]
    fn a_long_reply_is_folded_only_if_all_sides_got_it() {
        let reply = |first: &str| {
            let lines = [first, "250-SIZE 1000", "250-8BITMIME", "250 PIPELINING"];
            let line = |text: &str| DialogueLine { speaker: Speaker::Server, text: text.into() };
            Turn {
                step: Step::Ehlo,
                at: std::time::Instant::now(),
                same_flight: false,
                lines: lines.map(line).to_vec(),
            }
        };
        let side = fixtures::observation("a");
        let folded = |one: Turn, other: Turn| {
            let row = Row { step: Step::Ehlo, turns: vec![Some(one), Some(other)] };
            let row = step_row(&row, &[&side, &side]);
            row.cells[0].as_ref().unwrap().folded.len()
        };
        assert_eq!(folded(reply("250-mail.example"), reply("250-mail.example")), 3);
        assert_eq!(folded(reply("250-mail.example"), reply("250-other.example")), 0);
    }

    #[test]
    fn hexadecimal_ends_in_crlf_and_shows_no_mask_as_bytes() {
        assert_eq!(hex("DATA"), "44 41 54 41 0d 0a");
        assert_eq!(hex("AUTH PLAIN ****"), "41 55 54 48 20 50 4c 41 49 4e 20 (the rest is secret)");
        assert_eq!(hex(&"x".repeat(15)).lines().count(), 2);
    }
}
