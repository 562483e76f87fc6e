//! The report as one self-contained HTML page.

mod charts;
mod rtt_chart;

use askama::Template;
use mailer_lab::page::Page;

use self::{
    charts::{Curves, Dots},
    rtt_chart::RttChart,
};
use super::text::{self, table::TextTable};
use crate::load::{Run, figures};

/// What the page shows.
const LEAD: &str = "Contenders take turns in every round, so that a change of the machine's speed meets all of them.";

#[derive(Template)]
#[template(path = "bench.html")]
struct Body<'a> {
    unit: &'static str,
    dots: Dots<'a>,
    curves: Curves<'a>,
    over_rtt: Option<RttChart<'a>>,
    tables: Vec<TextTable>,
    remarks: Vec<String>,
}

/// Returns the whole page. `notes` are facts that are not part of the run: versions, and the host.
#[must_use]
pub fn html(run: &Run, notes: &[(String, String)]) -> String {
    let figures = figures(run);
    let body = Body {
        unit: run.plan.workload.unit(),
        dots: charts::dots(&figures),
        curves: charts::curves(&figures),
        over_rtt: rtt_chart::over_rtt(&figures, &run.plan),
        tables: text::tables(run, &figures),
        remarks: text::remarks(run, &figures),
    };
    let body = body.render().expect("writing into a string does not fail");
    let (title, facts) = (text::title(run), text::facts(run, notes));
    Page { title: &title, lead: LEAD, facts: &facts, style: "", body: &body, script: None }.html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fixtures::{contender, round, run};

    #[test]
    fn the_page_loads_nothing_and_escapes_names() {
        let mut evil = contender("<script>alert(1)</script>", &[round(0, 10, 1.0)]);
        evil.invalid = Some("<b>wrong</b>".into());
        let run = run(vec![contender("raw (auto)", &[round(0, 2000, 1.0)]), evil]);
        let page = html(&run, &[("host".into(), "a & b".into())]);
        for outside in ["<script", "<b>", "http:", "https:", "src=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("a &#38; b") && page.contains("raw (auto)"), "{page}");
        assert!(page.contains("<polyline points=\"7"), "{page}");
    }
}
