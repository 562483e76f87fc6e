//! The plan of a session, without a network: the commands, flight by flight, for a server that announces
//! every extension and accepts everything.

use std::sync::Arc;

use mailer::{Mechanism, Reply, Server, Step};

use crate::{Next, Note, Outgoing, Pipelining, Session};

/// Returns the plan of a whole session: the commands of each flight in order, with secrets masked.
///
/// The plan comes from a real session with a server in memory that announces every extension and accepts
/// everything. Each flight costs one round trip; TCP and the greeting come before the first.
///
/// ```
/// use mailer_protocol::{Flow, plan};
/// let server = "smtp://mail.example.com?tls=none".parse()?;
/// assert_eq!(plan(&server, Flow::Auto, &[]), [["EHLO [127.0.0.1]"], ["QUIT"]]);
/// # Ok::<(), mailer::Error>(())
/// ```
#[must_use]
pub fn plan(
    server: &Server,
    pipelining: impl Into<Pipelining>,
    mails: &[Outgoing],
) -> Vec<Vec<String>> {
    plan_with(server, pipelining, mails, &Announcement::everything(server))
}

/// What a server announces in its replies to EHLO.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The first reply, as it is on the wire.
    first: String,
    /// The reply inside TLS after STARTTLS.
    again: String,
}

impl Announcement {
    /// Returns the announcement in the first reply to EHLO, and in the reply to the EHLO that follows STARTTLS.
    #[must_use]
    pub fn new(first: &Reply, again: &Reply) -> Self {
        let wire = |reply: &Reply| {
            let count = reply.lines().count();
            let separator = |at: usize| if at == count { ' ' } else { '-' };
            let lines = (1..).zip(reply.lines());
            lines.map(|(at, line)| format!("250{}{line}\r\n", separator(at))).collect()
        };
        Self { first: wire(first), again: wire(again) }
    }

    /// Returns the announcement of a server that has every extension. AUTH is announced before TLS as well,
    /// for sessions without TLS.
    fn everything(server: &Server) -> Self {
        let mechanisms = mechanisms(server);
        let announced = |starttls: &str| {
            format!("250-mail.example.com\r\n{starttls}250-AUTH {mechanisms}\r\n{OTHERS}")
        };
        Self { first: announced("250-STARTTLS\r\n"), again: announced("") }
    }
}

/// Returns the [`plan()`] for a server that announces only these extensions.
#[must_use]
pub fn plan_with(
    server: &Server,
    pipelining: impl Into<Pipelining>,
    mails: &[Outgoing],
    announcement: &Announcement,
) -> Vec<Vec<String>> {
    let mut session = Session::for_plan(Arc::new(server.clone()), pipelining);
    session.keep_journal(true);
    session.expect_mails();
    let mut left: Vec<u64> = mails.iter().map(|mail| mail.size).collect();
    let mut mails = (0..).zip(mails.iter().cloned()).peekable();
    let mut flights = Flights::default();
    loop {
        match session.what_next() {
            Next::Write { .. } => {
                flights.add(session.take_notes());
                session.wrote();
            }
            Next::Read { step, .. } => {
                flights.end();
                let reply = match step {
                    Step::Ehlo => &announcement.first,
                    Step::EhloAgain => &announcement.again,
                    step => flights.reply(step),
                };
                session.received(reply.as_bytes());
            }
            Next::StartTls { .. } => {
                flights.end();
                flights.whole.push(vec!["(TLS handshake)".into()]);
                session.secured();
            }
            Next::Content { mail, max } => {
                let left = usize::try_from(mail).ok().and_then(|mail| left.get_mut(mail));
                session.content(take_block(left, max));
            }
            Next::Mail => {
                if let Some((number, mail)) = mails.next() {
                    session.offer(number, mail);
                }
                if mails.peek().is_none() {
                    session.no_more_mails();
                }
            }
            Next::Settled(_) => {}
            Next::Idle => session.quit(),
            Next::Close => return flights.whole,
        }
    }
}

/// Returns a block of some content: as long as the session wants, or what is left.
fn take_block(left: Option<&mut u64>, max: usize) -> &'static [u8] {
    static CONTENT: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    let Some(left) = left else { return &[] };
    let count = usize::try_from(*left).unwrap_or(max).min(max).min(CONTENT.len());
    *left -= count as u64;
    CONTENT.get(..count).unwrap_or_default()
}

/// The flights so far, and the server's replies to them.
#[derive(Default)]
struct Flights {
    /// The flights that have ended.
    whole: Vec<Vec<String>>,
    /// The flight that is being written.
    current: Vec<String>,
    /// The last AUTH command.
    auth: String,
    /// The number of its challenges that are answered.
    responses: usize,
}

impl Flights {
    fn add(&mut self, notes: Vec<Note>) {
        for note in notes {
            match note {
                Note::Sent { step: Step::Auth, line, .. } => self.add_auth(line),
                // The dot belongs to the content.
                Note::Sent { step: Step::EndOfData, .. } | Note::Received { .. } => {}
                Note::Sent { line, .. } => self.current.push(line),
                Note::Content { .. } => self.add_content(),
            }
        }
    }

    fn add_auth(&mut self, line: String) {
        if line.starts_with("AUTH ") {
            self.auth.clone_from(&line);
        } else {
            self.responses += 1;
        }
        self.current.push(line);
    }

    /// Adds the content once, whatever the number of its blocks.
    fn add_content(&mut self) {
        if self.current.last().is_none_or(|last| last != CONTENT_SHOWN) {
            self.current.push(CONTENT_SHOWN.into());
        }
    }

    /// Ends the flight: the session waits for a reply.
    fn end(&mut self) {
        if !self.current.is_empty() {
            self.whole.push(std::mem::take(&mut self.current));
        }
    }

    /// Returns the reply of a server that accepts everything.
    fn reply(&self, step: Step) -> &'static str {
        match step {
            Step::Greeting | Step::StartTls => "220 ready\r\n",
            Step::Auth if self.responses < self.challenges() => "334 \r\n",
            Step::Auth => "235 accepted\r\n",
            Step::Data => "354 go ahead\r\n",
            Step::Quit => "221 bye\r\n",
            _ => "250 ok\r\n",
        }
    }

    /// Returns the number of challenges of the mechanism: LOGIN asks for user and password, SCRAM has two messages of
    /// the server, and an initial response that did not fit waits for a challenge (RFC 4954 §4).
    fn challenges(&self) -> usize {
        let own = if self.auth.starts_with("AUTH SCRAM") { 2 } else { 0 };
        match self.auth.as_str() {
            "AUTH LOGIN" => 2,
            auth => own + usize::from(!auth.contains("****")),
        }
    }
}

const CONTENT_SHOWN: &str = "(content)";
/// The extensions besides STARTTLS and AUTH.
const OTHERS: &str =
    "250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-PIPELINING\r\n250 CHUNKING\r\n";

/// Returns the mechanisms that the server announces: all, but SCRAM only to a client that asks for it. Few
/// servers offer it, and it costs two round trips.
fn mechanisms(server: &Server) -> String {
    let is_only = server.mechanisms.iter().all(|mechanism| *mechanism == Mechanism::ScramSha256);
    let is_announced = |mechanism: &&Mechanism| is_only || **mechanism != Mechanism::ScramSha256;
    let names = Mechanism::ALL.iter().filter(is_announced).map(|mechanism| mechanism.name());
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use mailer::{Credentials, Envelope};
    use proptest::prelude::*;

    use super::*;
    use crate::{Flow, Window};

    /// A mail of this size to this many recipients.
    fn mail_to(recipients: usize, size: u64) -> Outgoing {
        let recipients = (0..recipients).map(|n| format!("{n}@example.com").parse().unwrap());
        let envelope = Envelope::new(None, recipients.collect()).unwrap();
        Outgoing { size, ..Outgoing::empty(Arc::new(envelope)) }
    }

    fn mail() -> Outgoing {
        let sender = "ann@example.com".parse().unwrap();
        let envelope = Envelope::new(Some(sender), vec!["bob@example.com".parse().unwrap()]);
        Outgoing { size: 100_000, ..Outgoing::empty(Arc::new(envelope.unwrap())) }
    }

    fn planned(
        pipelining: impl Into<Pipelining>,
        mechanism: Mechanism,
        mails: usize,
    ) -> Vec<String> {
        let mut server: Server = "smtp://mail.example.com".parse().unwrap();
        server.credentials = Some(match mechanism.takes_token() {
            true => Credentials::with_token("ann", "secret").unwrap(),
            false => Credentials::new("ann", "secret").unwrap(),
        });
        server.mechanisms = vec![mechanism];
        let flights = plan(&server, pipelining, &vec![mail(); mails]);
        flights.iter().map(|flight| flight.join(" + ")).collect()
    }

    #[test]
    fn lockstep_waits_after_every_command() {
        assert_eq!(
            planned(Flow::Lockstep, Mechanism::Login, 1),
            [
                "EHLO [127.0.0.1]",
                "STARTTLS",
                "(TLS handshake)",
                "EHLO [127.0.0.1]",
                "AUTH LOGIN",
                "****",
                "****",
                "MAIL FROM:<ann@example.com> SIZE=100000",
                "RCPT TO:<bob@example.com>",
                "DATA",
                "(content)",
                "QUIT",
            ]
        );
    }

    #[test]
    fn a_plan_shows_the_flights_of_each_mechanism() {
        for (mechanism, flights) in [
            (Mechanism::ScramSha256, &["AUTH SCRAM-SHA-256 ****", "****", "****"][..]),
            (Mechanism::OAuthBearer, &["AUTH OAUTHBEARER ****"]),
            (Mechanism::XOAuth2, &["AUTH XOAUTH2 ****"]),
        ] {
            let planned = planned(Flow::Auto, mechanism, 0);
            assert_eq!(planned[4..planned.len() - 1], *flights);
        }
        // An initial response that does not fit its line costs a round trip (RFC 4954 §4).
        for (mechanism, responses) in
            [(Mechanism::ScramSha256, 3), (Mechanism::Plain, 1), (Mechanism::OAuthBearer, 1)]
        {
            let mut server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
            let (user, secret) = ("u".repeat(200), "x".repeat(200));
            server.mechanisms = vec![mechanism];
            server.credentials = Some(match mechanism.takes_token() {
                true => Credentials::with_token(user + &secret, secret).unwrap(),
                false => Credentials::new(user + &secret, secret).unwrap(),
            });
            let flights = plan(&server, Flow::Auto, &[]);
            let login: Vec<&str> =
                flights[1..flights.len() - 1].iter().map(|it| it[0].as_str()).collect();
            let command = format!("AUTH {}", mechanism.name());
            let wanted = std::iter::once(command.as_str()).chain(vec!["****"; responses]);
            assert_eq!(login, wanted.collect::<Vec<_>>());
        }
        let server: Server = "smtp://ann:x@mail.example.com?tls=none".parse().unwrap();
        assert_eq!(
            plan(&server, Flow::Auto, &[])[1],
            ["AUTH PLAIN ****"],
            "unless it is asked for"
        );
    }

    #[test]
    fn a_flow_decides_where_a_flight_ends() {
        let last = |flow: Flow| planned(flow, Mechanism::Plain, 2).split_off(5);
        let mail = "MAIL FROM:<ann@example.com> SIZE=100000 + RCPT TO:<bob@example.com>";
        assert_eq!(
            last(Flow::Pipelined),
            [
                format!("{mail} + DATA"),
                "(content)".into(),
                format!("{mail} + DATA"),
                "(content)".into(),
                "QUIT".into(),
            ]
        );
        assert_eq!(
            last(Flow::Overlapped),
            [
                format!("{mail} + DATA"),
                format!("(content) + {mail} + DATA"),
                "(content)".into(),
                "QUIT".into(),
            ]
        );
    }

    /// This plan has the fewest flights that RFC 2920 and RFC 4954 allow for a mail.
    #[test]
    fn auth_is_pipelined_with_the_first_mail_and_quit_with_the_last() {
        let pipelined =
            Pipelining { pipeline_auth: true, pipeline_quit: true, ..Flow::Pipelined.into() };
        let mail = "MAIL FROM:<ann@example.com> SIZE=100000 + RCPT TO:<bob@example.com>";
        assert_eq!(
            planned(pipelined, Mechanism::Plain, 1).split_off(4),
            [format!("AUTH PLAIN **** + {mail} + DATA"), "(content) + QUIT".into()]
        );
        let flights = planned(pipelined, Mechanism::Login, 1);
        assert_eq!(flights[4..7], ["AUTH LOGIN", "****", "****"]);
        // In lockstep each command has its own flight.
        let lockstep = Pipelining { flow: Flow::Lockstep, ..pipelined };
        assert_eq!(planned(lockstep, Mechanism::Plain, 1).len(), 10);
    }

    #[test]
    fn no_window_exceeds_the_limit_of_outstanding_replies() {
        let server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
        let window = Window { mails: usize::MAX, bytes: u64::MAX };
        let pipelining = Pipelining { window, ..Flow::Streamed.into() };
        let flights = plan(&server, pipelining, &vec![mail_to(100, 1); 200]);
        let longest = flights.iter().map(Vec::len).max().unwrap();
        assert!(longest > Window::MAX_REPLIES, "the window is used");
        // The last mail of the flight exceeds the limit, and contents have no reply of their own.
        assert!(longest < Window::MAX_REPLIES + 400, "{longest}");
    }

    #[test]
    fn a_plan_for_a_server_uses_what_it_announces() {
        let server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
        let flights = |text: &str| {
            let reply = Reply::new(250, format!("mail.example.com\n{text}"));
            let announcement = Announcement::new(&reply, &reply);
            plan_with(&server, Flow::Auto, &[mail()], &announcement).len()
        };
        // EHLO, MAIL, RCPT, DATA, the content and QUIT, or EHLO, the envelope, and the content with QUIT.
        assert_eq!((flights("SIZE 0"), flights("PIPELINING")), (6, 4));
    }

    proptest! {
        #[test]
        fn a_flow_changes_where_flights_end_but_no_command(
            mails in proptest::collection::vec((1_usize..5, 1_u64..200_000), 0..5),
            flow in proptest::sample::select(Flow::ALL.to_vec()),
            pipeline_auth: bool, pipeline_quit: bool, window in 1_usize..4,
        ) {
            let server: Server = "smtp://ann:sesame@mail.example.com?tls=none".parse().unwrap();
            let mails: Vec<Outgoing> =
                mails.into_iter().map(|(recipients, size)| mail_to(recipients, size)).collect();
            let window = Window { mails: window, bytes: 300_000 };
            let pipelining = Pipelining { flow, window, pipeline_auth, pipeline_quit, ..Pipelining::default() };
            let sent = plan(&server, pipelining, &mails).concat();
            let mut wanted = vec!["EHLO [127.0.0.1]".to_owned(), "AUTH PLAIN ****".to_owned()];
            for mail in &mails {
                wanted.push(format!("MAIL FROM:<> SIZE={}", mail.size));
                let recipients = mail.envelope.recipients().iter();
                wanted.extend(recipients.map(|recipient| format!("RCPT TO:<{recipient}>")));
                wanted.push(match flow.chunks() {
                    true => format!("BDAT {} LAST", mail.size),
                    false => "DATA".into(),
                });
                wanted.push(CONTENT_SHOWN.into());
            }
            wanted.push("QUIT".into());
            let sent: Vec<String> = sent.into_iter().filter(|line| line != "RSET").collect();
            prop_assert_eq!(sent, wanted);
        }
    }
}
