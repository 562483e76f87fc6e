//! Dialogues in columns, step by step.

use mailer::Step;
use unicode_width::UnicodeWidthStr;

use super::layout::{Page, Paint, WIDTH, wrap};
use crate::{
    Row, ms,
    observation::{DialogueLine, Observation, Speaker, Turn},
    sections,
};

/// Columns that fit side by side.
pub(super) const MAX_COLUMNS: usize = 2;

/// What stands between two columns.
const BETWEEN: &str = " │ ";

/// Lines of content that are shown, from its beginning and from its end.
const HEAD: usize = 14;
const TAIL: usize = 5;

/// A line of a column.
type Cell = (Paint, String);

/// The dialogues of these observations side by side, mail by mail where there are several.
pub(super) fn dialogue(page: &mut Page, observations: &[&Observation], mails: usize) {
    let columns = observations.len().max(1);
    let width = (WIDTH - BETWEEN.width() * (columns - 1)) / columns;
    let titles: Vec<Vec<Cell>> =
        observations.iter().map(|observation| heading_of(observation, width)).collect();
    block(page, &titles, width);
    let dialogues: Vec<Vec<Turn>> =
        observations.iter().map(|observation| observation.dialogue()).collect();
    for section in sections(&dialogues, mails) {
        if let Some(title) = &section.title {
            page.title(title);
        }
        section.rows.iter().for_each(|one| row(page, one, observations, width));
    }
}

/// Its name, on as many lines as it needs.
fn heading_of(observation: &Observation, width: usize) -> Vec<Cell> {
    wrap(&observation.title(), width, 0).into_iter().map(|line| (Paint::Title, line)).collect()
}

/// What each said at one step.
fn row(page: &mut Page, row: &Row, observations: &[&Observation], width: usize) {
    let cells = row.turns.iter().zip(observations);
    let cells = cells.map(|(turn, observation)| match turn {
        Some(turn) => cells_of(observation, turn, width),
        None => vec![(Paint::Dim, format!("-- no {}", row.step))],
    });
    block(page, &cells.collect::<Vec<_>>(), width);
}

/// Columns of cells, those that are shorter filled up.
fn block(page: &mut Page, columns: &[Vec<Cell>], width: usize) {
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let cells: Vec<(Paint, &str)> = columns
            .iter()
            .map(|column| column.get(line).map_or((Paint::Plain, ""), |(p, text)| (*p, text)))
            .collect();
        page.row(&cells, width, BETWEEN);
    }
}

fn cells_of(observation: &Observation, turn: &Turn, width: usize) -> Vec<Cell> {
    let mut cells = vec![(Paint::Heading, heading(observation, turn, width))];
    let lines = shorten(turn);
    cells.extend(lines.iter().flat_map(|line| cells_of_line(line, width)));
    cells
}

/// The step, and when it began: `EHLO ───────── 0.31`.
fn heading(observation: &Observation, turn: &Turn, width: usize) -> String {
    let time = when(observation, turn);
    let name = turn.step.name();
    let fill = width.saturating_sub(name.width() + time.width() + 2);
    format!("{name} {} {time}", "─".repeat(fill))
}

/// When a step began, or that it did not begin by itself.
pub(crate) fn when(observation: &Observation, turn: &Turn) -> String {
    if turn.same_flight { "same flight".into() } else { ms(observation.since_start(turn.at)) }
}

fn cells_of_line(line: &DialogueLine, width: usize) -> Vec<Cell> {
    let (paint, prefix) = match line.speaker {
        Speaker::Client => (Paint::Client, "C: "),
        Speaker::Server => (Paint::Server, "S: "),
        Speaker::Note => (Paint::Dim, "-- "),
    };
    let lines = wrap(&line.text, width - prefix.width(), 2);
    let cell = |(index, text)| {
        let prefix = if index == 0 { prefix } else { "   " };
        (paint, format!("{prefix}{text}"))
    };
    lines.iter().enumerate().map(cell).collect()
}

/// The lines of a turn, of a long content without its middle.
pub(crate) fn shorten(turn: &Turn) -> Vec<DialogueLine> {
    let note = |more| DialogueLine::new(Speaker::Note, format!("... {more} more lines"));
    without_middle(turn.step, turn.lines.clone(), note)
}

/// Lines of a step; of a long content without its middle, and with `note` of how many lines are left out.
pub(crate) fn without_middle<T>(
    step: Step,
    mut lines: Vec<T>,
    note: impl FnOnce(usize) -> T,
) -> Vec<T> {
    let more = lines.len().saturating_sub(HEAD + TAIL);
    // A single line is as short as the note that it was left out.
    if step == Step::Content && more > 1 {
        lines.splice(HEAD..HEAD + more, [note(more)]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_long_content_loses_its_middle_only() {
        let line = |n: usize| DialogueLine::new(Speaker::Client, n.to_string());
        let turn = |step, count| {
            let lines: Vec<DialogueLine> = (0..count).map(line).collect();
            Turn { step, at: Instant::now(), same_flight: false, lines }
        };
        let long = turn(Step::Content, 100);
        let shown = shorten(&long);
        assert_eq!(shown.len(), HEAD + 1 + TAIL);
        assert_eq!(shown[HEAD].text, "... 81 more lines");
        assert_eq!((&shown[HEAD - 1], &shown[HEAD + 1]), (&long.lines[13], &long.lines[95]));
        assert_eq!(shorten(&turn(Step::Content, 20)).len(), 20);
        assert_eq!(shorten(&turn(Step::Ehlo, 100)).len(), 100);
    }
}
