//! The table of counts: its columns, by how much each may change, and the stored table.

use std::{fmt, fs, path::PathBuf};

use crate::Outcome;

/// A column of the table, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Instructions of raw's protocol core, without I/O.
    CoreInstructions,
    /// Allocations of the core.
    CoreAllocations,
    /// Writes that the core requests.
    CoreWrites,
    /// Instructions of the whole client, without the kernel.
    Instructions,
    /// Allocations of the sending thread.
    Allocations,
    /// System calls of the whole client.
    SystemCalls,
    /// Flights, as the link counts them; the next three as well.
    Flights,
    RoundTrips,
    BytesOut,
    BytesIn,
}

impl Column {
    const ALL: [Self; 10] = [
        Self::CoreInstructions,
        Self::CoreAllocations,
        Self::CoreWrites,
        Self::Instructions,
        Self::Allocations,
        Self::SystemCalls,
        Self::Flights,
        Self::RoundTrips,
        Self::BytesOut,
        Self::BytesIn,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::CoreInstructions => "core:instructions",
            Self::CoreAllocations => "core:allocations",
            Self::CoreWrites => "core:writes",
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::SystemCalls => "system-calls",
            Self::Flights => "flights",
            Self::RoundTrips => "round-trips",
            Self::BytesOut => "bytes-out",
            Self::BytesIn => "bytes-in",
        }
    }

    /// Returns the part by which a count may grow before it is a regression; `None` if any change, even an
    /// improvement, requires a new table.
    fn slack(self) -> Option<f64> {
        match self {
            // Another compiler version generates other instructions.
            Self::CoreInstructions | Self::Instructions => Some(0.1),
            // One call reads several replies if they arrive together, which depends on the scheduler.
            Self::SystemCalls => Some(0.25),
            _ => None,
        }
    }

    fn decimals(self) -> usize {
        match self {
            Self::CoreInstructions | Self::Instructions | Self::BytesOut | Self::BytesIn => 0,
            // A buffer may grow in one of many runs.
            Self::Allocations => 1,
            _ => 2,
        }
    }
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Count {
    Found(f64),
    /// The tool that counts this is missing.
    Missing,
    /// The client has no core of ours.
    NotApplicable,
}

impl Count {
    /// Returns a cell. The outer `None` means that the client has no such part, and the inner one that
    /// the tool is missing.
    pub(crate) fn new(counted: Option<Option<f64>>) -> Self {
        counted.map_or(Self::NotApplicable, |count| count.map_or(Self::Missing, Self::Found))
    }

    fn text(self, column: Column) -> String {
        match self {
            Self::Found(count) => format!("{count:.*}", column.decimals()),
            Self::Missing => "?".into(),
            Self::NotApplicable => "-".into(),
        }
    }
}

/// The counts of one client.
pub(crate) struct Row {
    pub(crate) client: String,
    pub(crate) values: Vec<(Column, Count)>,
}

/// One row for each client.
pub(crate) struct CountTable(pub(crate) Vec<Row>);

impl CountTable {
    /// Stores the table.
    pub(crate) fn store(&self) -> Outcome<()> {
        let mut counts = self.0.iter().flat_map(|row| &row.values);
        if counts.any(|(_, count)| *count == Count::Missing) {
            return Err("a table with missing counts is not stored".into());
        }
        fs::write(stored_file(), self.to_string()).map_err(|error| error.to_string())
    }

    /// Compares the table with the stored one.
    pub(crate) fn check(&self) -> Outcome<()> {
        let stored =
            fs::read_to_string(stored_file()).map_err(|error| format!("counts.txt: {error}"))?;
        let found = self.0.iter().flat_map(|row| row.differences(&stored));
        let differences: Vec<String> = found.collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{}\nIf this change is intended, UPDATE_COUNTS=1 stores the new table.",
            differences.join("\n")
        ))
    }
}

impl Row {
    fn differences(&self, stored: &str) -> Vec<String> {
        let mut lines = stored.lines().map(cells);
        let line = lines.find_map(|mut cells| (cells.next()? == self.client).then_some(cells));
        let mut words = line.into_iter().flatten();
        let compare = |&(column, count): &(Column, Count)| {
            let (was, is) = (words.next().unwrap_or_default(), count.text(column));
            (count != Count::Missing && differs(column, was, &is)).then(|| {
                format!("{}, {}: {was} was stored, now it is {is}", self.client, column.name())
            })
        };
        self.values.iter().filter_map(compare).collect()
    }
}

/// The cells of a line. Spaces pad each cell, and a client's name may have one in it.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty())
}

fn differs(column: Column, was: &str, is: &str) -> bool {
    match (column.slack(), was.parse::<f64>(), is.parse::<f64>()) {
        (Some(slack), Ok(was), Ok(is)) => is > was * (1.0 + slack),
        _ => was != is,
    }
}

fn stored_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts.txt")
}

impl fmt::Display for CountTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# One more message of 1 KiB to one recipient, without TLS; see counts/main.rs."
        )?;
        write!(f, "{:<36}", "# client")?;
        for column in Column::ALL {
            write!(f, "{:>19}", column.name())?;
        }
        writeln!(f)?;
        for row in &self.0 {
            write!(f, "{:<36}", row.client)?;
            for (column, count) in &row.values {
                write!(f, "{:>19}", count.text(*column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
