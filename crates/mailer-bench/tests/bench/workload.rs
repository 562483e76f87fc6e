//! Workloads do what they are named after, and find out a contender that does not.

use std::time::Duration;

use crate::lockstep::contender;
use mailer::Security;
use mailer_bench::{
    floor::{self, Shape},
    workload::Workload,
};

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
    let throughput = Workload::Throughput { security: Security::Required, octets: 1024 };
    assert!(throughput.set_up(&contender("one", "")).is_err());
}

#[test]
fn floors_do_what_the_others_do() {
    for security in [Security::None, Security::Required, Security::Implicit] {
        for shape in Shape::ALL {
            let throughput = Workload::Throughput { security, octets: 1024 };
            let mut measured = throughput.set_up(&floor::bare(shape)).unwrap();
            measured.run(200).unwrap();
            measured.check().unwrap();
        }
    }
}

#[test]
fn a_floor_opens_and_closes_like_any_other() {
    for security in [Security::None, Security::Required, Security::Implicit] {
        let bare = floor::bare(Shape::Lockstep);
        let mut measured = Workload::Handshake { security }.set_up(&bare).unwrap();
        measured.run(2).unwrap();
        measured.check().unwrap();
    }
}

#[test]
fn nothing_is_expected_of_who_does_nothing() {
    let throughput = Workload::Throughput { security: Security::None, octets: 1024 };
    let mut measured = throughput.set_up(&floor::nothing()).unwrap();
    measured.run(1000).unwrap();
    measured.check().unwrap();
}
