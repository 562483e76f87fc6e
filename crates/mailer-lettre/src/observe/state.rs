//! The state of a dialogue, and how lettre's events change it. It has no lock and no sink.

use std::{ops::Range, sync::Arc, time::Instant};

use mailer::{Mask, Reply, Step, TlsLibrary};

use super::{mask::auth_line, replies, report::ReportKind};
use crate::content::pieces;

/// The progress of one call of lettre.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// The step of the last line that was written, except QUIT; [`Step::Connect`] before the first event.
    pub(crate) step: Step,
    /// Whether that step is complete: its reply arrived, or it needs none.
    pub(crate) answered: bool,
    /// The reply to that step.
    pub(crate) reply: Option<Reply>,
    /// The text that arrived instead of a complete reply.
    pub(crate) garbled: Option<String>,
    /// The replies to RCPT, in the order of the recipients.
    recipients: Vec<Reply>,
    /// Whether all content was written.
    pub(crate) content_sent: bool,
    /// Whether the end of data was written.
    pub(crate) end_sent: bool,
    /// `Some` if QUIT was written, with its reply if one arrived.
    pub(crate) quit: Option<Option<Reply>>,
    /// The time of the last write.
    pub(crate) written_at: Instant,
}

impl Progress {
    /// Returns the reply to each of `count` recipients; `None` if none arrived.
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

/// The state of the connection and of the current call.
pub(super) struct State {
    pub(super) progress: Progress,
    /// Whether a connection is open, according to lettre's events.
    pub(super) connected: bool,
    /// Whether it has changed to TLS after STARTTLS.
    upgraded: bool,
    /// Whether the TLS handshake runs within the next write, as with rustls, instead of before it.
    handshakes_late: bool,
    /// The number of writes on it.
    writes: u64,
    /// The pieces of content that lettre has still to write, the next one last.
    pieces: Vec<Range<usize>>,
    /// Whether DATA was accepted, so that the next write is content.
    in_data: bool,
    /// Whether 334 arrived, so that the next line answers a challenge.
    challenged: bool,
    mask: Arc<Mask>,
}

impl State {
    pub(super) fn new(mask: Arc<Mask>, library: TlsLibrary) -> Self {
        Self {
            progress: Progress::nothing(false),
            connected: false,
            upgraded: false,
            handshakes_late: library == TlsLibrary::Rustls,
            writes: 0,
            pieces: Vec::new(),
            in_data: false,
            challenged: false,
            mask,
        }
    }

    /// Starts a call.
    pub(super) fn begin(&mut self) {
        self.progress = Progress::nothing(self.connected);
        self.pieces.clear();
        self.in_data = false;
        self.challenged = false;
    }

    /// Starts a call that sends content.
    pub(super) fn begin_message(&mut self, length: usize, piece: usize) {
        self.begin();
        self.pieces.extend(pieces(length, piece).rev());
    }

    /// Whether lettre's next write is content.
    pub(super) fn expects_content(&self) -> bool {
        self.in_data && !self.pieces.is_empty()
    }

    /// Notes that lettre is about to make a new connection.
    pub(super) fn connecting(&mut self) -> Option<ReportKind> {
        self.progress = Progress::nothing(false);
        self.end_connection()
    }

    /// Notes a line that was written. With `show`, returns it in a form that is safe to show.
    pub(super) fn line_written(&mut self, line: &str, show: bool) -> Option<ReportKind> {
        let challenged = std::mem::take(&mut self.challenged);
        self.writes += 1;
        self.progress.written_at = Instant::now();
        let step = self.step_of(line, challenged);
        if step == Step::Quit {
            self.progress.quit = Some(None);
        } else {
            self.progress.step = step;
            self.progress.answered = false;
            self.progress.reply = None;
            self.progress.garbled = None;
            self.progress.end_sent |= step == Step::EndOfData;
        }
        show.then(|| shown(step, line, challenged))
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
            _ => self.progress.step,
        }
    }

    /// Notes that the next piece of content was written.
    pub(super) fn content_written(&mut self) -> Option<ReportKind> {
        let piece = self.pieces.pop()?;
        self.writes += 1;
        self.progress.step = Step::Content;
        self.progress.answered = true;
        self.progress.content_sent = self.pieces.is_empty();
        self.progress.written_at = Instant::now();
        Some(ReportKind::Content(piece))
    }

    /// Notes the lines of a reply that were read so far.
    pub(super) fn lines_read(&mut self, lines: &str, show: bool) -> Option<ReportKind> {
        let Some(reply) = replies::parse(lines) else {
            self.progress.garbled = Some(self.mask.apply(lines.to_owned()));
            return None;
        };
        if let Some(answer) = &mut self.progress.quit {
            *answer = Some(reply.clone());
            return show.then_some(ReportKind::Received(Step::Quit, reply));
        }
        self.reply_read(reply);
        let reply = self.progress.reply.as_ref().filter(|_| show)?;
        Some(ReportKind::Received(self.progress.step, reply.clone()))
    }

    /// Notes a complete reply to a command other than QUIT.
    fn reply_read(&mut self, mut reply: Reply) {
        self.connected = true;
        let progress = &mut self.progress;
        progress.answered = true;
        progress.garbled = None;
        match progress.step {
            Step::Connect => progress.step = Step::Greeting,
            Step::Auth => {
                self.challenged = reply.code == 334;
                reply.text = self.mask.apply(reply.text);
            }
            Step::Recipient => progress.recipients.push(reply.clone()),
            // lettre sends the content after any of these.
            Step::Data => self.in_data = matches!(reply.code / 100, 2 | 3),
            _ => {}
        }
        progress.reply = Some(reply);
    }

    /// Notes that lettre has changed to TLS after STARTTLS.
    pub(super) fn tls_started(&mut self) -> Option<ReportKind> {
        self.upgraded = true;
        self.progress.step = Step::Tls;
        self.progress.answered = false;
        if self.handshakes_late { None } else { self.handshake_done() }
    }

    /// Notes that a handshake which was under way has succeeded.
    pub(super) fn handshake_done(&mut self) -> Option<ReportKind> {
        if self.progress.step != Step::Tls || self.progress.answered {
            return None;
        }
        self.progress.answered = true;
        Some(ReportKind::TlsStarted)
    }

    /// Notes that the connection is closed, if one was open.
    pub(super) fn end_connection(&mut self) -> Option<ReportKind> {
        let writes = std::mem::take(&mut self.writes);
        self.upgraded = false;
        std::mem::take(&mut self.connected).then_some(ReportKind::Closed(writes))
    }
}

/// The end of data in lettre's events: CRLF, dot, and the CRLF that ends every line.
const END_OF_DATA: &str = "<CRLF>.";

/// Returns the report of a written line, in a form that is safe to show.
fn shown(step: Step, line: &str, challenged: bool) -> ReportKind {
    match step {
        Step::Auth => ReportKind::Sent(step, auth_line(line, challenged)),
        Step::EndOfData => ReportKind::EndOfData,
        _ => ReportKind::Sent(step, line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the state after these events: `>` marks a line that was written, `<` lines that were read.
    fn after(events: &[&str]) -> State {
        let mut state = State::new(Arc::new(Mask::new(None)), TlsLibrary::NativeTls);
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
        assert_eq!((state.progress.step, state.progress.answered), (Step::Ehlo, false));
        let state = after(&["<220 hello<CRLF>", ">EHLO a", "<250-one<CRLF>"]);
        assert!(!state.progress.answered && state.progress.garbled.is_some());
        let state = after(&[
            "<220 hello<CRLF>",
            ">EHLO a",
            "<250-one<CRLF>",
            "<250-one<CRLF>250 two<CRLF>",
        ]);
        assert_eq!(state.progress.reply, Some(Reply::new(250, "one\ntwo")));
        assert!(state.progress.answered && state.progress.garbled.is_none());
    }

    #[test]
    fn a_quit_after_a_failure_does_not_hide_the_failure() {
        let state =
            after(&[">RCPT TO:<a@example.com>", "<550 no<CRLF>", ">QUIT", "<221 bye<CRLF>"]);
        assert_eq!(state.progress.step, Step::Recipient);
        assert_eq!(state.progress.reply, Some(Reply::new(550, "no")));
        assert_eq!(state.progress.quit, Some(Some(Reply::new(221, "bye"))));
    }

    #[test]
    fn an_answer_to_a_challenge_is_never_mistaken_for_a_command() {
        let mut state = after(&[">AUTH LOGIN", "<334 VXNlcm5hbWU6<CRLF>"]);
        let happened = state.line_written("QUIT", true);
        assert!(matches!(happened, Some(ReportKind::Sent(Step::Auth, line)) if line == "****"));
        assert!(matches!(state.line_written("QUIT", true), Some(ReportKind::Sent(Step::Quit, _))));
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
        assert!(!state.progress.content_sent && state.expects_content(), "a piece is left");
        state.content_written();
        assert!(
            state.progress.content_sent && !state.progress.end_sent && !state.expects_content()
        );
        state.line_written("<CRLF>.", false);
        assert!(state.progress.end_sent && !state.progress.answered);
    }
}
