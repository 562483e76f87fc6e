//! Writes the page `docs/tls.md` from what was measured.

use askama::Template;
use mailer::TlsLibrary;
use mailer_backends::{TLS_CASES, TlsCase, VERSIONS};
use mailer_lab::machine;
use mailer_reports::{MarkdownTable, TextResult, today};

use crate::{
    measurement::{COLUMNS, Measure},
    small_program::ProgramCosts,
};

/// The page, in the workspace.
pub(crate) const FILE: &str = "docs/tls.md";

#[derive(Template)]
#[template(path = "tls.txt", escape = "none")]
struct Page {
    times: String,
    programs: String,
    cases: String,
    only_native_tls: Vec<&'static str>,
    only_rustls: Vec<&'static str>,
    date: String,
    host: String,
    versions: String,
}

pub(crate) fn text(times: &[Measure], programs: &[ProgramCosts]) -> TextResult<String> {
    let only = |is_it: fn(&TlsCase) -> bool| {
        TLS_CASES.iter().filter(|case| is_it(case)).map(|case| case.server).collect()
    };
    let versions = VERSIONS.map(|(name, version)| format!("{name} {version}"));
    let page = Page {
        times: times_table(times).to_string(),
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

pub(crate) fn times_table(times: &[Measure]) -> MarkdownTable {
    let names = COLUMNS.map(|column| format!("{}, {}", column.backend, column.library));
    let columns = ["median".to_owned()].into_iter().chain(names);
    let row = |measure: &Measure| {
        [measure.what.clone()].into_iter().chain(measure.values.iter().cloned()).collect()
    };
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
    use crate::measurement::Measure;

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &["- date: ", "- host: ", "- versions: "],
        tables: &["| median", "| cost"],
    };

    #[test]
    fn the_page_is_up_to_date_except_for_what_was_measured() {
        let measure =
            Measure { what: String::new(), values: [const { String::new() }; COLUMNS.len()] };
        let costs = |library| ProgramCosts { library, values: vec![("", String::new())] };
        let programs = [costs(TlsLibrary::NativeTls), costs(TlsLibrary::Rustls)];
        let fresh = text(&[measure], &programs).unwrap();
        MEASURED.check_stored(FILE, &fresh).unwrap();
    }
}
