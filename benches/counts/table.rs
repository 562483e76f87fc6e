//! The table: what is counted, what of it may move, and what is stored.

use std::{fmt, fs, path::PathBuf};

use crate::Outcome;

/// What is counted, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Of raw's core alone, as are the next two.
    CoreInstructions,
    CoreAllocations,
    /// Times that the core wants something written.
    CoreWrites,
    /// Of the whole client, outside of the kernel.
    Instructions,
    /// Of the thread that sends.
    Allocations,
    /// All of them.
    SystemCalls,
    /// As the link sees them.
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

    /// By which part of it a count may grow before it is a regression; `None` if it may not change
    /// at all, not even for the better: then the table wants to be written anew.
    fn slack(self) -> Option<f64> {
        match self {
            // Another compiler makes other instructions of the same code.
            Self::CoreInstructions | Self::Instructions => Some(0.1),
            // When replies arrive together, one call reads several: that is for the scheduler to say.
            Self::SystemCalls => Some(0.25),
            _ => None,
        }
    }

    fn decimals(self) -> usize {
        match self {
            Self::CoreInstructions | Self::Instructions | Self::BytesOut | Self::BytesIn => 0,
            // A buffer that grows in one run of many mails and not in another is no difference.
            Self::Allocations => 1,
            _ => 2,
        }
    }
}

/// What came of counting something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Count {
    Found(f64),
    /// A tool was missing.
    Missing,
    /// A client that has no such part.
    Nothing,
}

impl Count {
    /// Of a part, if there is one, by a tool, if there is one.
    pub(crate) fn of(counted: Option<Option<f64>>) -> Self {
        counted.map_or(Self::Nothing, |count| count.map_or(Self::Missing, Self::Found))
    }

    fn text(self, column: Column) -> String {
        match self {
            Self::Found(count) => format!("{count:.*}", column.decimals()),
            Self::Missing => "?".into(),
            Self::Nothing => "-".into(),
        }
    }
}

/// What is counted of one client.
pub(crate) struct Row {
    pub(crate) client: String,
    pub(crate) values: Vec<(Column, Count)>,
}

/// One row for each client.
pub(crate) struct Table(pub(crate) Vec<Row>);

impl Table {
    /// Writes it to the file it is checked against.
    pub(crate) fn store(&self) -> Outcome<()> {
        let mut counts = self.0.iter().flat_map(|row| &row.values);
        if counts.any(|(_, count)| *count == Count::Missing) {
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
        let mut lines = stored.lines().map(cells);
        let line = lines.find_map(|mut cells| (cells.next()? == self.client).then_some(cells));
        let mut words = line.into_iter().flatten();
        let compare = |&(column, count): &(Column, Count)| {
            let (was, is) = (words.next().unwrap_or_default(), count.text(column));
            (count != Count::Missing && differs(column, was, &is)).then(|| {
                format!("{}, {}: {was} is stored, and it is {is}", self.client, column.name())
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

fn stored() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts.txt")
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# One more mail of 1 KiB to one recipient, in the clear; see counts/main.rs."
        )?;
        write!(f, "{:<18}", "# client")?;
        for column in Column::ALL {
            write!(f, "{:>19}", column.name())?;
        }
        writeln!(f)?;
        for row in &self.0 {
            write!(f, "{:<18}", row.client)?;
            for (column, count) in &row.values {
                write!(f, "{:>19}", count.text(*column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
