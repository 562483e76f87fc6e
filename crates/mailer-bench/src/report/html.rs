//! The report as one self-contained HTML page.

mod ramp_chart;
mod rtt_chart;

use askama::Template;
use mailer_lab::page::{Document, Page};
use serde::Serialize;

use self::{ramp_chart::RampChart, rtt_chart::RttChart};
use super::{
    charts::{self, Dots},
    json, parts,
    table::TextTable,
    text,
};
use crate::load::{RampOver, RampRun, Run, capacities, figures};

/// What the page shows.
const LEAD: &str = "Contenders take turns in every round, so that a change of the machine's speed meets all of them.";

#[derive(Template)]
#[template(path = "bench.html")]
struct Body<'a> {
    unit: &'static str,
    dots: Dots<'a>,
    latency_chart: String,
    over_rtt: Option<RttChart<'a>>,
    head: &'static str,
    tables: Vec<TextTable>,
    remarks: Vec<String>,
}

#[derive(Template)]
#[template(path = "ramp.html")]
struct RampBody<'a> {
    unit: &'static str,
    is_rate: bool,
    chart: RampChart<'a>,
    head: &'static str,
    tables: Vec<TextTable>,
    remarks: Vec<String>,
}

/// Returns the whole page. `notes` are facts that are not part of the run: versions, and the host.
#[must_use]
pub fn html(run: &Run, notes: &[(String, String)]) -> String {
    let figures = figures(run);
    let latencies: Vec<_> =
        figures.iter().map(|it| (it.contender.name.as_str(), &it.latencies)).collect();
    let body = Body {
        unit: run.plan.workload.unit(),
        dots: charts::dots(&figures),
        latency_chart: parts::latency_chart("contender", &latencies),
        over_rtt: rtt_chart::over_rtt(&figures, &run.plan),
        head: "contender",
        tables: text::tables(run, &figures),
        remarks: text::remarks(run, &figures),
    };
    let body = body.render().expect("writing into a string does not fail");
    let (title, facts) = (text::title(run), text::facts(run, notes));
    page(&title, &facts, &body, &json::document(run, notes))
}

/// Returns the whole page of a ramp. `notes` are facts that are not part of it: versions, and the host.
#[must_use]
pub fn ramp_html(ramp_run: &RampRun, notes: &[(String, String)]) -> String {
    let capacities = capacities(ramp_run);
    let body = RampBody {
        unit: ramp_run.runs.first().map_or("message", |run| run.plan.workload.unit()),
        is_rate: ramp_run.ramp.over() == RampOver::Rate,
        chart: ramp_chart::over_steps(&ramp_run.ramp, &capacities),
        head: "step",
        tables: text::ramp_tables(ramp_run),
        remarks: text::ramp_remarks(ramp_run),
    };
    let body = body.render().expect("writing into a string does not fail");
    let (title, facts) = (text::ramp_title(ramp_run), text::ramp_facts(ramp_run, notes));
    page(&title, &facts, &body, &json::ramp_document(ramp_run, notes))
}

/// Returns a page with this body, from which a reader can save `document`.
fn page(title: &str, facts: &[(String, String)], body: &str, document: &impl Serialize) -> String {
    let json = serde_json::to_string(document).expect("the document has no keys but strings");
    let document = Document::new("bench.json", &json);
    Page { title, lead: LEAD, facts, style: "", body, document, script: None }.html()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fixtures::{contender, ramp_run, round, run};

    #[test]
    fn the_page_loads_nothing_and_escapes_names() {
        let mut evil = contender("<script>alert(1)</script>", &[round(0, 10, 1.0)]);
        evil.invalid = Some("<b>wrong</b>".into());
        let run = run(vec![contender("raw (auto)", &[round(0, 2000, 1.0)]), evil]);
        let page = html(&run, &[("host".into(), "a & b".into())]);
        assert!(!page.contains("<script>alert"), "{page}");
        let (page, scripts) = page.split_once("<script").unwrap();
        assert!(!scripts.contains("<script>alert") && !scripts.contains("<b>"), "{scripts}");
        for outside in ["<b>", "http:", "https:", "src=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("a &#38; b") && page.contains("raw (auto)"), "{page}");
        assert!(page.contains("<polyline points=\"7"), "{page}");
    }

    #[test]
    fn the_page_of_a_ramp_has_a_line_and_a_table_for_each_contender() {
        let results = |messages| {
            ["raw (auto)", "<b>"].map(|name| contender(name, &[round(0, messages, 0.5)])).to_vec()
        };
        let page = ramp_html(&ramp_run("100,200", [50, 60].map(results).into_iter()), &[]);
        assert!(!page.contains("<b>") && !page.contains("http:"), "{page}");
        assert_eq!(page.matches("<polyline").count(), 2, "{page}");
        assert_eq!(page.matches("<table").count(), 2, "{page}");
        assert!(page.contains("no longer with 200 messages per second"), "{page}");
    }
}
