//! The report as one page that needs nothing from elsewhere.

mod charts;

use askama::Template;
use mailer_lab::page::Page;

use self::charts::{Curves, Dots};
use super::text::{self, table::Table};
use crate::load::{Run, figures};

#[derive(Template)]
#[template(path = "bench.html")]
struct Body<'a> {
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
    let body = Body {
        piece: text::piece(run),
        dots: charts::dots(&figures),
        curves: charts::curves(&figures),
        tables: text::tables(run, &figures),
        remarks: text::remarks(run, &figures),
    };
    let body = body.render().expect("writing into a string does not fail");
    let (title, facts) = (text::title(run), text::facts(run, notes));
    Page { title: &title, facts: &facts, style: "", body: &body }.html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::made_up::{entry, round, run};

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
