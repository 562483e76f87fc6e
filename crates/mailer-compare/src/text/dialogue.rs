//! Dialogues in columns, or one below the other on a narrow terminal.

use std::ops::Range;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::layout::{CLIENT, DIM, HEADING, MARK, PLAIN, SERVER, TITLE, TextWriter, padded, wrap};
use crate::{
    observation::{Observation, Speaker},
    shown_dialogue::{ShownLine, ShownStep, ShownTurn, shown_sections},
};

/// The least width for two columns.
const SIDE_BY_SIDE: usize = 100;

/// What separates two columns, and marks a line that differs from the first column's.
const SAME: &str = " │ ";
const DIFFERS: &str = " ≠ ";

/// One line of a column.
struct Cell {
    style: Style,
    text: String,
    differs: bool,
}

/// Writes the dialogues of these observations, as many side by side as fit.
pub(super) fn dialogues(page: &mut TextWriter, shown: &[&Observation], mails: usize) {
    let columns = if page.width() >= SIDE_BY_SIDE { 2 } else { 1 };
    for first in (0..shown.len()).step_by(columns) {
        let place = first..shown.len().min(first + columns);
        page.blank();
        Columns::new(page, shown, place).write(page, mails);
    }
}

/// Some of the dialogues, side by side.
struct Columns<'a> {
    shown: &'a [&'a Observation],
    place: Range<usize>,
    width: usize,
}

impl<'a> Columns<'a> {
    fn new(page: &TextWriter, shown: &'a [&'a Observation], place: Range<usize>) -> Self {
        let separators = place.clone().filter(|column| *column > 0).count();
        let free = page.width().saturating_sub(SAME.width() * separators);
        let width = free / place.len().max(1);
        Self { shown, place, width }
    }

    fn write(&self, page: &mut TextWriter, mails: usize) {
        let observations = self.shown.iter().skip(self.place.start).take(self.place.len());
        let titles = observations.map(|observation| {
            let lines = wrap(&observation.title(), self.width, 0).into_iter();
            lines.map(|text| Cell { style: TITLE, text, differs: false }).collect()
        });
        self.block(page, &titles.collect::<Vec<_>>());
        for section in shown_sections(self.shown, mails) {
            if let Some(title) = &section.title {
                page.title(title);
            }
            section.steps.iter().for_each(|step| self.step(page, step));
        }
    }

    fn step(&self, page: &mut TextWriter, step: &ShownStep) {
        let turns = step.turns.get(self.place.clone()).unwrap_or_default();
        if turns.iter().all(Option::is_none) {
            return;
        }
        let cells = turns.iter().map(|turn| match turn {
            Some(turn) => self.turn(step, turn),
            None => {
                let text = format!("-- no {}", step.step);
                vec![Cell { style: DIM, text, differs: true }]
            }
        });
        self.block(page, &cells.collect::<Vec<_>>());
        if let Some(announced) = &step.announced {
            let audience = if self.shown.len() == 2 { "both" } else { "all" };
            let text = match self.shown.len() {
                1 => format!("   announced: {announced}"),
                _ if self.place.start > 0 => format!("   announced: the same to {audience}"),
                _ => format!("   announced to {audience}: {announced}"),
            };
            wrap(&text, page.width(), 5).iter().for_each(|line| page.line(SERVER, line));
        }
    }

    fn turn(&self, step: &ShownStep, turn: &ShownTurn) -> Vec<Cell> {
        let heading = self.heading(step.step.name(), &turn.time.text);
        let mut cells = vec![Cell { style: HEADING, text: heading, differs: turn.time.differs }];
        cells.extend(turn.lines.iter().flat_map(|line| self.line(line)));
        cells
    }

    /// The step, and when it began: `EHLO ───────── 0.31`.
    fn heading(&self, name: &str, time: &str) -> String {
        let fill = self.width.saturating_sub(name.width() + time.width() + 2);
        format!("{name} {} {time}", "─".repeat(fill))
    }

    fn line(&self, line: &ShownLine) -> Vec<Cell> {
        let (style, prefix) = match line.speaker {
            Speaker::Client => (CLIENT, "C: "),
            Speaker::Server => (SERVER, "S: "),
            Speaker::Note => (DIM, "-- "),
        };
        let lines = wrap(&line.text, self.width.saturating_sub(prefix.width()), 2);
        let cell = |(index, text)| {
            let prefix = if index == 0 { prefix } else { "   " };
            Cell { style, text: format!("{prefix}{text}"), differs: line.differs }
        };
        lines.iter().enumerate().map(cell).collect()
    }

    /// Writes columns of cells; shorter ones are filled up.
    fn block(&self, page: &mut TextWriter, columns: &[Vec<Cell>]) {
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for index in 0..height {
            let mut pieces = Vec::new();
            for (place, column) in self.place.clone().zip(columns) {
                let cell = column.get(index);
                if place > 0 {
                    pieces.push(separator(cell, pieces.is_empty()));
                }
                let (style, text) = cell.map_or((PLAIN, ""), |cell| (cell.style, &cell.text));
                pieces.push((style, padded(text, self.width)));
            }
            page.pieces(&pieces);
        }
    }
}

/// What precedes a cell of any column but the first. At the left edge there is nothing to separate.
fn separator(cell: Option<&Cell>, is_at_edge: bool) -> (Style, String) {
    match (cell.is_some_and(|cell| cell.differs), is_at_edge) {
        (true, true) => (MARK, DIFFERS.trim_start().into()),
        (true, false) => (MARK, DIFFERS.into()),
        (false, true) => (PLAIN, "  ".into()),
        (false, false) => (PLAIN, SAME.into()),
    }
}
