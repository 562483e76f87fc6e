//! Figures in tables, with a group of columns per contender.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::layout::{DIM, PLAIN, TITLE, TextWriter, padded};
use crate::{
    comparison::Comparison,
    observation::Observation,
    tables::{self, ABOUT_COUNTS, ABOUT_TIMES, Row, TIMES},
};

/// The widths of the columns of a group of times.
const TIME_WIDTHS: [usize; 6] = [8, 6, 7, 7, 7, 7];
/// The least width of a column of counts.
const COUNT_WIDTH: usize = 17;

/// Writes time, round trips and breakdown of each phase.
pub(super) fn times(page: &mut TextWriter, all: &[Observation]) {
    let groups: Vec<_> = all.iter().map(|observation| tables::times(observation, all)).collect();
    Table { observations: all, groups: &groups, widths: TIME_WIDTHS, head: Some(TIMES) }
        .write(page);
    ABOUT_TIMES.iter().for_each(|about| page.paragraph("", about));
}

/// Writes what passed the wire.
pub(super) fn counts(page: &mut TextWriter, all: &[Observation], mails: usize) {
    let groups: Vec<_> = all.iter().map(|one| tables::counts(one, mails)).collect();
    Table { observations: all, groups: &groups, widths: count_widths(all), head: None }.write(page);
    page.paragraph("", ABOUT_COUNTS);
}

/// Writes the few figures that summarise each contender.
pub(super) fn summary(page: &mut TextWriter, comparison: &Comparison) {
    let all = &comparison.observations;
    let groups: Vec<_> = all.iter().map(tables::summary).collect();
    Table { observations: all, groups: &groups, widths: count_widths(all), head: None }.write(page);
}

/// Returns the width of a column of counts, in which every title fits.
fn count_widths(all: &[Observation]) -> [usize; 1] {
    let titles = all.iter().map(|observation| observation.title().width());
    [titles.max().unwrap_or(0).max(COUNT_WIDTH)]
}

/// A table with a group of columns per contender.
struct Table<'a, const CELLS: usize> {
    observations: &'a [Observation],
    /// The rows of each contender.
    groups: &'a [Vec<Row<CELLS>>],
    widths: [usize; CELLS],
    /// The heads of the columns of a group.
    head: Option<[&'static str; CELLS]>,
}

impl<const CELLS: usize> Table<'_, CELLS> {
    /// Writes as many groups side by side as fit, and further ones below.
    fn write(&self, page: &mut TextWriter) {
        let labels = self.groups.iter().flatten().map(|(label, _)| label.width());
        let label_width = labels.max().unwrap_or(0);
        let room = page.width().saturating_sub(label_width) / (self.group_width() + 1);
        let parts = self.observations.chunks(room.max(1)).zip(self.groups.chunks(room.max(1)));
        for (index, (observations, groups)) in parts.enumerate() {
            if index > 0 {
                page.blank();
            }
            let line = |page: &mut TextWriter, style, label: &str, cells: Vec<String>| {
                write_line(page, style, &padded(label, label_width), &cells);
            };
            line(page, TITLE, "", observations.iter().map(|one| self.title(one)).collect());
            if let Some(head) = self.head {
                line(page, DIM, "", observations.iter().map(|_| self.group(&head)).collect());
            }
            for row in 0..groups.first().map_or(0, Vec::len) {
                let cells = groups.iter().filter_map(|rows| rows.get(row));
                let label = cells.clone().next().map_or("", |(label, _)| label);
                let style = if label == tables::TOTAL { TITLE } else { PLAIN };
                line(page, style, label, cells.map(|(_, cells)| self.group(cells)).collect());
            }
        }
    }

    fn group_width(&self) -> usize {
        self.widths.iter().sum()
    }

    fn title(&self, observation: &Observation) -> String {
        fit(&observation.title(), self.group_width())
    }

    /// Cells at the right of their columns.
    fn group(&self, cells: &[impl AsRef<str>; CELLS]) -> String {
        cells.iter().zip(self.widths).map(|(cell, width)| fit(cell.as_ref(), width)).collect()
    }
}

/// Writes a label and groups, each after a space.
fn write_line(page: &mut TextWriter, style: Style, label: &str, groups: &[String]) {
    let groups: String = groups.iter().map(|group| format!(" {group}")).collect();
    page.line(style, &format!("{label}{groups}"));
}

fn fit(text: &str, width: usize) -> String {
    let text: String = text.chars().take(width).collect();
    format!("{text:>width$}")
}
