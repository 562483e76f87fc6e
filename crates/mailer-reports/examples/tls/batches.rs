//! Compares sizes of batches: the maximum number of bytes of TLS records that raw encrypts and writes together.

use std::{env, io, process::Command, time::Duration};

use mailer::{Error, Security, TlsLibrary};
use mailer_backends::{Options, TLS_BATCH, find};
use mailer_bench::{
    cores::Cores,
    in_process::Case,
    interleave::{Entry, EntryResult, interleave},
    message::size_name,
    report::units::{range, time},
    server_process::{self, ServerKind},
    statistics::Quartiles,
    test_server::TestServer,
};
use mailer_reports::{MarkdownTable, TextResult};

/// The first argument of a process that is a server.
pub(crate) const SERVE: &str = "serve";

const KIB: usize = 1024;
const SIZES: [usize; 4] = [16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB];
const MESSAGES: [usize; 2] = [100 * KIB, 10 * KIB * KIB];

/// A size of messages with a library: a row of the table.
#[derive(Default)]
pub(crate) struct Row {
    what: String,
    cells: [Cell; SIZES.len()],
}

/// What was measured with one size of batches.
#[derive(Clone, Copy, Default)]
struct Cell {
    seconds: f64,
    /// The rate as a multiple of that with the present size, in each round; `None` for the present size.
    ratio: Option<Quartiles>,
}

/// Runs this process as a server.
pub(crate) fn serve() -> TextResult<()> {
    server_process::serve(io::stdin().lock(), io::stdout().lock()).map_err(|e| e.to_string())
}

/// Lets all sizes with both libraries take turns, for each size of messages.
pub(crate) fn measure(is_test: bool, cores: &Cores) -> TextResult<Vec<Row>> {
    let (rounds, batch) = match is_test {
        true => (1, Duration::from_millis(1)),
        false => (21, Duration::from_millis(400)),
    };
    let mut rows = Vec::new();
    for message in MESSAGES {
        let mut entries = Vec::new();
        for &library in TlsLibrary::ALL {
            for batch in SIZES {
                entries.push(entry(message, library, batch, cores).map_err(|e| e.to_string())?);
            }
        }
        let results = interleave(&mut entries, rounds, batch)
            .map_err(|(name, error)| format!("{name}: {error}"))?;
        rows.extend(TlsLibrary::ALL.iter().filter_map(|&library| row(message, library, &results)));
    }
    Ok(rows)
}

fn name(library: TlsLibrary, batch: usize) -> String {
    format!("{library}, {}", size_name(batch))
}

fn entry(message: usize, library: TlsLibrary, batch: usize, cores: &Cores) -> Result<Entry, Error> {
    let options = Options { tls_batch: Some(batch), ..Options::default() };
    let unknown = |cause| Error::new(mailer::Kind::Internal, "no such program").with_cause(cause);
    let mut command = Command::new(env::current_exe().map_err(unknown)?);
    command.arg(SERVE);
    let server =
        TestServer::subprocess(ServerKind::Embedded, command, Security::Required, &cores.server)?;
    let case = Case::throughput(Security::Required, message);
    let measured = case.set_up_at(server, &find("raw")?.contender(options, library))?;
    let baseline = (batch != TLS_BATCH).then(|| name(library, TLS_BATCH));
    Ok(Entry { name: name(library, batch), baseline, measured })
}

fn row(message: usize, library: TlsLibrary, results: &[EntryResult]) -> Option<Row> {
    let cell = |batch| {
        let result = results.iter().find(|result| result.name == name(library, batch))?;
        Some(Cell { seconds: 1.0 / result.rate.median, ratio: result.ratio })
    };
    let [a, b, c, d] = SIZES.map(cell);
    Some(Row { what: format!("{}, {library}", size_name(message)), cells: [a?, b?, c?, d?] })
}

pub(crate) fn table(rows: &[Row]) -> MarkdownTable {
    let size = |size| match size_name(size) {
        name if size == TLS_BATCH => format!("{name} (present)"),
        name => name,
    };
    let columns = ["message".to_owned()].into_iter().chain(SIZES.map(size));
    let cell = |cell: Cell| match cell.ratio {
        Some(ratio) => format!("{}, × {}", time(cell.seconds), range(ratio.lower, ratio.upper)),
        None => time(cell.seconds),
    };
    let row = |row: &Row| [row.what.clone()].into_iter().chain(row.cells.map(cell)).collect();
    MarkdownTable::new(columns, rows.iter().map(row).collect())
}

/// Returns what the rows show about other sizes than the present one: those that were faster, in at least three
/// quarters of the rounds.
pub(crate) fn conclusion(rows: &[Row]) -> String {
    let faster = |row: &Row| {
        let is_faster = |cell: &Cell| cell.ratio.is_some_and(|ratio| ratio.lower > 1.0);
        let sizes = SIZES.into_iter().zip(row.cells).filter(|(_, cell)| is_faster(cell));
        sizes.map(|(size, _)| size_name(size)).collect::<Vec<_>>()
    };
    let found = rows.iter().map(|row| (row, faster(row))).filter(|(_, sizes)| !sizes.is_empty());
    let found = found.map(|(row, sizes)| format!("{} ({})", sizes.join(" and "), row.what));
    let found: Vec<String> = found.collect();
    let present = size_name(TLS_BATCH);
    match found.as_slice() {
        [] => format!("no other size was clearly faster than {present}"),
        _ => format!("these sizes were clearly faster than {present}: {}", found.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let ratio = |lower, upper| Some(Quartiles { lower, median: 1.0, upper });
        let cell = |ratio| Cell { seconds: 0.01, ratio };
        let cells = [ratio(0.8, 0.9), ratio(0.9, 1.1), None, ratio(0.98, 1.02)].map(cell);
        vec![Row { what: "1 KiB, rustls".into(), cells }]
    }

    #[test]
    fn a_size_is_faster_only_if_the_quartiles_of_its_ratio_are() {
        let mut rows = rows();
        let present = size_name(TLS_BATCH);
        assert_eq!(conclusion(&rows), format!("no other size was clearly faster than {present}"));
        rows[0].cells[0].ratio = Some(Quartiles { lower: 1.01, median: 1.02, upper: 1.1 });
        let expected =
            format!("these sizes were clearly faster than {present}: 16 KiB (1 KiB, rustls)");
        assert_eq!(conclusion(&rows), expected);
    }

    #[test]
    fn the_present_size_is_a_column() {
        assert!(SIZES.contains(&TLS_BATCH));
        let table = table(&rows());
        let column = format!("{} (present)", size_name(TLS_BATCH));
        assert!(table.is_complete() && table.to_string().contains(&column), "{table}");
    }
}
