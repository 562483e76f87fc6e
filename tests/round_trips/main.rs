//! Round trips, counted outside of the client: for each flow, security and mechanism, from the first
//! SYN until a mail is accepted, and for each further mail.
//!
//! The numbers are what RFC 2920 and RFC 3030 allow at best with AUTH in a flight of its own: TCP and
//! the greeting take one each, TLS 1.3 one, AUTH PLAIN one and LOGIN three.

use std::time::Duration;

use mailer::{Mechanism, Security};
use mailer_backends::{Flow, Options, Pipelining, find};
use mailer_lab::embedded;
use mailer_link::Link;
use mailer_server::{Config, EmbeddedServer};
use mailer_tests::mails;

/// Long enough that nothing that leaves together is parted, short enough to wait for.
const ROUND_TRIP: Duration = Duration::from_millis(10);

/// A session to measure.
#[derive(Clone, Copy, Debug)]
struct Case {
    security: Security,
    /// None for no AUTH at all.
    mechanism: Option<Mechanism>,
    pipelining: Pipelining,
}

/// The round trips until so many mails are accepted, and the server's answer to QUIT if that is said.
fn round_trips(case: Case, mails: usize, quits: bool) -> u64 {
    let mut config = Config { session_tickets: 0, ..embedded::config(case.security) };
    if case.mechanism.is_none() {
        config.accounts.clear();
        config.auth_required = Some(false);
    }
    let embedded = EmbeddedServer::start(config).expect("an embedded server");
    let link = Link::to([embedded.addr()]).round_trip(ROUND_TRIP).start().expect("a link");
    let mut server = embedded::reach(&embedded, case.security).expect("a server");
    server.connect_to = Some(link.addr());
    server.mechanism = case.mechanism;
    let options = Options { pipelining: case.pipelining, ..Options::default() };
    let mut mailer = find("raw").and_then(|raw| raw.make(&server, &options)).expect("raw");
    let mail = mails::small(&["bob@example.test"]);
    let mut accepted = 0;
    mailer.send_many(&mut std::iter::repeat_n(mail, mails), &mut |_, receipt| {
        assert!(receipt.error.is_none(), "{case:?}: {receipt:?}");
        accepted += 1;
    });
    assert_eq!((accepted, embedded.stored().mails), (mails, mails as u64));
    if quits {
        mailer.close().expect("the answer to QUIT");
    }
    link.counts().round_trips
}

#[test]
fn until_the_first_mail_is_accepted() {
    use Flow::{Chunked, Lockstep, Overlapped, Pipelined, Streamed};
    use Security::{Implicit, None as Clear, Required};
    let plain = Some(Mechanism::Plain);
    let login = Some(Mechanism::Login);
    for (security, mechanism, flow, wanted) in [
        (Clear, None, Lockstep, 7),
        (Clear, None, Pipelined, 5),
        (Clear, None, Overlapped, 5),
        (Clear, None, Chunked, 4),
        (Clear, None, Streamed, 4),
        (Implicit, plain, Lockstep, 9),
        (Implicit, login, Lockstep, 11),
        (Implicit, plain, Pipelined, 7),
        (Implicit, plain, Chunked, 6),
        (Required, plain, Lockstep, 11),
        (Required, login, Lockstep, 13),
        (Required, plain, Pipelined, 9),
        (Required, login, Pipelined, 11),
        (Required, plain, Overlapped, 9),
        (Required, plain, Chunked, 8),
        (Required, plain, Streamed, 8),
    ] {
        let case = Case { security, mechanism, pipelining: flow.into() };
        assert_eq!(round_trips(case, 1, false), wanted, "{case:?}");
    }
}

/// RFC 4954 §4: AUTH PLAIN needs no flight of its own. LOGIN does, and in lockstep everything does.
#[test]
fn until_the_first_mail_is_accepted_with_auth_in_its_flight() {
    use Flow::{Chunked, Lockstep, Overlapped, Pipelined, Streamed};
    use Security::{Implicit, Required};
    for (security, mechanism, flow, wanted) in [
        (Implicit, Mechanism::Plain, Lockstep, 9),
        (Implicit, Mechanism::Plain, Pipelined, 6),
        (Implicit, Mechanism::Plain, Chunked, 5),
        (Required, Mechanism::Plain, Pipelined, 8),
        (Required, Mechanism::Plain, Overlapped, 8),
        (Required, Mechanism::Plain, Chunked, 7),
        (Required, Mechanism::Plain, Streamed, 7),
        (Required, Mechanism::Login, Pipelined, 11),
    ] {
        let pipelining = Pipelining { pipeline_auth: true, ..flow.into() };
        let case = Case { security, mechanism: Some(mechanism), pipelining };
        assert_eq!(round_trips(case, 1, false), wanted, "{case:?}");
    }
}

/// RFC 2920 §3.1: QUIT may stand behind the last content.
#[test]
fn quit_costs_nothing_behind_the_last_mail() {
    for &flow in Flow::ALL {
        let case = |pipeline_quit| {
            let pipelining = Pipelining { pipeline_quit, ..flow.into() };
            Case { security: Security::None, mechanism: None, pipelining }
        };
        let apart = u64::from(flow == Flow::Lockstep);
        let to_the_last_mail = round_trips(case(false), 3, false);
        assert_eq!(round_trips(case(false), 3, true), to_the_last_mail + 1, "{flow}");
        assert_eq!(round_trips(case(true), 3, true), to_the_last_mail + apart, "{flow}");
    }
}

#[test]
fn for_each_further_mail() {
    for (flow, wanted) in [
        (Flow::Lockstep, 4),
        (Flow::Pipelined, 2),
        (Flow::Overlapped, 1),
        (Flow::Chunked, 1),
        (Flow::Streamed, 0),
    ] {
        for security in [Security::None, Security::Implicit] {
            let case = Case { security, mechanism: None, pipelining: flow.into() };
            let further = round_trips(case, 6, false) - round_trips(case, 1, false);
            assert_eq!(further, 5 * wanted, "{case:?}");
        }
    }
}
