//! The numbers of the fifteen steps, for the events of a session.

use mailer::{Step, What};

/// The numbers of the steps of a session: those of [`lesson_steps`](crate::lesson_steps) and of
/// docs/notebook.md.
///
/// A step has the same number in every session, whichever backend, flow or AUTH mechanism is used; a step
/// that a session does not need leaves a gap. A command and its reply have the same number, except that
/// the final reply to the content is a step of its own.
#[derive(Debug, Default)]
pub struct StepNumbers {
    /// Whether the connection uses TLS, which makes EHLO step 5.
    is_encrypted: bool,
    /// The lines that AUTH has needed: the command, the user name, the password.
    auth_lines: u32,
}

impl StepNumbers {
    /// Returns the number of the step that an event belongs to; none for RSET and NOOP, which are not
    /// among the fifteen.
    pub fn number(&mut self, what: &What<'_>) -> Option<u32> {
        match what {
            What::Connected { .. } => Some(self.connected()),
            What::TlsStarted { .. } => Some(self.tls_started()),
            What::Content { .. } => Some(12),
            What::Closed { .. } => Some(15),
            What::Sent { step, line } => self.sent(*step, line),
            What::Received { step, .. } => self.received(*step),
        }
    }

    /// Returns the number of the TCP connection, with which a session begins.
    pub fn connected(&mut self) -> u32 {
        *self = Self::default();
        1
    }

    /// Returns the number of the TLS handshake.
    pub fn tls_started(&mut self) -> u32 {
        self.is_encrypted = true;
        4
    }

    /// Returns the number of a line that the client sends at this step.
    pub fn sent(&mut self, step: Step, line: &str) -> Option<u32> {
        match step {
            Step::Auth if line.starts_with("AUTH ") => self.auth_lines = 1,
            Step::Auth => self.auth_lines += 1,
            _ => {}
        }
        self.command(step)
    }

    /// Returns the number of a reply to this step.
    #[must_use]
    pub fn received(&self, step: Step) -> Option<u32> {
        if step == Step::EndOfData { Some(13) } else { self.command(step) }
    }

    fn command(&self, step: Step) -> Option<u32> {
        Some(match step {
            Step::Prepare | Step::Connect | Step::Greeting => 1,
            Step::Ehlo if self.is_encrypted => 5,
            Step::Ehlo => 2,
            Step::StartTls => 3,
            Step::Tls => 4,
            Step::EhloAgain => 5,
            Step::Auth => 5 + self.auth_lines.clamp(1, 3),
            Step::Mail => 9,
            Step::Recipient => 10,
            // BDAT announces the content in place of DATA (RFC 3030).
            Step::Data => 11,
            Step::Content | Step::EndOfData => 12,
            Step::Quit => 14,
            Step::Reset | Step::Noop => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use mailer::Reply;

    use super::*;

    fn numbers(events: &[What<'_>]) -> Vec<Option<u32>> {
        let mut steps = StepNumbers::default();
        events.iter().map(|event| steps.number(event)).collect()
    }

    #[test]
    fn each_line_of_auth_login_has_a_number_and_auth_plain_has_one() {
        let line = |line| What::Sent { step: Step::Auth, line };
        let challenge = Reply::new(334, "");
        let challenge = || What::Received { step: Step::Auth, reply: &challenge };
        let login =
            [line("AUTH LOGIN"), challenge(), line("****"), challenge(), line("****"), challenge()];
        assert_eq!(numbers(&login), [6, 6, 7, 7, 8, 8].map(Some));
        let plain_then_login = [line("AUTH PLAIN ****"), challenge(), line("AUTH LOGIN")];
        assert_eq!(numbers(&plain_then_login), [6, 6, 6].map(Some));
    }

    #[test]
    fn ehlo_inside_implicit_tls_has_the_number_of_ehlo_inside_starttls() {
        let ehlo = || What::Sent { step: Step::Ehlo, line: "EHLO x" };
        let implicit = [What::TlsStarted { version: None }, ehlo()];
        assert_eq!(numbers(&implicit), [4, 5].map(Some));
        assert_eq!(numbers(&[ehlo()]), [Some(2)]);
    }

    #[test]
    fn a_late_reply_has_the_number_of_its_command() {
        let ok = Reply::new(250, "ok");
        let sent = |step, line| What::Sent { step, line };
        let received = |step| What::Received { step, reply: &ok };
        let pipelined = [
            sent(Step::Mail, "MAIL FROM:<a@x.test>"),
            sent(Step::Recipient, "RCPT TO:<b@x.test>"),
            sent(Step::Data, "BDAT 3 LAST"),
            What::Content { bytes: b"x\r\n" },
            sent(Step::Quit, "QUIT"),
            received(Step::Mail),
            received(Step::Recipient),
            received(Step::EndOfData),
            received(Step::Quit),
        ];
        assert_eq!(numbers(&pipelined), [9, 10, 11, 12, 14, 9, 10, 13, 14].map(Some));
        assert_eq!(numbers(&[sent(Step::Reset, "RSET")]), [None]);
    }
}
