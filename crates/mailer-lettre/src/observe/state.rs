//! The state of a dialogue, and how lettre's events change it. No lock, no sink.

use std::{ops::Range, sync::Arc, time::Instant};

use mailer::{Mask, Reply, Step};

use super::{mask::auth_line, replies, report::Happening};
use crate::content::pieces;

/// What was heard in one call of lettre.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Of what was written last, QUIT excepted; [`Step::Connect`] before anything was heard.
    pub(crate) step: Step,
    /// Whether that step is over: its reply came, or it needs none.
    pub(crate) answered: bool,
    /// Its reply.
    pub(crate) reply: Option<Reply>,
    /// What came instead of a whole reply.
    pub(crate) garbled: Option<String>,
    /// The replies to the recipients, in their order.
    recipients: Vec<Reply>,
    /// All of the content was written.
    pub(crate) content_sent: bool,
    /// The end of data was written.
    pub(crate) end_sent: bool,
    /// QUIT was written, and this is its reply, if one came.
    pub(crate) quit: Option<Option<Reply>>,
    /// When something was last written.
    pub(crate) written_at: Instant,
}

impl Heard {
    /// The reply to each of so many recipients, `None` where none came.
    pub(crate) fn recipients(&self, count: usize) -> Vec<Option<Reply>> {
        let mut recipients: Vec<_> = self.recipients.iter().cloned().map(Some).collect();
        recipients.resize(count, None);
        recipients
    }

    fn nothing(on_open_connection: bool) -> Self {
        Self {
            step: if on_open_connection { Step::Noop } else { Step::Connect },
            answered: on_open_connection,
            reply: None,
            garbled: None,
            recipients: Vec::new(),
            content_sent: false,
            end_sent: false,
            quit: None,
            written_at: Instant::now(),
        }
    }
}

/// What is known of the connection, and of the call that is going on.
pub(super) struct State {
    pub(super) heard: Heard,
    /// A connection is open, as far as lettre has told.
    pub(super) connected: bool,
    /// TLS was started on it by STARTTLS.
    upgraded: bool,
    /// How often it was written to.
    writes: u64,
    /// The pieces that lettre will write of the content, the next one last.
    pieces: Vec<Range<usize>>,
    /// DATA was accepted: what is written next is the content.
    in_data: bool,
    /// 334 came: what is written next answers it.
    challenged: bool,
    mask: Arc<Mask>,
}

impl State {
    pub(super) fn new(mask: Arc<Mask>) -> Self {
        Self {
            heard: Heard::nothing(false),
            connected: false,
            upgraded: false,
            writes: 0,
            pieces: Vec::new(),
            in_data: false,
            challenged: false,
            mask,
        }
    }

    /// A call begins.
    pub(super) fn begin(&mut self) {
        self.heard = Heard::nothing(self.connected);
        self.pieces.clear();
        self.in_data = false;
        self.challenged = false;
    }

    /// A call begins in which lettre is handed content.
    pub(super) fn begin_message(&mut self, length: usize, piece: usize) {
        self.begin();
        self.pieces.extend(pieces(length, piece).rev());
    }

    /// Whether what lettre writes next is content.
    pub(super) fn expects_content(&self) -> bool {
        self.in_data && !self.pieces.is_empty()
    }

    /// A new connection is about to be made.
    pub(super) fn connecting(&mut self) -> Option<Happening> {
        self.heard = Heard::nothing(false);
        self.end_connection()
    }

    /// A line was written; `show` asks for it in a form to be shown.
    pub(super) fn line_written(&mut self, line: &str, show: bool) -> Option<Happening> {
        let challenged = std::mem::take(&mut self.challenged);
        self.writes += 1;
        self.heard.written_at = Instant::now();
        let step = self.step_of(line, challenged);
        if step == Step::Quit {
            self.heard.quit = Some(None);
        } else {
            self.heard.step = step;
            self.heard.answered = false;
            self.heard.reply = None;
            self.heard.garbled = None;
            self.heard.end_sent |= step == Step::EndOfData;
        }
        show.then(|| Happening::Sent(step, shown(step, line, challenged)))
    }

    fn step_of(&self, line: &str, challenged: bool) -> Step {
        match line.split(' ').next() {
            _ if challenged => Step::Auth,
            Some("EHLO") if self.upgraded => Step::EhloAgain,
            Some("EHLO") => Step::Ehlo,
            Some("STARTTLS") => Step::StartTls,
            Some("AUTH") => Step::Auth,
            Some("MAIL") => Step::Mail,
            Some("RCPT") => Step::Recipient,
            Some("DATA") => Step::Data,
            Some("NOOP") => Step::Noop,
            Some("QUIT") => Step::Quit,
            Some(END_OF_DATA) => Step::EndOfData,
            _ => self.heard.step,
        }
    }

    /// The next piece of the content was written.
    pub(super) fn content_written(&mut self) -> Option<Happening> {
        let piece = self.pieces.pop()?;
        self.writes += 1;
        self.heard.step = Step::Content;
        self.heard.answered = true;
        self.heard.content_sent = self.pieces.is_empty();
        self.heard.written_at = Instant::now();
        Some(Happening::Content(piece))
    }

    /// The lines of a reply so far were read.
    pub(super) fn lines_read(&mut self, lines: &str, show: bool) -> Option<Happening> {
        let Some(reply) = replies::parse(lines) else {
            self.heard.garbled = Some(self.mask.apply(lines.to_owned()));
            return None;
        };
        if let Some(answer) = &mut self.heard.quit {
            *answer = Some(reply.clone());
            return show.then_some(Happening::Received(Step::Quit, reply));
        }
        self.reply_read(reply);
        let reply = self.heard.reply.as_ref().filter(|_| show)?;
        Some(Happening::Received(self.heard.step, reply.clone()))
    }

    /// A whole reply to anything but QUIT.
    fn reply_read(&mut self, mut reply: Reply) {
        self.connected = true;
        let heard = &mut self.heard;
        heard.answered = true;
        heard.garbled = None;
        match heard.step {
            Step::Connect => heard.step = Step::Greeting,
            Step::Auth => {
                self.challenged = reply.code == 334;
                reply.text = self.mask.apply(reply.text);
            }
            Step::Recipient => heard.recipients.push(reply.clone()),
            // lettre goes on at any of these.
            Step::Data => self.in_data = matches!(reply.code / 100, 2 | 3),
            _ => {}
        }
        heard.reply = Some(reply);
    }

    /// STARTTLS succeeded.
    pub(super) fn tls_started(&mut self) -> Option<Happening> {
        self.upgraded = true;
        self.heard.step = Step::Tls;
        self.heard.answered = true;
        Some(Happening::TlsStarted)
    }

    /// The connection is closed, if one was open.
    pub(super) fn end_connection(&mut self) -> Option<Happening> {
        let writes = std::mem::take(&mut self.writes);
        self.upgraded = false;
        std::mem::take(&mut self.connected).then_some(Happening::Closed(writes))
    }
}

/// The end of data as lettre shows it: it writes CRLF first, and one CRLF more is its last.
const END_OF_DATA: &str = "<CRLF>.";

/// The line as a sink gets it.
fn shown(step: Step, line: &str, challenged: bool) -> String {
    match step {
        Step::Auth => auth_line(line, challenged),
        Step::EndOfData => ".".to_owned(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state after these events: `>` stands before what was written, `<` before what was read.
    fn after(events: &[&str]) -> State {
        let mut state = State::new(Arc::new(Mask::new(None)));
        state.begin_message(9, 5);
        for event in events {
            match event.split_at(1) {
                (">", line) => state.line_written(line, false),
                _ => state.lines_read(&event[1..], false),
            };
        }
        state
    }

    #[test]
    fn each_command_is_a_step_and_its_reply_ends_it() {
        let state = after(&["<220 hello<CRLF>", ">EHLO a"]);
        assert_eq!((state.heard.step, state.heard.answered), (Step::Ehlo, false));
        let state = after(&["<220 hello<CRLF>", ">EHLO a", "<250-one<CRLF>"]);
        assert!(!state.heard.answered && state.heard.garbled.is_some());
        let state = after(&[
            "<220 hello<CRLF>",
            ">EHLO a",
            "<250-one<CRLF>",
            "<250-one<CRLF>250 two<CRLF>",
        ]);
        assert_eq!(state.heard.reply, Some(Reply::new(250, "one\ntwo")));
        assert!(state.heard.answered && state.heard.garbled.is_none());
    }

    #[test]
    fn the_quit_that_follows_a_failure_does_not_hide_it() {
        let state =
            after(&[">RCPT TO:<a@example.com>", "<550 no<CRLF>", ">QUIT", "<221 bye<CRLF>"]);
        assert_eq!(state.heard.step, Step::Recipient);
        assert_eq!(state.heard.reply, Some(Reply::new(550, "no")));
        assert_eq!(state.heard.quit, Some(Some(Reply::new(221, "bye"))));
    }

    #[test]
    fn an_answer_to_a_challenge_is_never_taken_for_a_command() {
        let mut state = after(&[">AUTH LOGIN", "<334 VXNlcm5hbWU6<CRLF>"]);
        let happened = state.line_written("QUIT", true);
        assert!(matches!(happened, Some(Happening::Sent(Step::Auth, line)) if line == "****"));
        assert!(matches!(state.line_written("QUIT", true), Some(Happening::Sent(Step::Quit, _))));
    }

    #[test]
    fn content_is_expected_only_when_lettre_will_write_it() {
        for (reply, expected) in
            [("<354 go<CRLF>", true), ("<250 go<CRLF>", true), ("<554 no<CRLF>", false)]
        {
            assert_eq!(after(&[">DATA", reply]).expects_content(), expected, "{reply}");
        }
        let mut state = after(&[">DATA", "<354 go<CRLF>"]);
        state.content_written();
        assert!(!state.heard.content_sent && state.expects_content(), "a piece is left");
        state.content_written();
        assert!(state.heard.content_sent && !state.heard.end_sent && !state.expects_content());
        state.line_written("<CRLF>.", false);
        assert!(state.heard.end_sent && !state.heard.answered);
    }
}
