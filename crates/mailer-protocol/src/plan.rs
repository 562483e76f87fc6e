//! What a session would say, flight by flight, to a server that announces everything and takes
//! everything: the plan, without a network.

use std::sync::Arc;

use mailer::{Server, Step};

use crate::{Block, Next, Note, Outgoing, Pipelining, Session};

/// The plan of a whole session: what is said for each flight, in order, secrets masked.
///
/// It is not a second description of the flows but the session itself, played against such a server
/// in memory. A flight costs one round trip; TCP and the greeting come before the first.
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
    let mut session = Session::new(Arc::new(server.clone()), pipelining);
    session.keep_journal(true);
    session.expect_mails();
    let mut left: Vec<u64> = mails.iter().map(|mail| mail.size).collect();
    let mut mails = (0..).zip(mails.iter().cloned()).peekable();
    let mut flights = Flights::default();
    loop {
        match session.what_next() {
            Next::Write { .. } => {
                flights.say(session.take_notes());
                session.wrote();
            }
            Next::Read { step, .. } => {
                flights.end();
                session.received(flights.reply(step).as_bytes());
            }
            Next::StartTls => {
                flights.end();
                flights.whole.push(vec!["(TLS handshake)".into()]);
                session.secured();
            }
            Next::Content { mail, max } => {
                let left = usize::try_from(mail).ok().and_then(|mail| left.get_mut(mail));
                if session.content(take_block(left, max)) == Block::WriteThrough {
                    flights.say(session.take_notes());
                    session.wrote();
                }
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

/// Any content will do: a block of it, as large as is wanted and left.
fn take_block(left: Option<&mut u64>, max: usize) -> &'static [u8] {
    static CONTENT: [u8; 64 * 1024] = [b'x'; 64 * 1024];
    let Some(left) = left else { return &[] };
    let count = usize::try_from(*left).unwrap_or(max).min(max).min(CONTENT.len());
    *left -= count as u64;
    CONTENT.get(..count).unwrap_or_default()
}

/// What was said, and what it is answered with.
#[derive(Default)]
struct Flights {
    whole: Vec<Vec<String>>,
    /// The flight that is being written.
    current: Vec<String>,
    /// The last line of AUTH that was said.
    auth: String,
    /// How many of its challenges are answered.
    responses: usize,
}

impl Flights {
    fn say(&mut self, notes: Vec<Note>) {
        for note in notes {
            match note {
                Note::Sent { step: Step::Auth, line, .. } => self.say_auth(line),
                // It goes without saying behind a content.
                Note::Sent { step: Step::EndOfData, .. } | Note::Received { .. } => {}
                Note::Sent { line, .. } => self.current.push(line),
                Note::Content { .. } => self.say_content(),
            }
        }
    }

    fn say_auth(&mut self, line: String) {
        if line.starts_with("AUTH ") {
            self.auth.clone_from(&line);
        } else {
            self.responses += 1;
        }
        self.current.push(line);
    }

    /// However many blocks it is made of.
    fn say_content(&mut self) {
        if self.current.last().is_none_or(|last| last != CONTENT_SHOWN) {
            self.current.push(CONTENT_SHOWN.into());
        }
    }

    /// Nothing more is said before an answer.
    fn end(&mut self) {
        if !self.current.is_empty() {
            self.whole.push(std::mem::take(&mut self.current));
        }
    }

    /// The answer of a server that announces everything and takes everything.
    fn reply(&self, step: Step) -> &'static str {
        match step {
            Step::Greeting | Step::StartTls => "220 ready\r\n",
            Step::Ehlo => BEFORE_TLS,
            Step::EhloAgain => INSIDE_TLS,
            Step::Auth if self.responses < self.challenges() => "334 \r\n",
            Step::Auth => "235 accepted\r\n",
            Step::Data => "354 go ahead\r\n",
            Step::Quit => "221 bye\r\n",
            _ => "250 ok\r\n",
        }
    }

    /// How often the mechanism is asked for something (RFC 4616, and LOGIN's user and password).
    fn challenges(&self) -> usize {
        match self.auth.as_str() {
            "AUTH LOGIN" => 2,
            "AUTH PLAIN" => 1,
            _ => 0,
        }
    }
}

const CONTENT_SHOWN: &str = "(content)";
/// AUTH too, for a server that takes it in the clear.
const BEFORE_TLS: &str = "250-mail.example.com\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n\
    250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
const INSIDE_TLS: &str = "250-mail.example.com\r\n250-AUTH PLAIN LOGIN\r\n\
    250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n250 CHUNKING\r\n";

#[cfg(test)]
mod tests {
    use mailer::{Credentials, Envelope, Mechanism};
    use proptest::prelude::*;

    use super::*;
    use crate::{Flow, Window};

    fn mail() -> Outgoing {
        let sender = "ann@example.com".parse().unwrap();
        let envelope = Envelope::new(Some(sender), vec!["bob@example.com".parse().unwrap()]);
        let envelope = Arc::new(envelope.unwrap());
        Outgoing {
            envelope,
            size: 100_000,
            is_8bit: false,
            has_utf8_header: false,
            offered_before: false,
        }
    }

    fn planned(
        pipelining: impl Into<Pipelining>,
        mechanism: Mechanism,
        mails: usize,
    ) -> Vec<String> {
        let mut server: Server = "smtp://mail.example.com".parse().unwrap();
        server.credentials = Some(Credentials::new("ann", "secret").unwrap());
        server.mechanism = Some(mechanism);
        let flights = plan(&server, pipelining, &vec![mail(); mails]);
        flights.iter().map(|flight| flight.join(" + ")).collect()
    }

    #[test]
    fn the_classroom_s_plan() {
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
    fn a_flight_holds_what_its_flow_says() {
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

    /// The fewest flights that RFC 2920 and RFC 4954 allow for a mail.
    #[test]
    fn auth_may_join_the_first_flight_and_quit_the_last() {
        let joined =
            Pipelining { pipeline_auth: true, pipeline_quit: true, ..Flow::Pipelined.into() };
        let mail = "MAIL FROM:<ann@example.com> SIZE=100000 + RCPT TO:<bob@example.com>";
        assert_eq!(
            planned(joined, Mechanism::Plain, 1).split_off(4),
            [format!("AUTH PLAIN **** + {mail} + DATA"), "(content) + QUIT".into()]
        );
        let flights = planned(joined, Mechanism::Login, 1);
        assert_eq!(flights[4..7], ["AUTH LOGIN", "****", "****"]);
        // In lockstep nothing stands behind anything.
        let lockstep = Pipelining { flow: Flow::Lockstep, ..joined };
        assert_eq!(planned(lockstep, Mechanism::Plain, 1).len(), 10);
    }

    /// The envelope of a mail to this many, of this size.
    fn mail_to(recipients: usize, size: u64) -> Outgoing {
        let recipients = (0..recipients).map(|n| format!("{n}@example.com").parse().unwrap());
        let envelope = Envelope::new(None, recipients.collect()).unwrap();
        Outgoing { envelope: Arc::new(envelope), size, ..mail() }
    }

    #[test]
    fn no_window_has_more_replies_under_way_than_can_be_kept() {
        let server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
        let window = Window { mails: usize::MAX, bytes: u64::MAX };
        let pipelining = Pipelining { window, ..Flow::Streamed.into() };
        let flights = plan(&server, pipelining, &vec![mail_to(100, 1); 200]);
        let longest = flights.iter().map(Vec::len).max().unwrap();
        assert!(longest > Window::MAX_REPLIES, "the window is used");
        // The last mail of a flight, and the contents, which have no reply of their own.
        assert!(longest < Window::MAX_REPLIES + 400, "{longest}");
    }

    proptest! {
        #[test]
        fn a_flow_changes_where_flights_end_and_nothing_that_is_said(
            mails in proptest::collection::vec((1_usize..5, 1_u64..200_000), 0..5),
            flow in proptest::sample::select(Flow::ALL.to_vec()),
            pipeline_auth: bool, pipeline_quit: bool, window in 1_usize..4,
        ) {
            let server: Server = "smtp://ann:sesame@mail.example.com?tls=none".parse().unwrap();
            let mails: Vec<Outgoing> =
                mails.into_iter().map(|(recipients, size)| mail_to(recipients, size)).collect();
            let window = Window { mails: window, bytes: 300_000 };
            let pipelining = Pipelining { flow, window, pipeline_auth, pipeline_quit, ..Pipelining::default() };
            let said = plan(&server, pipelining, &mails).concat();
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
            let said: Vec<String> = said.into_iter().filter(|line| line != "RSET").collect();
            prop_assert_eq!(said, wanted);
        }
    }
}
