//! The report as one page that needs nothing from elsewhere.

mod charts;

use askama::Template;

use self::charts::{Curves, Dots};
use super::{
    Run, figures,
    text::{self, table::Table},
};

#[derive(Template)]
#[template(path = "bench.html")]
struct Page<'a> {
    title: String,
    facts: Vec<(String, String)>,
    piece: &'static str,
    dots: Dots<'a>,
    curves: Curves<'a>,
    tables: Vec<Table>,
    remarks: Vec<String>,
}

/// The whole page; `notes` are what the run does not know: versions, and the host.
#[must_use]
pub fn html(run: &Run, notes: &[(String, String)]) -> String {
    let figures = figures(run);
    let page = Page {
        title: text::title(run),
        facts: text::facts(run, notes),
        piece: text::piece(run),
        dots: charts::dots(&figures),
        curves: charts::curves(&figures),
        tables: text::tables(run, &figures),
        remarks: text::remarks(run, &figures),
    };
    page.render().expect("writing into a string does not fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::made_up::{entry, round, run};

    #[test]
    fn it_stands_alone_and_takes_no_markup_from_names() {
        let mut evil = entry("<script>alert(1)</script>", &[round(0, 10, 1.0)]);
        evil.wrong = Some("<b>wrong</b>".into());
        let run = run(vec![entry("raw (auto)", &[round(0, 2000, 1.0)]), evil]);
        let page = html(&run, &[("host".into(), "a & b".into())]);
        for outside in ["<script", "<b>", "http:", "https:", "src=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("a &#38; b") && page.contains("raw (auto)"), "{page}");
        assert!(page.contains("<polyline points=\"7"), "{page}");
    }
}
