//! A dialogue with a note on every byte.

use std::{collections::HashMap, time::Instant};

use mailer::Step;
use mailer_notes::{Annotated, Piece, TurningPoint, annotate};

use super::{
    line::{LINE_END, Line},
    records::{ShownRecords, records_of_turns},
};
use crate::{
    observation::{DialogueLine, Observation, Speaker, Stall, Turn},
    recorder::EventKind,
};

/// The lines of each turn of a dialogue, with their notes.
pub(super) struct AnnotatedDialogue {
    turns: HashMap<(Step, Instant), AnnotatedTurn>,
}

/// The lines of a turn, and the turning points that the session reaches in it.
#[derive(Clone, Default)]
pub(super) struct AnnotatedTurn {
    pub(super) lines: Vec<Line>,
    pub(super) turning_points: Vec<TurningPoint>,
    pub(super) records: ShownRecords,
}

impl AnnotatedDialogue {
    pub(super) fn new(side: &Observation, dialogue: &[Turn]) -> Self {
        let order = wire_order(dialogue);
        let texts: Vec<String> =
            order.iter().map(|(_, line)| format!("{}{LINE_END}", line.text)).collect();
        let pieces = order.iter().zip(&texts).map(|((turn, line), text)| match line.speaker {
            Speaker::Server => Piece::server(turn.step, text.as_bytes()),
            Speaker::Client | Speaker::Note => Piece::client(turn.step, text.as_bytes()),
        });
        let annotated = annotate(&pieces.collect::<Vec<_>>());
        let mut by_line: HashMap<*const DialogueLine, Annotated> =
            order.iter().map(|(_, line)| std::ptr::from_ref(*line)).zip(annotated).collect();
        let stalls = stalled_steps(side);
        let mut turn_of = |(turn, records): (&Turn, ShownRecords)| {
            let mut shown = AnnotatedTurn { records, ..AnnotatedTurn::default() };
            for line in &turn.lines {
                let notes = by_line.remove(&std::ptr::from_ref(line)).unwrap_or_default();
                shown.lines.push(Line::new(line, &notes));
                shown.turning_points.extend(notes.turning_points);
            }
            let stall = stalls.contains(&turn.step).then_some(TurningPoint::Stall);
            shown.turning_points.extend(stall);
            ((turn.step, turn.at), shown)
        };
        let records = records_of_turns(side, dialogue);
        Self { turns: dialogue.iter().zip(records).map(&mut turn_of).collect() }
    }

    pub(super) fn turn(&self, turn: &Turn) -> AnnotatedTurn {
        self.turns.get(&(turn.step, turn.at)).cloned().unwrap_or_default()
    }
}

/// The steps whose bytes were held back.
fn stalled_steps(side: &Observation) -> Vec<Step> {
    let step = |stall: Stall| match stall.written?.kind {
        EventKind::Sent { step, .. } => Some(step),
        _ => Some(Step::Content),
    };
    side.stalls().into_iter().filter_map(step).collect()
}

/// The lines in the order in which they were sent: all commands of a flight are before its replies. Within
/// one step, such as AUTH LOGIN, the two sides take turns.
fn wire_order(dialogue: &[Turn]) -> Vec<(&Turn, &DialogueLine)> {
    let flights = dialogue.chunk_by(|_, next| next.same_flight);
    flights.flat_map(flight_order).filter(|(_, line)| line.speaker != Speaker::Note).collect()
}

fn flight_order(flight: &[Turn]) -> Vec<(&Turn, &DialogueLine)> {
    let lines = flight.iter().flat_map(|turn| turn.lines.iter().map(move |line| (turn, line)));
    let mut lines: Vec<(&Turn, &DialogueLine)> = lines.collect();
    if flight.len() > 1 {
        lines.sort_by_key(|(_, line)| line.speaker == Speaker::Server);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn points(side: &Observation) -> Vec<TurningPoint> {
        let dialogue = side.dialogue();
        let annotated = AnnotatedDialogue::new(side, &dialogue);
        dialogue.iter().flat_map(|turn| annotated.turn(turn).turning_points).collect()
    }

    #[test]
    fn every_line_that_was_sent_carries_notes_on_all_of_its_bytes() {
        for side in [fixtures::observation("a"), fixtures::pipelined("b")] {
            let dialogue = side.dialogue();
            let annotated = AnnotatedDialogue::new(&side, &dialogue);
            for turn in &dialogue {
                let shown = annotated.turn(turn);
                assert_eq!(shown.lines.len(), turn.lines.len());
                for (line, shown) in turn.lines.iter().zip(shown.lines) {
                    let text: String = shown.tokens.iter().map(|t| t.text.as_str()).collect();
                    let end = if line.speaker == Speaker::Note { "" } else { "CRLF" };
                    assert_eq!(text, format!("{}{end}", line.text));
                    let is_sent = line.speaker != Speaker::Note;
                    assert!(shown.tokens.iter().all(|token| token.note.is_some() == is_sent));
                }
            }
        }
    }

    #[test]
    fn turning_points_are_those_of_the_order_on_the_wire() {
        let lockstep = points(&fixtures::observation("a"));
        assert!(lockstep.contains(&TurningPoint::SecondEhlo));
        assert!(!lockstep.contains(&TurningPoint::Pipelining));
        assert!(points(&fixtures::pipelined("b")).contains(&TurningPoint::Pipelining));
    }

    #[test]
    fn a_stall_is_a_turning_point() {
        assert!(points(&fixtures::stalled("a", 41_000)).contains(&TurningPoint::Stall));
        assert!(!points(&fixtures::observation("a")).contains(&TurningPoint::Stall));
    }
}
