//! A worker of [Locust](https://docs.locust.io), for SMTP load from many machines.
//!
//! Locust's master plans the load, shows it and adds up the statistics; a [`Worker`] runs the users. Each user is
//! one connection of a backend ([`mailer_bench::load::BackgroundConnection`]). [`LOCUSTFILE`] tells the master
//! which classes of users and which options there are.
//!
//! - [`worker`](mod@worker): the run, from the first connection to the master to the last statistics.
//! - [`message`]: the messages to and from the master, in msgpack; [`zmtp`]: ZeroMQ's protocol below them.
//! - [`scenario`](mod@scenario): what the master's options say about messages.
//! - [`result`](mod@result): the file with what a worker did, and [`merge`](mod@merge): the files of all workers
//!   as one [`report`].
//!
//! Nothing here is asynchronous: a backend blocks while it sends, so each user has a thread, and the connection to
//! the master has one more. ZMTP is written here because it takes one page, and because a worker has to know when
//! its last statistics have left and has to bound what a master may send. The crate prints nothing and knows no
//! backend: the caller passes the classes in.

#![warn(missing_debug_implementations)]

mod dealer;
mod failure_text;
#[cfg(test)]
mod fake_master;
mod locust_stats;
pub mod merge;
pub mod message;
pub mod report;
pub mod result;
pub mod scenario;
mod tally;
mod user_pool;
pub mod worker;
pub mod zmtp;

use mailer_lab::Contender;

pub use merge::Merged;
pub use scenario::Scenario;
pub use worker::{End, Timing, Worker};

/// The locustfile for the master.
pub const LOCUSTFILE: &str = include_str!("../locustfile.py");

/// A class of users: its name in the locustfile, and the backend that its users send with.
#[derive(Debug)]
pub struct UserClass {
    name: String,
    contender: Contender,
    label: String,
}

impl UserClass {
    /// Returns the class of this backend. It is named after the backend and its flow, unless that is `auto`:
    /// `raw (streamed)` is `RawStreamed`.
    #[must_use]
    pub fn new(contender: Contender) -> Self {
        let flow = contender.flow.as_deref().filter(|flow| *flow != "auto").unwrap_or_default();
        let name = camel_case(&contender.name) + &camel_case(flow);
        let label = contender.label();
        Self { name, contender, label }
    }

    /// Returns the name of the class in the locustfile.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn camel_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split(['-', ' ']).map(word).collect()
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind};

    use super::*;

    #[test]
    fn a_class_is_named_after_the_backend_and_its_flow() {
        let contender =
            |name: &str| Contender::new(name, |_| Err(Error::new(Kind::Internal, "never made")));
        let name = |contender| UserClass::new(contender).name().to_owned();
        assert_eq!(name(contender("raw").with_flow("auto")), "Raw");
        assert_eq!(name(contender("raw").with_flow("streamed")), "RawStreamed");
        assert_eq!(name(contender("lettre-connection")), "LettreConnection");
        assert_eq!(UserClass::new(contender("raw").with_flow("auto")).label, "raw (auto)");
    }
}
