//! Whole dialogues, written as in the RFCs: `C:` what the client writes, `S:` what the server sends.
//!
//! Consecutive `C:` lines are one flight: the session must write them, and nothing more, before it
//! wants to read. Each dialogue is played with the server's bytes whole, one by one, and cut at each
//! point; the outcome must not change. `==` is the TLS handshake.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::sync::Arc;

use mailer::{Credentials, Envelope, Kind, Mechanism, Outcome, Receipt, Server, Step};
use mailer_protocol::{Flow, Next, Outgoing, Session, Window};

const CONTENT: &[u8] = b"Subject: hello\r\n\r\n.A line.\r\n";

/// A dialogue in the making.
struct Play {
    server: Server,
    flow: Flow,
    window: Window,
    mails: Vec<Outgoing>,
    quits: bool,
}

/// How a dialogue ended.
#[derive(Debug)]
struct Result {
    receipts: Vec<(Receipt, bool)>,
    failure: Option<mailer::Error>,
}

impl Result {
    fn outcomes(&self) -> Vec<Outcome> {
        self.receipts.iter().map(|(receipt, _)| receipt.outcome).collect()
    }

    /// Kind and step of the error of the only mail.
    fn error(&self) -> (Kind, Option<Step>) {
        let error = self.receipts[0].0.error.as_ref().expect("an error");
        (error.kind(), error.step())
    }
}

fn plain(flow: Flow) -> Play {
    Play {
        server: "smtp://mail.example.com?tls=none".parse().unwrap(),
        flow,
        window: Window::default(),
        mails: Vec::new(),
        quits: false,
    }
}

impl Play {
    fn url(mut self, url: &str) -> Self {
        self.server = url.parse().unwrap();
        self
    }

    fn user(mut self, mechanism: Option<Mechanism>) -> Self {
        self.server.credentials = Some(Credentials::new("tim", "tanstaaftanstaaf").unwrap());
        self.server.mechanism = mechanism;
        self
    }

    fn mail(mut self, recipients: &[&str]) -> Self {
        let recipients = recipients.iter().map(|name| format!("{name}@example.com"));
        let recipients = recipients.map(|address| address.parse().unwrap()).collect();
        let sender = Some("ann@example.com".parse().unwrap());
        self.mails.push(Outgoing {
            envelope: Arc::new(Envelope::new(sender, recipients).unwrap()),
            size: CONTENT.len() as u64,
            is_8bit: false,
            offered_before: false,
        });
        self
    }

    fn change(mut self, change: impl Fn(&mut Outgoing)) -> Self {
        self.mails.iter_mut().for_each(change);
        self
    }

    fn window(mut self, mails: usize) -> Self {
        self.window.mails = mails;
        self
    }

    fn quit(mut self) -> Self {
        self.quits = true;
        self
    }

    /// Plays the script in every way of cutting the server's bytes.
    fn run(&self, script: &str) -> Result {
        let whole = self.run_in_pieces(script, usize::MAX, usize::MAX);
        self.run_in_pieces(script, 1, 1);
        for cut in 1..40 {
            let again = self.run_in_pieces(script, cut, usize::MAX);
            assert_eq!(again.outcomes(), whole.outcomes(), "cut at {cut}");
        }
        whole
    }

    /// Each of the server's turns arrives as a first piece of `first` octets, then pieces of `rest`.
    fn run_in_pieces(&self, script: &str, first: usize, rest: usize) -> Result {
        let mut session = Session::new(Arc::new(self.server.clone()), self.flow, self.window);
        let mut mails = self.mails.iter().cloned().enumerate();
        let mut receipts = Vec::new();
        let mut turns = turns(script).into_iter().peekable();
        let mut unread: Vec<Vec<u8>> = Vec::new();
        let mut written = Vec::new();
        let mut begun = false;
        loop {
            match session.what_next() {
                Next::Write { .. } => {
                    written.extend_from_slice(session.bytes());
                    session.wrote();
                }
                Next::Content { max, .. } => session.content(&CONTENT[..CONTENT.len().min(max)]),
                Next::Read { step, .. } => {
                    if let Some(Turn::Client(wanted)) = turns.peek().filter(|_| unread.is_empty()) {
                        assert_eq!(text(&written), text(wanted), "the flight at {step}");
                        written.clear();
                        turns.next();
                    }
                    assert!(written.is_empty(), "not in the script: {}", text(&written));
                    if unread.is_empty() {
                        let Some(Turn::Server(bytes)) = turns.next() else {
                            session.fail(mailer::Error::lost(step));
                            continue;
                        };
                        unread = pieces(&bytes, first, rest);
                    }
                    session.received(&unread.remove(0));
                }
                Next::StartTls => {
                    assert!(matches!(turns.next(), Some(Turn::Tls)), "TLS is not due");
                    session.secured();
                }
                Next::Mail => match mails.next() {
                    Some((number, mail)) => session.offer(number as u64, mail),
                    None => session.no_more_mails(),
                },
                Next::Settled(settled) => {
                    assert_eq!(settled.mail as usize, receipts.len(), "settled in order");
                    receipts.push((settled.receipt, settled.offer_again));
                }
                Next::Idle if !begun => {
                    begun = true;
                    session.expect_mails();
                }
                Next::Idle if self.quits => session.quit(),
                Next::Idle | Next::Close => break,
            }
        }
        assert!(turns.next().is_none(), "the script is not played to its end");
        Result { receipts, failure: session.failure().cloned() }
    }
}

#[derive(Debug, PartialEq)]
enum Turn {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Tls,
}

fn turns(script: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let (who, text) = line.split_at(2);
        let bytes = format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).into_bytes();
        match (who, turns.last_mut()) {
            ("C:", Some(Turn::Client(turn))) | ("S:", Some(Turn::Server(turn))) => {
                turn.extend(bytes);
            }
            ("C:", _) => turns.push(Turn::Client(bytes)),
            ("S:", _) => turns.push(Turn::Server(bytes)),
            ("==", _) => turns.push(Turn::Tls),
            _ => panic!("not a line of a script: {line}"),
        }
    }
    turns
}

fn pieces(bytes: &[u8], first: usize, rest: usize) -> Vec<Vec<u8>> {
    let (head, tail) = bytes.split_at(first.min(bytes.len()));
    let rest = rest.min(bytes.len().max(1));
    std::iter::once(head).chain(tail.chunks(rest)).map(Vec::from).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn one_mail_in_lockstep() {
    let result = plain(Flow::Lockstep).mail(&["bob", "cid"]).quit().run(
        "S: 220 mail.example.com ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250-PIPELINING
         S: 250 SIZE 1000
         C: MAIL FROM:<ann@example.com> SIZE=28
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 250 ok
         C: RCPT TO:<cid@example.com>
         S: 250 ok
         C: DATA
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 2.0.0 taken as 42
         C: QUIT
         S: 221 bye",
    );
    let receipt = &result.receipts[0].0;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(receipt.reply.as_ref().unwrap().text, "2.0.0 taken as 42");
    assert_eq!(receipt.recipients.len(), 2);
    assert!(result.failure.is_none());
}

/// RFC 2920 §4, second example, with a second mail behind it.
#[test]
fn pipelined_mails_take_two_flights_each() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).mail(&["bob"]).quit().run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 PIPELINING
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: RCPT TO:<cid@example.com>
         C: DATA
         S: 250 sender ok
         S: 250 recipient ok
         S: 250 recipient ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken
         C: QUIT
         S: 221 bye",
    );
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Accepted]);
}

#[test]
fn a_server_without_pipelining_gets_one_command_at_a_time() {
    let result = plain(Flow::Pipelined).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 250 ok
         C: DATA
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken",
    );
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
}

#[test]
fn starttls_forgets_what_was_announced_before() {
    let result = plain(Flow::Auto).url("smtp://mail.example.com").user(None).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250-PIPELINING
         S: 250-AUTH LOGIN
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 go
         ==
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN LOGIN
         C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
         S: 235 accepted
         C: MAIL FROM:<ann@example.com>
         S: 550 no
         ",
    );
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Mail)));
}

#[test]
fn implicit_tls_comes_first_and_login_in_three_turns() {
    let play = plain(Flow::Auto).url("smtps://mail.example.com").user(Some(Mechanism::Login));
    let result = play.quit().run(
        "==
         S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH=LOGIN
         C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: dGlt
         S: 334 UGFzc3dvcmQ6
         C: dGFuc3RhYWZ0YW5zdGFhZg==
         S: 235 accepted
         C: QUIT
         S: 221 bye",
    );
    assert!(result.failure.is_none());
}

#[test]
fn plaintext_behind_the_220_to_starttls_is_an_error() {
    let result = plain(Flow::Auto).url("smtp://mail.example.com").mail(&["bob"]).run_in_pieces(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 go
         S: 250 PIPELINING",
        usize::MAX,
        usize::MAX,
    );
    let failure = result.failure.expect("a failure");
    assert_eq!((failure.kind(), failure.step()), (Kind::Protocol, Some(Step::StartTls)));
}

#[test]
fn starttls_that_is_missing_or_refused_ends_in_quit_and_sends_nothing() {
    let play = plain(Flow::Auto).url("smtp://mail.example.com").user(None);
    let missing = play.run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN
         C: QUIT
         S: 221 bye",
    );
    assert_eq!(missing.failure.expect("a failure").kind(), Kind::Tls);
    let refused = play.run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 502 not here
         C: QUIT
         S: 221 bye",
    );
    let failure = refused.failure.expect("a failure");
    assert_eq!((failure.kind(), failure.server_reply().map(|r| r.code)), (Kind::Tls, Some(502)));
}

#[test]
fn opportunistic_goes_on_in_the_clear_only_without_a_password() {
    let url = "smtp://mail.example.com?tls=opportunistic";
    let script = "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 AUTH PLAIN";
    let without = plain(Flow::Auto).url(url).quit();
    assert!(without.run(&format!("{script}\nC: QUIT\nS: 221 bye")).failure.is_none());
    let with = plain(Flow::Auto).url(url).user(None);
    let failure = with.run(&format!("{script}\nC: QUIT\nS: 221 bye")).failure;
    assert_eq!(failure.expect("a failure").kind(), Kind::Tls);
}

#[test]
fn a_server_that_knows_no_ehlo_is_greeted_with_helo() {
    let result = plain(Flow::Auto).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 500 what?
         C: HELO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 450 later",
    );
    assert_eq!(result.error(), (Kind::Temporary, Some(Step::Recipient)));
}

const CHUNKING: &str = "S: 220 ready
     C: EHLO [127.0.0.1]
     S: 250-mail.example.com
     S: 250-PIPELINING
     S: 250 CHUNKING
";

/// RFC 2920 §3.1: the content may begin a group.
#[test]
fn overlapped_puts_the_next_envelope_behind_the_content() {
    let result =
        plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 taken
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 552 too large after all
         S: 250 ok
         S: 550 no bob
         S: 503 no recipients"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Rejected]);
}

/// Haraka answers each command that came before its reply to the dot with 503.
#[test]
fn overlapped_and_refused_is_offered_again_in_a_flight_of_its_own() {
    let result =
        plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 taken
         S: 503 pipelined after end of DATA
         S: 503 pipelined after end of DATA
         S: 503 pipelined after end of DATA
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted; 3]);
    let again: Vec<bool> =
        result.receipts.iter().map(|(receipt, _)| receipt.offered_again).collect();
    assert_eq!(again, [false, true, false]);
}

#[test]
fn chunked_takes_one_flight_a_mail_and_stuffs_no_dots() {
    let result =
        plain(Flow::Chunked).mail(&["bob"]).mail(&["bob", "cid"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: RCPT TO:<cid@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 550 no bob
         S: 550 no cid
         S: 503 no recipients
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn streamed_fills_its_window_and_resets_before_each_mail() {
    let play = plain(Flow::Streamed).window(2);
    let play = play.mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    // Where the replies are cut decides when the window opens, so they come whole here.
    let script = format!(
        "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         S: 250 forgotten
         S: 250 ok
         S: 550 no bob
         S: 503 no recipients
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 forgotten
         S: 250 ok
         S: 250 ok
         S: 250 taken"
    );
    let result = play.run_in_pieces(&script, usize::MAX, usize::MAX);
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn a_cut_stream_leaves_every_unanswered_mail_unknown() {
    let play = plain(Flow::Streamed);
    let result = play.mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
        "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         S: 250 forgotten
         S: 550 no"
    ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Unknown]);
}

const PIPELINING: &str = "S: 220 ready
     C: EHLO [127.0.0.1]
     S: 250-mail.example.com
     S: 250 PIPELINING
     C: MAIL FROM:<ann@example.com>
     C: RCPT TO:<bob@example.com>
     C: RCPT TO:<cid@example.com>
     C: DATA
";

#[test]
fn some_recipients_refused_in_the_middle_of_a_flight() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 5.1.1 no bob
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken"
    ));
    let receipt = &result.receipts[0].0;
    assert_eq!(receipt.outcome, Outcome::Partial);
    let codes: Vec<_> = receipt.recipients.iter().flatten().map(|reply| reply.code).collect();
    assert_eq!(codes, [550, 250]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Recipient)));
}

/// RFC 2920 §4, third example.
#[test]
fn no_recipient_and_yet_354_gets_a_lone_dot() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).quit().run(&format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 no bob
         S: 450 no cid now
         S: 354 go ahead
         C: .
         S: 554 no valid recipients
         C: QUIT
         S: 221 bye"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Recipient)));
    assert!(result.receipts[0].0.reply.is_none());
}

#[test]
fn a_refused_data_is_followed_by_rset_before_the_next_mail() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).mail(&["bob"]).run(&format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 no bob
         S: 550 no cid
         S: 503 no recipients
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 forgotten
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 452 no room"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected, Outcome::Rejected]);
    let error = result.receipts[1].0.error.as_ref().unwrap();
    assert_eq!((error.kind(), error.step()), (Kind::Temporary, Some(Step::EndOfData)));
}

#[test]
fn a_refused_mail_in_lockstep_costs_nothing_more_and_needs_no_rset() {
    let result = plain(Flow::Lockstep).mail(&["bob"]).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 550 no
         C: MAIL FROM:<ann@example.com>
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 550 no
         ",
    );
    assert_eq!(result.outcomes(), [Outcome::Rejected, Outcome::Rejected]);
}

#[test]
fn mail_refused_and_yet_354_drops_the_connection() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&format!(
        "{PIPELINING}
         S: 503 nested MAIL
         S: 250 ok
         S: 250 ok
         S: 354 go ahead"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Mail)));
    assert_eq!(result.failure.expect("a failure").kind(), Kind::Protocol);
}

#[test]
fn a_lost_connection_is_unknown_only_behind_the_dot() {
    let envelope = format!(
        "{PIPELINING}
         S: 250 ok
         S: 250 ok
         S: 250 ok"
    );
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&envelope);
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Lost, Some(Step::Data)));
    let content = format!(
        "{envelope}
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: ."
    );
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&content);
    assert_eq!(result.outcomes(), [Outcome::Unknown]);
    assert_eq!(result.error(), (Kind::Lost, Some(Step::EndOfData)));
}

#[test]
fn a_421_ends_the_session_and_what_it_answers() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&format!(
        "{PIPELINING}
         S: 250 ok
         S: 421 4.3.2 going down"
    ));
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Temporary, Some(Step::Recipient)));
}

#[test]
fn enough_at_the_second_mail_is_offered_again_elsewhere() {
    for reply in ["452 4.3.1 too many mails", "421 4.7.0 too many mails"] {
        let result = plain(Flow::Lockstep).mail(&["bob"]).mail(&["bob"]).run(&format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250 mail.example.com
             C: MAIL FROM:<ann@example.com>
             S: 250 ok
             C: RCPT TO:<bob@example.com>
             S: 250 ok
             C: DATA
             S: 354 go ahead
             C: Subject: hello
             C:
             C: ..A line.
             C: .
             S: 250 taken
             C: MAIL FROM:<ann@example.com>
             S: {reply}"
        ));
        assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected]);
        let again: Vec<bool> = result.receipts.iter().map(|(_, again)| *again).collect();
        assert_eq!(again, [false, true], "{reply}");
    }
    let first = plain(Flow::Lockstep).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 452 no room",
    );
    assert!(!first.receipts[0].1, "a connection that has taken nothing will not take it next time");
}

#[test]
fn replies_out_of_step_end_the_session() {
    for (last, kind) in [
        ("S: 250 a 2yz to DATA is no go-ahead", Kind::Protocol),
        ("S: 354 too early", Kind::Protocol),
        ("S: garbage", Kind::Protocol),
    ] {
        let result = plain(Flow::Lockstep).mail(&["bob"]).run(&format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250 mail.example.com
             C: MAIL FROM:<ann@example.com>
             S: 250 ok
             C: RCPT TO:<bob@example.com>
             {}
             {last}",
            if last.contains("early") { "" } else { "S: 250 ok\nC: DATA" }
        ));
        assert_eq!(result.outcomes(), [Outcome::NotSent], "{last}");
        assert_eq!(result.error().0, kind, "{last}");
    }
}

#[test]
fn what_the_server_cannot_take_is_not_offered_to_it() {
    const SCRIPT: &str = "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 SIZE 20";
    let too_large = plain(Flow::Auto).mail(&["bob"]);
    let eight_bit =
        plain(Flow::Auto).mail(&["bob"]).change(|mail| (mail.size, mail.is_8bit) = (9, true));
    let utf8 = plain(Flow::Auto).mail(&["jörg"]).change(|mail| mail.size = 9);
    for play in [too_large, eight_bit, utf8] {
        let result = play.run(SCRIPT);
        assert_eq!(result.outcomes(), [Outcome::NotSent]);
        assert_eq!(result.error().0, Kind::Message);
    }
}

#[test]
fn wrong_passwords_and_missing_mechanisms() {
    let script = |auth: &str, rest: &str| {
        format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250-mail.example.com
             S: 250 {auth}
             {rest}
             C: QUIT
             S: 221 bye"
        )
    };
    let plain_line = "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm";
    for (auth, rest, kind) in [
        ("AUTH PLAIN", format!("{plain_line}\nS: 535 5.7.8 no"), Kind::Authentication),
        ("AUTH PLAIN", format!("{plain_line}\nS: 454 4.7.0 later"), Kind::Temporary),
        ("AUTH XOAUTH2", String::new(), Kind::Authentication),
        ("PIPELINING", String::new(), Kind::Authentication),
    ] {
        let result = plain(Flow::Auto).user(None).run(&script(auth, &rest));
        let failure = result.failure.expect("a failure");
        assert_eq!((failure.kind(), failure.step()), (kind, Some(Step::Auth)), "{auth}");
    }
}
