//! Dialogues side by side: turns of the same step share a row.

use mailer::Step;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::observation::Turn;

/// One step, and the turn of each dialogue at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignedStep {
    /// The step.
    pub step: Step,
    /// The turn of each dialogue; `None` if the dialogue has no such step.
    pub turns: Vec<Option<Turn>>,
}

/// Aligns dialogues by their steps. Each keeps its order, and no turn is left out.
#[must_use]
pub fn align(dialogues: &[Vec<Turn>]) -> Vec<AlignedStep> {
    let mut rows: Vec<AlignedStep> = Vec::new();
    for (column, dialogue) in dialogues.iter().enumerate() {
        rows = join(rows, column, dialogue);
    }
    rows
}

/// Adds a dialogue as the next column.
fn join(rows: Vec<AlignedStep>, column: usize, dialogue: &[Turn]) -> Vec<AlignedStep> {
    let known: Vec<Step> = rows.iter().map(|row| row.step).collect();
    let new: Vec<Step> = dialogue.iter().map(|turn| turn.step).collect();
    let (mut rows, mut turns) = (rows.into_iter(), dialogue.iter().cloned());
    let mut joined = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &known, &new) {
        let (old_count, new_count) = (op.old_range().len(), op.new_range().len());
        let is_common = matches!(op, DiffOp::Equal { .. });
        for mut row in rows.by_ref().take(old_count) {
            row.turns.push(if is_common { turns.next() } else { None });
            joined.push(row);
        }
        for turn in turns.by_ref().take(if is_common { 0 } else { new_count }) {
            let mut cells = vec![None; column];
            let step = turn.step;
            cells.push(Some(turn));
            joined.push(AlignedStep { step, turns: cells });
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn steps(rows: &[AlignedStep], column: usize) -> Vec<Step> {
        let turns = rows.iter().filter_map(|row| row.turns[column].as_ref());
        turns.map(|turn| turn.step).collect()
    }

    #[test]
    fn a_step_that_one_side_lacks_leaves_a_gap() {
        let full = fixtures::observation("a").dialogue();
        let mut without_tls = full.clone();
        without_tls.retain(|t| ![Step::StartTls, Step::Tls, Step::EhloAgain].contains(&t.step));
        let mut with_noop = full.clone();
        with_noop.insert(7, Turn { step: Step::Noop, ..full[6].clone() });
        let all = [without_tls, full.clone(), with_noop];
        let rows = align(&all);
        assert_eq!(rows.len(), full.len() + 1);
        for (column, dialogue) in all.iter().enumerate() {
            let wanted: Vec<Step> = dialogue.iter().map(|turn| turn.step).collect();
            assert_eq!(steps(&rows, column), wanted);
        }
        assert!(rows.iter().all(|row| row.turns.len() == 3));
        let noop = rows.iter().find(|row| row.step == Step::Noop).unwrap();
        assert!(noop.turns[0].is_none() && noop.turns[1].is_none() && noop.turns[2].is_some());
    }
}
