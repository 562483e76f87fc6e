//! Workloads in this process: they do their work, and detect contenders that do not.

use std::time::Duration;

use mailer::Security;
use mailer_bench::{
    floor::{self, Shape},
    in_process::Case,
};

use crate::lockstep::contender;

const SECURITIES: [Security; 3] = [Security::None, Security::Required, Security::Implicit];

#[test]
fn handshakes_are_timed_and_counted() {
    let mut measured = Case::handshake(Security::None).set_up(&contender("one", "")).unwrap();
    assert!(measured.run(3).unwrap() > Duration::ZERO);
    measured.run(2).unwrap();
    measured.check().unwrap();
    measured.run(1).unwrap();
    measured.check().unwrap();
}

#[test]
fn a_contender_that_cannot_do_the_work_has_no_result() {
    // This contender has no TLS, and the server requires it before AUTH.
    let throughput = Case::throughput(Security::Required, 1024);
    assert!(throughput.set_up(&contender("one", "")).is_err());
}

#[test]
fn floors_send_messages() {
    for security in SECURITIES {
        for &shape in Shape::ALL {
            let mut measured =
                Case::throughput(security, 1024).set_up(&floor::bare(shape)).unwrap();
            measured.run(200).unwrap();
            measured.check().unwrap();
        }
    }
}

#[test]
fn floors_open_and_close_connections() {
    for security in SECURITIES {
        let bare = floor::bare(Shape::Lockstep);
        let mut measured = Case::handshake(security).set_up(&bare).unwrap();
        measured.run(2).unwrap();
        measured.check().unwrap();
    }
}

#[test]
fn the_floor_that_sends_nothing_stores_nothing() {
    let mut measured = Case::throughput(Security::None, 1024).set_up(&floor::nothing()).unwrap();
    measured.run(1000).unwrap();
    measured.check().unwrap();
}
