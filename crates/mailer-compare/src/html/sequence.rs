//! The rows of the sequence diagram: the phases of all sides, aligned.

use std::collections::BTreeMap;

use super::picture::{Row, Side};

/// One phase in the sequence diagram.
pub(super) struct PhaseRow {
    pub(super) name: &'static str,
    /// The exchanges of each side; none where a side has no such phase.
    pub(super) cells: Vec<Vec<Row>>,
}

/// Returns the phases of all sides in an order that keeps the order of each.
pub(super) fn phases(sides: &[Side]) -> Vec<PhaseRow> {
    let runs: Vec<Vec<(Key, Vec<Row>)>> = sides.iter().map(|side| runs(&side.rows)).collect();
    let mut keys: Vec<Key> = Vec::new();
    for side in &runs {
        let mut place = 0;
        for (key, _) in side {
            place = match keys.iter().position(|known| known == key) {
                Some(known) => known + 1,
                None => {
                    keys.insert(place, *key);
                    place + 1
                }
            };
        }
    }
    let cell = |side: &Vec<(Key, Vec<Row>)>, key: Key| {
        side.iter().find(|(other, _)| *other == key).map_or_else(Vec::new, |(_, rows)| rows.clone())
    };
    let row = |key: Key| PhaseRow {
        name: key.0,
        cells: runs.iter().map(|side| cell(side, key)).collect(),
    };
    keys.into_iter().map(row).collect()
}

/// A phase, and how often it came before.
type Key = (&'static str, usize);

/// Rows of the same phase that follow one another.
fn runs(rows: &[Row]) -> Vec<(Key, Vec<Row>)> {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let runs = rows.chunk_by(|one, next| one.phase == next.phase);
    runs.filter_map(|run| {
        let phase = run.first()?.phase;
        let count = seen.entry(phase).or_insert(0);
        *count += 1;
        Some(((phase, *count), run.to_vec()))
    })
    .collect()
}
