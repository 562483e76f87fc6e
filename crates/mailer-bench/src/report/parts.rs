//! The parts that the web pages of several reports share, as HTML. Each template escapes what it shows.

use askama::Template;

use super::{
    charts::{self, Curves},
    table::TextTable,
};
use crate::load::Latencies;

#[derive(Template)]
#[template(path = "latency_chart.html")]
struct LatencyChart<'a> {
    what: &'a str,
    curves: Curves<'a>,
}

#[derive(Template)]
#[template(path = "tables.html")]
struct Tables<'a> {
    head: &'a str,
    tables: &'a [TextTable],
    remarks: &'a [String],
}

/// Returns the chart of latencies by percentile, with a line for each name. `what` is what has these names, such
/// as `contender`.
#[must_use]
pub fn latency_chart(what: &str, latencies: &[(&str, &Latencies)]) -> String {
    rendered(&LatencyChart { what, curves: charts::curves(latencies) })
}

/// Returns tables, whose first column has this head, and the remarks after them.
#[must_use]
pub fn tables(head: &str, tables: &[TextTable], remarks: &[String]) -> String {
    rendered(&Tables { head, tables, remarks })
}

fn rendered(part: &impl Template) -> String {
    part.render().expect("writing into a string does not fail")
}
