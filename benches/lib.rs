//! The contenders of the benchmarks: criterion, counts and ratios. The results of these are for developers.
//! The programs that write `docs/results.md`, `docs/link.md` and `docs/field.md` are the examples of
//! `mailer-reports`.
//!
//! [`mailer_bench::in_process`] defines what is measured. This crate defines which contenders there are.
//! Criterion measures one contender after another, so its results serve to follow one contender over time
//! and to profile it, and never to compare two. The bench `ratios` compares.

use mailer::TlsLibrary;
use mailer_backends::{BACKENDS, Backend, Flow, Options};
use mailer_bench::{
    floor::{self, Shape},
    in_process::Case,
    workload::Workload,
};
use mailer_lab::Contender;

/// Returns the contenders of a case: every backend, in each of its flows if flows matter; then the floors.
///
/// A handshake is the same in all flows, because each of its steps needs the reply to the previous one.
#[must_use]
pub fn contenders(case: Case) -> Vec<Contender> {
    let of_backend = |backend: &'static Backend| match case.workload() {
        Workload::Throughput if backend.has_flows => {
            explicit_flows().map(|flow| contender(backend, flow)).collect()
        }
        _ => vec![contender(backend, Flow::default())],
    };
    BACKENDS.iter().flat_map(of_backend).chain(floors(case)).collect()
}

fn floors(case: Case) -> Vec<Contender> {
    match case.workload() {
        Workload::Handshake => vec![floor::bare(Shape::Lockstep)],
        _ => Shape::ALL.iter().copied().map(floor::bare).chain([floor::nothing()]).collect(),
    }
}

/// Returns every flow except `auto`, which chooses one of the others.
fn explicit_flows() -> impl Iterator<Item = Flow> {
    Flow::ALL.iter().copied().filter(|flow| *flow != Flow::Auto)
}

/// A library is called as its users call it: on the calling thread, without our deadline guard.
fn contender(backend: &'static Backend, flow: Flow) -> Contender {
    backend.contender(Options { unguarded: true, ..flow.into() }, TlsLibrary::default())
}

#[cfg(test)]
mod floors_test;

#[cfg(test)]
mod tests {
    use mailer::Security;

    use super::*;

    fn names(case: Case) -> Vec<String> {
        contenders(case).into_iter().map(|contender| contender.label()).collect()
    }

    #[test]
    fn each_flow_is_a_contender_where_flows_matter() {
        let handshake = Case::handshake(Security::None);
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
        assert_eq!(names(Case::throughput(Security::Required, 1024)), each_flow);
    }
}
