//! Dialogues in columns, step by step.

use mailer::Step;
use unicode_width::UnicodeWidthStr;

use super::layout::{Page, Paint, WIDTH, wrap};
use crate::{
    compare::{align, ms},
    session::{Line, Session, Speaker, Turn},
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

/// The dialogues of these sessions side by side.
pub(super) fn dialogue(page: &mut Page, sessions: &[&Session]) {
    let columns = sessions.len().max(1);
    let width = (WIDTH - BETWEEN.width() * (columns - 1)) / columns;
    let titles: Vec<Vec<Cell>> =
        sessions.iter().map(|session| vec![(Paint::Title, session.title())]).collect();
    block(page, &titles, width);
    let dialogues: Vec<Vec<Turn>> = sessions.iter().map(|session| session.dialogue()).collect();
    for row in align(&dialogues) {
        let cells = row.turns.iter().zip(sessions);
        let cells = cells.map(|(turn, session)| match turn {
            Some(turn) => cells_of(session, turn, width),
            None => vec![(Paint::Dim, format!("-- no {}", row.step))],
        });
        block(page, &cells.collect::<Vec<_>>(), width);
    }
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

fn cells_of(session: &Session, turn: &Turn, width: usize) -> Vec<Cell> {
    let mut cells = vec![(Paint::Heading, heading(session, turn, width))];
    let lines = if turn.step == Step::Content { shorten(&turn.lines) } else { turn.lines.clone() };
    cells.extend(lines.iter().flat_map(|line| cells_of_line(line, width)));
    cells
}

/// The step, and when it began: `EHLO ───────── 0.31`.
fn heading(session: &Session, turn: &Turn, width: usize) -> String {
    let time = match turn.same_flight {
        true => "same flight".into(),
        false => ms(session.since_start(turn.at)),
    };
    let name = turn.step.name();
    let fill = width.saturating_sub(name.width() + time.width() + 2);
    format!("{name} {} {time}", "─".repeat(fill))
}

fn cells_of_line(line: &Line, width: usize) -> Vec<Cell> {
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

/// Leaves out the middle of a long content.
fn shorten(lines: &[Line]) -> Vec<Line> {
    let more = lines.len().saturating_sub(HEAD + TAIL);
    // A single line is as short as the note that it was left out.
    if more <= 1 {
        return lines.to_vec();
    }
    let (head, rest) = lines.split_at(HEAD);
    let (_, tail) = rest.split_at(more);
    let note = Line { speaker: Speaker::Note, text: format!("... {more} more lines") };
    [head, &[note], tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_content_loses_its_middle_only() {
        let line = |n: usize| Line { speaker: Speaker::Client, text: n.to_string() };
        let lines: Vec<Line> = (0..100).map(line).collect();
        let shown = shorten(&lines);
        assert_eq!(shown.len(), HEAD + 1 + TAIL);
        assert_eq!(shown[HEAD].text, "... 81 more lines");
        assert_eq!((&shown[HEAD - 1], &shown[HEAD + 1]), (&lines[13], &lines[95]));
        assert_eq!(shorten(&lines[..20]).len(), 20);
    }
}
