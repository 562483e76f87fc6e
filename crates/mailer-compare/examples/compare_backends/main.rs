//! Compares a backend of your own with a variant of it that adds a line to each message.
//!
//! ```text
//! cargo run -p mailer-compare --example compare_backends
//! ```
//!
//! Both send the same message to an embedded server. The report shows both dialogues side by side and what
//! each cost, and its findings name the variant whose message did not arrive unchanged.

use std::io::{self, Write as _};

use mailer::{Envelope, Error, Kind, Mail, Message, Security};
use mailer_compare::{
    Comparison, Experiment,
    text::{Format, text},
};
use mailer_lab::embedded;
use mailer_server::Store;

pub(crate) mod lockstep;

pub(crate) fn main() -> Result<(), Error> {
    let report = text(&compare()?, Format::default());
    io::stdout()
        .write_all(report.as_bytes())
        .map_err(|cause| Error::new(Kind::Internal, "cannot write the report").with_cause(cause))
}

pub(crate) fn compare() -> Result<Comparison, Error> {
    let contenders =
        [lockstep::contender("careful", ""), lockstep::contender("careless", "One line more.\r\n")];
    let envelope =
        Envelope::new(Some("ann@example.test".parse()?), vec!["bob@example.test".parse()?])?;
    let message = Message::from_bytes("Subject: hello\r\n\r\nHello, Bob.\r\n")?;
    let mail = Mail::new(envelope, message);
    // The backend knows no TLS.
    let (embedded, server) = embedded::start(Security::None, Store::Memory)?;
    Experiment::on_embedded(&embedded, &server, &mail).run(&contenders)
}
