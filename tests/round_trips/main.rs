//! Round trips, counted outside of the client for each flow, security and mechanism: from the first SYN
//! until a message is accepted, and for each further message.
//!
//! The numbers are the minimum that RFC 2920 and RFC 3030 allow with AUTH in a separate flight. TCP, the
//! greeting, TLS 1.3 and AUTH PLAIN need one round trip each, and AUTH LOGIN three.

use std::time::Duration;

use mailer::{Mechanism, Security};
use mailer_backends::{Flow, Options, Pipelining, find};
use mailer_lab::embedded;
use mailer_link::Link;
use mailer_server::EmbeddedServer;
use mailer_tests::mails;

/// Long enough that writes of one flight stay together, and short enough for a test.
const ROUND_TRIP: Duration = Duration::from_millis(10);

/// A session to measure.
#[derive(Clone, Copy, Debug)]
struct Case {
    security: Security,
    /// None for a session without AUTH.
    mechanism: Option<Mechanism>,
    pipelining: Pipelining,
}

/// Counts the round trips until this many messages are accepted, and with `quits` until the reply to
/// QUIT.
fn round_trips(case: Case, mails: usize, quits: bool) -> u64 {
    let mut config = embedded::config(case.security).with_session_tickets(0);
    if case.mechanism.is_none() {
        config.accounts.clear();
        config.auth_required = Some(false);
    }
    let embedded = EmbeddedServer::start(config).expect("an embedded server");
    let link = Link::to([embedded.addr()]).round_trip(ROUND_TRIP).start().expect("a link");
    let mut server = embedded::reach(&embedded, case.security).expect("a server");
    server.connect_to = Some(link.addr());
    server.mechanisms.retain(|mechanism| case.mechanism.is_none_or(|only| only == *mechanism));
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
        mailer.close().expect("the reply to QUIT");
    }
    link.counts().round_trips
}

#[test]
fn the_first_message_needs_the_minimum_of_round_trips() {
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

/// AUTH PLAIN can share a flight (RFC 4954 §4). LOGIN cannot, and in lockstep no command can.
#[test]
fn pipelined_auth_saves_a_round_trip() {
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

/// QUIT may follow the last content in the same flight (RFC 2920 §3.1).
#[test]
fn pipelined_quit_costs_no_round_trip() {
    for &flow in Flow::ALL {
        let case = |pipeline_quit| {
            let pipelining = Pipelining { pipeline_quit, ..flow.into() };
            Case { security: Security::None, mechanism: None, pipelining }
        };
        let separate = u64::from(flow == Flow::Lockstep);
        let to_the_last_mail = round_trips(case(false), 3, false);
        assert_eq!(round_trips(case(false), 3, true), to_the_last_mail + 1, "{flow}");
        assert_eq!(round_trips(case(true), 3, true), to_the_last_mail + separate, "{flow}");
    }
}

#[test]
fn each_further_message_needs_the_minimum_of_round_trips() {
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
