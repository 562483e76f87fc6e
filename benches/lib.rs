//! Criterion benchmarks: one group per question, one line per contender.
//!
//! What is measured is defined in [`mailer_bench::workload`], once for every runner; what is here
//! says who takes part. Other people's clients take part in [another bench](contenders).
//! Criterion measures one contender after another: its figures are for the history of one contender
//! and for profiles, never for a ratio between two.

pub mod contenders;
pub mod link_error;
pub mod page;
pub mod table;

use mailer_backends::{BACKENDS, Backend, Flow, Options};
use mailer_bench::{
    floor::{self, Shape},
    workload::Workload,
};
use mailer_lab::Contender;

/// Who takes part in a workload: every backend, and where flows differ in it, each flow that a
/// backend has; then the floors.
///
/// A handshake is the same in all flows, since each of its steps needs the reply to the one before.
#[must_use]
pub fn taking_part(workload: Workload) -> Vec<Contender> {
    let of = |backend: &'static Backend| match workload {
        Workload::Throughput { .. } if backend.has_flows => {
            flows().map(|flow| contender(backend, flow)).collect()
        }
        _ => vec![contender(backend, Flow::default())],
    };
    BACKENDS.iter().flat_map(of).chain(floors(workload)).collect()
}

fn floors(workload: Workload) -> Vec<Contender> {
    match workload {
        Workload::Handshake { .. } => {
            vec![floor::bare(Shape::Lockstep)]
        }
        Workload::Throughput { .. } => {
            Shape::ALL.map(floor::bare).into_iter().chain([floor::nothing()]).collect()
        }
    }
}

/// Those that group commands in a way of their own; `auto` is one of the others.
fn flows() -> impl Iterator<Item = Flow> {
    Flow::ALL.into_iter().filter(|flow| *flow != Flow::Auto)
}

/// A library is called as its users call it: on their own thread, without our guard around it.
fn contender(backend: &'static Backend, flow: Flow) -> Contender {
    backend.contender(Options { unguarded: true, ..flow.into() })
}

#[cfg(test)]
mod floors_test;

/// The contender of this name, with a flow.
#[cfg(test)]
fn backend_contender(name: &str, flow: Flow) -> Contender {
    let backend = mailer_backends::find(name).unwrap();
    contender(backend, flow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(workload: Workload) -> Vec<String> {
        taking_part(workload).into_iter().map(|contender| contender.label()).collect()
    }

    #[test]
    fn flows_take_part_where_they_differ() {
        let [handshake, .., throughput] = Workload::ALL;
        assert_eq!(
            names(handshake),
            ["raw (auto)", "lettre", "lettre-connection", "bare (lockstep)"]
        );
        let each_flow = [
            "raw (lockstep)",
            "raw (pipelined)",
            "raw (overlapped)",
            "raw (chunked)",
            "raw (streamed)",
            "lettre",
            "lettre-connection",
            "bare (lockstep)",
            "bare (pipelined)",
            "bare (overlapped)",
            "bare (chunked)",
            "bare (streamed)",
            "nothing",
        ];
        assert_eq!(names(throughput), each_flow);
    }
}
