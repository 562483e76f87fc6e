//! A contender is a backend as a value: a name for reports, and a function that makes its mailer.
//!
//! `cargo run -p mailer-lab --example own_contender` runs it. `mailer-compare` and `mailer-bench` take
//! contenders; their examples `compare_backends` and `own_backend` have complete backends.

use std::error::Error;

use mailer::Security;
use mailer_lab::{Contender, embedded};
use mailer_server::Store;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    // The function gets the server to send to. This one can make no mailer.
    let contender = Contender::new("mine", |server| Err(mailer::Error::unreachable(server)));
    assert_eq!(contender.label(), "mine");

    // The embedded server, and how a mailer reaches it: with its CA and a login.
    let (embedded, server) = embedded::start(Security::Required, Store::Memory)?;
    assert!(server.credentials.is_some());
    let made = (contender.make)(&server);
    assert!(made.is_err_and(|error| error.kind() == mailer::Kind::Unreachable));
    assert!(embedded::take_contents(&embedded).is_empty());
    Ok(())
}
