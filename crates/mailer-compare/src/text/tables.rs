//! Figures in tables: a group of columns per backend.

use super::layout::{Page, Paint};
use crate::{
    observation::Observation,
    tables::{self, ABOUT_COUNTS, ABOUT_TIMES, TIMES},
};

/// Characters of a label.
const LABEL: usize = 14;
/// Widths of the columns of a group of times, and how many groups have room side by side.
const TIME_WIDTHS: [usize; 6] = [8, 6, 7, 7, 7, 7];
const TIME_GROUPS: usize = 2;
/// The same of counts.
const COUNT_WIDTHS: [usize; 1] = [20];
const COUNT_GROUPS: usize = 4;

/// Time and round trips of each phase, and what was waited for.
pub(super) fn times(page: &mut Page, all: &[Observation]) {
    let groups: Vec<_> = all.iter().map(|observation| tables::times(observation, all)).collect();
    let head = TIMES.map(String::from);
    chunked(page, all, &groups, &TIME_WIDTHS, TIME_GROUPS, Some(&head));
    ABOUT_TIMES.iter().for_each(|about| page.paragraph("", about));
}

/// What passed the wire, and how.
pub(super) fn counts(page: &mut Page, all: &[Observation], mails: usize) {
    let groups: Vec<_> = all.iter().map(|observation| tables::counts(observation, mails)).collect();
    chunked(page, all, &groups, &COUNT_WIDTHS, COUNT_GROUPS, None);
    page.paragraph("", ABOUT_COUNTS);
}

/// As many groups side by side as there is room for; further ones below.
fn chunked<const CELLS: usize>(
    page: &mut Page,
    observations: &[Observation],
    groups: &[Vec<tables::Row<CELLS>>],
    widths: &[usize; CELLS],
    room: usize,
    head: Option<&[String; CELLS]>,
) {
    for (index, (observations, groups)) in
        observations.chunks(room).zip(groups.chunks(room)).enumerate()
    {
        if index > 0 {
            page.blank();
        }
        let width = widths.iter().sum();
        let titles = observations.iter().map(|observation| fit(&observation.title(), width));
        line(page, Paint::Title, "", titles);
        if let Some(head) = head {
            line(page, Paint::Dim, "", observations.iter().map(|_| group(head, widths)));
        }
        for row in 0..groups.first().map_or(0, Vec::len) {
            let cells = groups.iter().filter_map(|rows| rows.get(row));
            let label = cells.clone().next().map_or("", |(label, _)| label);
            let paint = if label == "total" { Paint::Title } else { Paint::Plain };
            line(page, paint, label, cells.map(|(_, cells)| group(cells, widths)));
        }
    }
}

/// A label and groups, each behind a space.
fn line(page: &mut Page, paint: Paint, label: &str, groups: impl Iterator<Item = String>) {
    let groups: String = groups.map(|group| format!(" {group}")).collect();
    page.painted(paint, &format!("{label:<LABEL$}{groups}"));
}

/// Cells to the right of their columns.
fn group<const CELLS: usize>(cells: &[String; CELLS], widths: &[usize; CELLS]) -> String {
    cells.iter().zip(widths).map(|(cell, width)| fit(cell, *width)).collect()
}

fn fit(text: &str, width: usize) -> String {
    let text: String = text.chars().take(width).collect();
    format!("{text:>width$}")
}
