//! The report as one self-contained HTML page.

use mailer::{Error, Kind};
use mailer_bench::report::parts;
use mailer_lab::page::{Document, Page};

use super::{
    json,
    tables::{TITLE, facts, tables},
};
use crate::Merged;

/// What the page shows.
const LEAD: &str =
    "The results of workers that Locust's master has started, added up from their own histograms.";

/// Returns the whole page, from which a reader can save what `merge --json` prints. `notes` are facts that are not
/// part of the run: versions, and the host.
///
/// # Errors
/// [`Kind::Internal`] if a histogram cannot be compressed.
pub fn html(merged: &Merged, notes: &[(String, String)]) -> Result<String, Error> {
    let json = serde_json::to_string(&json::document(merged, notes)?)
        .map_err(|cause| Error::new(Kind::Internal, "cannot write JSON").with_cause(cause))?;
    let latencies: Vec<_> =
        merged.series.iter().map(|it| (it.series.name.as_str(), &it.series.latencies)).collect();
    let body = [
        parts::latency_chart("operation", &latencies),
        "<h2>The figures</h2>\n".to_owned(),
        parts::tables("name", &tables(merged), &merged.remarks()),
    ];
    let facts = facts(merged, notes);
    let page = Page {
        title: TITLE,
        lead: LEAD,
        facts: &facts,
        style: "",
        body: &body.concat(),
        document: Document::new("merge.json", &json),
        script: None,
    };
    Ok(page.html())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        merge::tests::merged,
        result::{RunState, tests::result},
    };

    #[test]
    fn the_page_loads_nothing_and_escapes_names() {
        let evil = result("<script>alert(1)</script>", 2, 5, RunState::EndedEarly("<b>".into()));
        let workers = merged().workers.into_iter().chain([evil]).collect();
        let page = html(&Merged::new(workers).unwrap(), &[("host".into(), "a & b".into())]);
        let page = page.unwrap();
        assert!(!page.contains("<script>alert"), "{page}");
        let (page, scripts) = page.split_once("<script").unwrap();
        assert!(!scripts.contains("<script>alert") && !scripts.contains("<b>"), "{scripts}");
        for outside in ["<b>", "http:", "https:", "src=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("a &#38; b") && page.contains("raw (auto)/message"), "{page}");
        assert!(page.contains("<polyline points=\"7"), "{page}");
    }
}
