//! The dialogue as a table: a column for each side, a row for each step.

use std::collections::BTreeSet;

use mailer::Step;
use mailer_notes::{Note, TurningPoint, Why, why};

use super::{
    annotated::{AnnotatedDialogue, AnnotatedTurn},
    code::{CodeLine, SourceCode},
    line::Line,
    records::ShownRecords,
};
use crate::{
    align::AlignedStep,
    observation::{Observation, Speaker, Turn},
    per_mail::sections,
    shown_dialogue::{when, without_middle},
};

/// A longer reply is folded after its first line if all sides got the same one.
const FOLD_BEYOND: usize = 3;

/// A part of the dialogue: one message, or all of it.
pub(super) struct Section {
    pub(super) title: Option<String>,
    pub(super) rows: Vec<StepRow>,
}

/// One step on every side.
pub(super) struct StepRow {
    /// Whether the sides sent different commands, got different codes, or grouped them in other flights.
    pub(super) differs: bool,
    /// Whether it is the TLS handshake, whose records are all that can be seen of it.
    pub(super) is_handshake: bool,
    pub(super) cells: Vec<Option<Cell>>,
    /// The reasons for the turning points that a session reaches here for the first time.
    pub(super) reasons: Vec<&'static Why>,
    /// The notes on the tokens of all sides.
    pub(super) notes: Vec<&'static Note>,
}

/// One step on one side.
pub(super) struct Cell {
    pub(super) step: &'static str,
    pub(super) time: String,
    pub(super) lines: Vec<Line>,
    /// The rest of a long reply that is the same on all sides.
    pub(super) folded: Vec<Line>,
    /// The lines of code that sent what the client sent.
    pub(super) code: Vec<CodeLine>,
    /// The TLS records that carried it.
    pub(super) records: ShownRecords,
}

/// Returns the dialogues of these sides, aligned step by step.
pub(super) fn aligned(sides: &[&Observation], mails: usize, code: &SourceCode<'_>) -> Vec<Section> {
    let dialogues: Vec<Vec<Turn>> = sides.iter().map(|side| side.dialogue()).collect();
    let columns = sides.iter().zip(&dialogues).map(|(side, dialogue)| Column {
        side,
        dialogue: AnnotatedDialogue::new(side, dialogue),
        code,
    });
    let columns: Vec<Column<'_>> = columns.collect();
    let mut reached = BTreeSet::new();
    let mut shown = Vec::new();
    for section in sections(&dialogues, mails) {
        let rows = section.rows.iter().map(|row| step_row(row, &columns, &mut reached)).collect();
        shown.push(Section { title: section.title, rows });
    }
    shown
}

struct Column<'a> {
    side: &'a Observation,
    dialogue: AnnotatedDialogue,
    code: &'a SourceCode<'a>,
}

fn step_row(
    row: &AlignedStep,
    columns: &[Column<'_>],
    reached: &mut BTreeSet<TurningPoint>,
) -> StepRow {
    let folds = all_same(row.turns.iter().map(|turn| turn.as_ref().map(reply)));
    let shown = row.turns.iter().zip(columns);
    let shown = shown.map(|(turn, column)| turn.as_ref().map(|turn| column.dialogue.turn(turn)));
    let shown: Vec<Option<AnnotatedTurn>> = shown.collect();
    let points = shown.iter().flatten().flat_map(|turn| turn.turning_points.clone());
    let reasons = points.filter(|point| reached.insert(*point)).map(why).collect();
    let cells = row.turns.iter().zip(columns).zip(&shown);
    let cells = cells.map(|((turn, column), shown)| {
        let turn = turn.as_ref()?;
        let code = column.code.of_turn(turn);
        Some(Cell { code, ..cell(column.side, turn, shown.as_ref()?, folds) })
    });
    StepRow {
        differs: !all_same(row.turns.iter().map(|turn| turn.as_ref().map(essence))),
        is_handshake: row.step == Step::Tls,
        cells: cells.collect(),
        reasons,
        notes: notes(&shown),
    }
}

/// The notes on the lines of all sides, each once.
fn notes(turns: &[Option<AnnotatedTurn>]) -> Vec<&'static Note> {
    let mut notes: Vec<&Note> = Vec::new();
    let on_turn = |turn: &'_ AnnotatedTurn| -> Vec<&'static Note> {
        let on_records = turn.records.shown.iter().map(|record| record.note);
        turn.lines.iter().flat_map(Line::notes).chain(on_records).collect()
    };
    for note in turns.iter().flatten().flat_map(on_turn) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
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

fn cell(side: &Observation, turn: &Turn, shown: &AnnotatedTurn, folds: bool) -> Cell {
    let left_out = |more| Line::remark(&format!("... {more} more lines"));
    let mut lines = without_middle(turn.step, shown.lines.clone(), left_out);
    let first_reply = lines.iter().position(|line| line.class == "S");
    let folded = match first_reply {
        Some(first) if folds && lines.len() > first + FOLD_BEYOND => lines.split_off(first + 1),
        _ => Vec::new(),
    };
    Cell {
        step: turn.step.name(),
        time: when(side, turn),
        lines,
        folded,
        code: Vec::new(),
        records: shown.records.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, observation::DialogueLine};

    fn rows(sides: &[&Observation]) -> Vec<StepRow> {
        aligned(sides, 1, &SourceCode::none())
            .into_iter()
            .flat_map(|section| section.rows)
            .collect()
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
        let side = fixtures::observation("a");
        let reply = ["250-mail.example", "250-SIZE 1000", "250-8BITMIME", "250 PIPELINING"];
        let line = |text: &str| DialogueLine::new(Speaker::Server, text);
        let turn = Turn {
            step: Step::Ehlo,
            at: side.started,
            same_flight: false,
            lines: reply.map(line).to_vec(),
        };
        let dialogue = AnnotatedDialogue::new(&side, std::slice::from_ref(&turn));
        let folded = |folds| cell(&side, &turn, &dialogue.turn(&turn), folds).folded.len();
        assert_eq!((folded(true), folded(false)), (3, 0));
    }

    #[test]
    fn a_reason_is_given_once_and_a_note_once_in_a_row() {
        let (one, other) = (fixtures::observation("a"), fixtures::observation("b"));
        let rows = rows(&[&one, &other]);
        let mut reasons: Vec<&str> =
            rows.iter().flat_map(|row| &row.reasons).map(|why| why.id).collect();
        assert!(reasons.contains(&"why-second-ehlo"), "{reasons:?}");
        let count = reasons.len();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), count);
        let mail = rows.iter().find(|row| row.notes.iter().any(|note| note.id == "mail")).unwrap();
        assert_eq!(mail.notes.iter().filter(|note| note.id == "crlf").count(), 1);
    }
}
