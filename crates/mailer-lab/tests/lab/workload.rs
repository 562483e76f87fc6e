//! Workloads do what they are named after, and find out a contender that does not.

use std::time::Duration;

use crate::lockstep::contender;
use mailer::Security;
use mailer_lab::workload::Workload;

const PLAIN: Workload = Workload::Handshake { security: Security::None };

#[test]
fn handshakes_are_timed_and_counted() {
    let mut measured = PLAIN.set_up(&contender("one", "")).unwrap();
    assert!(measured.run(3).unwrap() > Duration::ZERO);
    measured.run(2).unwrap();
    measured.check().unwrap();
    measured.run(1).unwrap();
    measured.check().unwrap();
}

#[test]
fn a_workload_that_cannot_be_done_is_an_error_and_no_figure() {
    // This contender speaks no TLS, and the server asks for it before AUTH.
    let throughput = Workload::Throughput { octets: 1024 };
    assert!(throughput.set_up(&contender("one", "")).is_err());
}
