//! The table: what is counted, what of it may move, and what is stored.

use std::{fmt, fs, path::PathBuf};

use crate::Outcome;

/// What is counted, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Of the core alone.
    Instructions,
    /// Of the core alone.
    Allocations,
    /// Times that the core wants something written.
    Writes,
    /// Of raw over the link, as are the next three.
    Flights,
    RoundTrips,
    BytesOut,
    BytesIn,
    /// Of raw, all of them.
    SystemCalls,
}

impl Column {
    const ALL: [Self; 8] = [
        Self::Instructions,
        Self::Allocations,
        Self::Writes,
        Self::Flights,
        Self::RoundTrips,
        Self::BytesOut,
        Self::BytesIn,
        Self::SystemCalls,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::Writes => "writes",
            Self::Flights => "flights",
            Self::RoundTrips => "round-trips",
            Self::BytesOut => "bytes-out",
            Self::BytesIn => "bytes-in",
            Self::SystemCalls => "system-calls",
        }
    }

    /// By which part of it a count may grow before it is a regression; `None` if it may not change
    /// at all, not even for the better: then the table wants to be written anew.
    fn slack(self) -> Option<f64> {
        match self {
            // Another compiler makes other instructions of the same code.
            Self::Instructions => Some(0.1),
            // When replies arrive together, one call reads several: that is for the scheduler to say.
            Self::SystemCalls => Some(0.25),
            _ => None,
        }
    }

    fn decimals(self) -> usize {
        match self {
            Self::Instructions | Self::BytesOut | Self::BytesIn => 0,
            _ => 2,
        }
    }
}

/// What is counted in one flow.
pub(crate) struct Row {
    pub(crate) flow: String,
    /// `None` where a tool was missing.
    pub(crate) values: Vec<(Column, Option<f64>)>,
}

/// One row for each flow.
pub(crate) struct Table(pub(crate) Vec<Row>);

impl Table {
    /// Writes it to the file it is checked against.
    pub(crate) fn store(&self) -> Outcome<()> {
        let missing = self.0.iter().any(|row| row.values.iter().any(|(_, value)| value.is_none()));
        if missing {
            return Err("a table with gaps is not stored".into());
        }
        fs::write(stored(), self.to_string()).map_err(|error| error.to_string())
    }

    /// Compares it with what is stored.
    pub(crate) fn check(&self) -> Outcome<()> {
        let stored =
            fs::read_to_string(stored()).map_err(|error| format!("counts.txt: {error}"))?;
        let found = self.0.iter().flat_map(|row| row.differences(&stored));
        let differences: Vec<String> = found.collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{}\nIf that is as it should be, UPDATE_COUNTS=1 stores it.",
            differences.join("\n")
        ))
    }
}

impl Row {
    fn differences(&self, stored: &str) -> Vec<String> {
        let line = stored.lines().find_map(|line| line.strip_prefix(&self.flow));
        let mut words = line.unwrap_or_default().split_whitespace();
        let compare = |&(column, value): &(Column, Option<f64>)| {
            let (was, is) = (words.next().unwrap_or_default(), value?);
            let is = format!("{is:.*}", column.decimals());
            differs(column, was, &is).then(|| {
                format!("{}, {}: {was} is stored, and it is {is}", self.flow, column.name())
            })
        };
        self.values.iter().filter_map(compare).collect()
    }
}

fn differs(column: Column, was: &str, is: &str) -> bool {
    match (column.slack(), was.parse::<f64>(), is.parse::<f64>()) {
        (Some(slack), Ok(was), Ok(is)) => is > was * (1.0 + slack),
        _ => was != is,
    }
}

fn stored() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts.txt")
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# One more mail of 1 KiB to one recipient, in the clear; see counts/main.rs."
        )?;
        write!(f, "{:<11}", "# flow")?;
        for column in Column::ALL {
            write!(f, "{:>14}", column.name())?;
        }
        writeln!(f)?;
        for row in &self.0 {
            write!(f, "{:<11}", row.flow)?;
            for (column, value) in &row.values {
                match value {
                    Some(value) => write!(f, "{value:>14.*}", column.decimals())?,
                    None => write!(f, "{:>14}", "?")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
