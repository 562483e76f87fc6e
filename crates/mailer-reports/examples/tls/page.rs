//! Writes the page `docs/tls.md` from what was measured.

use askama::Template;
use mailer::TlsLibrary;
use mailer_backends::{TLS_CASES, TlsCase, VERSIONS};
use mailer_lab::machine;
use mailer_reports::{MarkdownTable, TextResult, today};

use crate::{
    batches,
    connectors::{WITH_ONE_CA, WITH_SYSTEM},
    measurement::{COLUMNS, Column, FIRST_MESSAGE, HANDSHAKE, Measure},
    memory,
    small_program::ProgramCosts,
};

/// The page, in the workspace.
pub(crate) const FILE: &str = "docs/tls.md";

/// How much less time something must take to be called faster.
const CLEARLY: f64 = 0.95;

/// What was measured, except for the small programs.
pub(crate) struct Figures {
    pub(crate) times: Vec<Measure>,
    pub(crate) batches: Vec<batches::Row>,
    pub(crate) peaks: Vec<memory::Peaks>,
}

#[derive(Template)]
#[template(path = "tls.txt", escape = "none")]
struct Page {
    faster: String,
    times: String,
    certificates: String,
    batches: String,
    batch_conclusion: String,
    peaks: String,
    programs: String,
    cases: String,
    only_native_tls: Vec<&'static str>,
    only_rustls: Vec<&'static str>,
    date: String,
    host: String,
    versions: String,
}

pub(crate) fn text(figures: &Figures, programs: &[ProgramCosts]) -> TextResult<String> {
    let only = |is_it: fn(&TlsCase) -> bool| {
        TLS_CASES.iter().filter(|case| is_it(case)).map(|case| case.server).collect()
    };
    let versions = VERSIONS.map(|(name, version)| format!("{name} {version}"));
    let page = Page {
        faster: faster_with_rustls(&figures.times),
        times: times_table(&figures.times).to_string(),
        certificates: share_of_certificates(&figures.times),
        batches: batches::table(&figures.batches).to_string(),
        batch_conclusion: batches::conclusion(&figures.batches),
        peaks: memory::table(&figures.peaks).to_string(),
        programs: programs_table(programs).to_string(),
        cases: cases_table().to_string(),
        only_native_tls: only(|case| case.native_tls && !case.rustls),
        only_rustls: only(|case| case.rustls && !case.native_tls),
        date: today()?,
        host: machine::host(),
        versions: versions.join(", "),
    };
    page.render().map_err(|error| error.to_string())
}

/// Returns the measured tables for a terminal.
pub(crate) fn tables(figures: &Figures) -> String {
    let tables = [
        times_table(&figures.times),
        batches::table(&figures.batches),
        memory::table(&figures.peaks),
    ];
    tables.map(|table| table.aligned()).join("\n")
}

/// Returns the amounts of this measure, if it was measured.
fn amounts(times: &[Measure], what: &str) -> Option<[f64; COLUMNS.len()]> {
    let measure = times.iter().find(|measure| measure.what == what)?;
    Some(measure.figures.each_ref().map(|figure| figure.amount))
}

/// Returns which backends took clearly less time with rustls, and for what.
fn faster_with_rustls(times: &[Measure]) -> String {
    let backends_faster = |what: &str| {
        let amounts = amounts(times, what)?;
        let with = |backend: &str, library| {
            let is_it = |column: &Column| column.backend == backend && column.library == library;
            amounts.get(COLUMNS.iter().position(is_it)?).copied()
        };
        let is_faster = |backend: &&str| {
            let both = [TlsLibrary::Rustls, TlsLibrary::NativeTls].map(|it| with(backend, it));
            matches!(both, [Some(rustls), Some(native)] if rustls < native * CLEARLY)
        };
        let faster: Vec<&str> = ["raw", "lettre"].into_iter().filter(is_faster).collect();
        (!faster.is_empty()).then(|| faster.join(" and "))
    };
    let uses = [("handshakes", HANDSHAKE), ("building a connector", WITH_SYSTEM)];
    let found = uses
        .into_iter()
        .filter_map(|(name, what)| Some(format!("for {name} with {}", backends_faster(what)?)));
    match found.collect::<Vec<_>>().as_slice() {
        [] => "rustls took clearly less time neither for handshakes nor for building a connector"
            .into(),
        found => format!("rustls took clearly less time {}", found.join(", and ")),
    }
}

/// Returns which part of the time of a first message each column took to read the system's certificates.
fn share_of_certificates(times: &[Measure]) -> String {
    let measured = [WITH_SYSTEM, WITH_ONE_CA, FIRST_MESSAGE].map(|what| amounts(times, what));
    let [Some(system), Some(one_ca), Some(first)] = measured else {
        return "not measured".into();
    };
    let share = |(column, ((system, one_ca), first)): (Column, ((f64, f64), f64))| {
        let share = ((system - one_ca) / first * 100.0).clamp(0.0, 100.0);
        format!("{} with {}, {share:.0} %", column.backend, column.library)
    };
    let columns = COLUMNS.into_iter().zip(system.into_iter().zip(one_ca).zip(first));
    columns.map(share).collect::<Vec<_>>().join("; ")
}

pub(crate) fn times_table(times: &[Measure]) -> MarkdownTable {
    let names = COLUMNS.map(|column| format!("{}, {}", column.backend, column.library));
    let columns = ["median".to_owned()].into_iter().chain(names);
    let texts = |measure: &Measure| measure.figures.each_ref().map(|figure| figure.text.clone());
    let row =
        |measure: &Measure| [measure.what.to_owned()].into_iter().chain(texts(measure)).collect();
    MarkdownTable::new(columns, times.iter().map(row).collect())
}

fn programs_table(programs: &[ProgramCosts]) -> MarkdownTable {
    let libraries = programs.iter().map(|program| program.library.name().to_owned());
    let names = programs.first().map_or(&[][..], |program| program.values.as_slice());
    let row = |(index, (what, _)): (usize, &(&str, String))| {
        let value = |program: &ProgramCosts| {
            program.values.get(index).map_or_else(String::new, |(_, value)| value.clone())
        };
        [(*what).to_owned()].into_iter().chain(programs.iter().map(value)).collect()
    };
    let columns = ["cost".to_owned()].into_iter().chain(libraries);
    MarkdownTable::new(columns, names.iter().enumerate().map(row).collect())
}

fn cases_table() -> MarkdownTable {
    let libraries = TlsLibrary::ALL.iter().map(|library| library.name().to_owned());
    let columns = ["the server has".to_owned()].into_iter().chain(libraries);
    let verdict = |accepts: bool| if accepts { "accepts" } else { "refuses" }.to_owned();
    let row = |case: &TlsCase| {
        vec![case.server.to_owned(), verdict(case.native_tls), verdict(case.rustls)]
    };
    MarkdownTable::new(columns, TLS_CASES.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use mailer_reports::MeasuredLines;

    use super::*;
    use crate::measurement::Figure;

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &["- date: ", "- host: ", "- versions: ", "- In this run", "In this run"],
        tables: &["| median", "| cost", "| message |", "| peak memory"],
    };

    fn measure(what: &'static str, seconds: [f64; COLUMNS.len()]) -> Measure {
        Measure { what, figures: seconds.map(Figure::time) }
    }

    #[test]
    fn the_page_is_up_to_date_except_for_what_was_measured() {
        let costs = |library| ProgramCosts { library, values: vec![("", String::new())] };
        let programs = [costs(TlsLibrary::NativeTls), costs(TlsLibrary::Rustls)];
        let times = vec![measure("", [0.0; COLUMNS.len()])];
        let (batches, peaks) = (vec![batches::Row::default()], vec![memory::Peaks::default()]);
        let fresh = text(&Figures { times, batches, peaks }, &programs).unwrap();
        MEASURED.check_stored(FILE, &fresh).unwrap();
    }

    #[test]
    fn a_library_is_called_faster_only_where_it_was() {
        let handshake = measure(HANDSHAKE, [2.0, 1.0, 2.0, 1.0]);
        let mut times = [handshake, measure(WITH_SYSTEM, [2.0, 1.0, 1.0, 0.96])];
        let both = "rustls took clearly less time for handshakes with raw and lettre, \
                    and for building a connector with raw";
        assert_eq!(faster_with_rustls(&times), both);
        times[0] = measure(HANDSHAKE, [1.0; 4]);
        times[1] = measure(WITH_SYSTEM, [1.0; 4]);
        assert!(faster_with_rustls(&times).contains("neither"));
    }

    #[test]
    fn the_share_of_the_certificates_is_of_a_first_message() {
        let times = [
            measure(WITH_SYSTEM, [9.0, 2.0, 9.0, 1.0]),
            measure(WITH_ONE_CA, [1.0; 4]),
            measure(FIRST_MESSAGE, [10.0, 10.0, 100.0, 100.0]),
        ];
        let expected = "raw with native-tls, 80 %; raw with rustls, 10 %; lettre with native-tls, 8 %; \
                        lettre with rustls, 0 %";
        assert_eq!(share_of_certificates(&times), expected);
        assert_eq!(share_of_certificates(&times[1..]), "not measured");
    }
}
