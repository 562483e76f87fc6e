//! The server's transcript as the events that a backend would have reported.

use std::{collections::VecDeque, slice::Iter, time::Instant};

use mailer::{Reply, Security, Step};
use mailer_server::{Peer, TranscriptLine};

use super::{client_times::ClientTimes, recording::Recording};
use crate::{
    recorder::{EventKind, RecordedEvent, kept_of},
    wire::ContentCommand,
};

pub(super) fn events(recording: &Recording, security: Security) -> Vec<RecordedEvent> {
    let mut contents = recording.contents.iter();
    let mut events = Vec::new();
    for (connection, lines) in recording.dialogues() {
        let mut times = ClientTimes::new(connection, &lines, recording.path);
        let mut reader = TranscriptReader::new(security, &mut contents);
        for line in &lines {
            reader.read(line, times.of_line(line));
        }
        events.append(&mut reader.events);
        let last = connection.bursts.last().map(|burst| burst.last);
        events.extend(last.map(|at| recorded(at, EventKind::Closed { writes: None })));
    }
    events.sort_by_key(|event| event.at);
    events
}

fn recorded(at: Instant, kind: EventKind) -> RecordedEvent {
    RecordedEvent { at, kind, source: None }
}

struct TranscriptReader<'a, 'b> {
    security: Security,
    /// The stored contents that have no event yet.
    contents: &'a mut Iter<'b, Vec<u8>>,
    events: Vec<RecordedEvent>,
    /// The steps whose reply is due.
    replies_due: VecDeque<Step>,
    /// Whether the last reply was a challenge of AUTH.
    is_challenged: bool,
    /// The lines so far of a reply.
    reply: Vec<String>,
}

impl<'a, 'b> TranscriptReader<'a, 'b> {
    fn new(security: Security, contents: &'a mut Iter<'b, Vec<u8>>) -> Self {
        Self {
            security,
            contents,
            events: Vec::new(),
            replies_due: VecDeque::new(),
            is_challenged: false,
            reply: Vec::new(),
        }
    }

    fn read(&mut self, line: &TranscriptLine, at: Instant) {
        // Times follow the order of the transcript.
        let at = self.events.last().map_or(at, |event| event.at.max(at));
        match line.from {
            Peer::Server => self.server_line(&line.text, at),
            Peer::Client => match content_size(&line.text) {
                Some(size) => self.content(size, at),
                None => self.command(line, at),
            },
        }
    }

    fn push(&mut self, at: Instant, kind: EventKind) {
        self.events.push(recorded(at, kind));
    }

    fn command(&mut self, line: &TranscriptLine, at: Instant) {
        let (step, is_answered) = self.step(line);
        self.push(at, EventKind::Sent { step, line: line.text.clone() });
        if is_answered {
            self.replies_due.push_back(step);
        }
    }

    /// Returns the step that a command belongs to, and whether it has a reply of its own.
    fn step(&mut self, line: &TranscriptLine) -> (Step, bool) {
        if std::mem::take(&mut self.is_challenged) {
            return (Step::Auth, true);
        }
        let verb = line.text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let again = line.inside_tls && self.security != Security::Implicit;
        let step = match verb.as_str() {
            "EHLO" | "HELO" if again => Step::EhloAgain,
            "EHLO" | "HELO" => Step::Ehlo,
            "STARTTLS" => Step::StartTls,
            "AUTH" => Step::Auth,
            "MAIL" => Step::Mail,
            "RCPT" => Step::Recipient,
            "DATA" => Step::Data,
            // Its reply comes after its content (RFC 3030 §2).
            "BDAT" => return (Step::Data, false),
            "RSET" => Step::Reset,
            "QUIT" => Step::Quit,
            // Other commands do nothing for the mail, like NOOP.
            _ => Step::Noop,
        };
        (step, true)
    }

    /// The transcript has one line for content, after its end.
    fn content(&mut self, size: u64, at: Instant) {
        let bytes = self.contents.next();
        let head = bytes.map(|bytes| kept_of(bytes).to_vec()).unwrap_or_default();
        self.push(at, EventKind::Content { size: size.max(head.len() as u64), head });
        let last = self.events.iter().rev().find_map(|event| match &event.kind {
            EventKind::Sent { step: Step::Data, line } => ContentCommand::parse(line),
            _ => None,
        });
        if last == Some(ContentCommand::Data) {
            self.push(at, EventKind::Sent { step: Step::EndOfData, line: ".".into() });
        }
        self.replies_due.push_back(Step::EndOfData);
    }

    fn server_line(&mut self, line: &str, at: Instant) {
        let (code, rest) = line.split_at_checked(3).unwrap_or((line, ""));
        let more = rest.starts_with('-');
        self.reply.push(rest.get(1..).unwrap_or_default().into());
        let Ok(code) = code.parse::<u16>() else { return };
        if more {
            return;
        }
        let text = std::mem::take(&mut self.reply).join("\n");
        let step = self.replies_due.pop_front().unwrap_or(match self.events.is_empty() {
            true => Step::Greeting,
            false => Step::Noop,
        });
        self.is_challenged = code == 334;
        self.push(at, EventKind::Received { step, reply: Reply::new(code, text) });
    }
}

/// Returns 37 of `(37 bytes of content)`.
fn content_size(line: &str) -> Option<u64> {
    line.strip_prefix('(')?.strip_suffix(" bytes of content)")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn events_of(lines: &[(Peer, bool, &str)]) -> Vec<String> {
        let contents = [b"Hello.\r\n".to_vec()];
        let mut contents = contents.iter();
        let mut reader = TranscriptReader::new(Security::Required, &mut contents);
        let start = Instant::now();
        for &(from, inside_tls, text) in lines {
            let line = TranscriptLine {
                session: 1,
                at: Duration::ZERO,
                from,
                inside_tls,
                text: text.into(),
            };
            reader.read(&line, start);
        }
        let shown = |event: &RecordedEvent| match &event.kind {
            EventKind::Sent { step, line } => format!("{step}: {line}"),
            EventKind::Received { step, reply } => format!("{step}: {} {}", reply.code, reply.text),
            EventKind::Content { head, size } => {
                format!("content: {size}, {}", String::from_utf8_lossy(head).trim_end())
            }
            other => format!("{other:?}"),
        };
        reader.events.iter().map(shown).collect()
    }

    #[test]
    fn each_reply_belongs_to_the_command_that_it_answers() {
        use Peer::{Client, Server};
        let events = events_of(&[
            (Server, false, "220 hello"),
            (Client, false, "ehlo me"),
            (Server, false, "250-mail"),
            (Server, false, "250 STARTTLS"),
            (Client, false, "STARTTLS"),
            (Server, false, "220 go"),
            (Client, true, "EHLO me"),
            (Server, true, "250 mail"),
            (Client, true, "AUTH LOGIN"),
            (Server, true, "334 VXNlcm5hbWU6"),
            (Client, true, "***"),
            (Server, true, "235 ok"),
            (Client, true, "MAIL FROM:<a@example.test>"),
            (Client, true, "RCPT TO:<b@example.test>"),
            (Client, true, "DATA"),
            (Server, true, "250 sender"),
            (Server, true, "250 recipient"),
            (Server, true, "354 go"),
            (Client, true, "(8 bytes of content)"),
            (Server, true, "250 stored"),
            (Client, true, "VRFY x"),
            (Server, true, "252 maybe"),
            (Client, true, "QUIT"),
            (Server, true, "221 bye"),
        ]);
        let wanted = [
            "greeting: 220 hello",
            "EHLO: ehlo me",
            "EHLO: 250 mail\nSTARTTLS",
            "STARTTLS: STARTTLS",
            "STARTTLS: 220 go",
            "EHLO inside TLS: EHLO me",
            "EHLO inside TLS: 250 mail",
            "AUTH: AUTH LOGIN",
            "AUTH: 334 VXNlcm5hbWU6",
            "AUTH: ***",
            "AUTH: 235 ok",
            "MAIL FROM: MAIL FROM:<a@example.test>",
            "RCPT TO: RCPT TO:<b@example.test>",
            "DATA: DATA",
            "MAIL FROM: 250 sender",
            "RCPT TO: 250 recipient",
            "DATA: 354 go",
            "content: 8, Hello.",
            "end of data: .",
            "end of data: 250 stored",
            "NOOP: VRFY x",
            "NOOP: 252 maybe",
            "QUIT: QUIT",
            "QUIT: 221 bye",
        ];
        assert_eq!(events, wanted);
    }

    #[test]
    fn a_chunk_has_no_dot_and_no_reply_before_its_content() {
        use Peer::{Client, Server};
        let events = events_of(&[
            (Server, false, "220 hello"),
            (Client, false, "BDAT 8 LAST"),
            (Client, false, "(8 bytes of content)"),
            (Server, false, "250 stored"),
        ]);
        let wanted = ["DATA: BDAT 8 LAST", "content: 8, Hello.", "end of data: 250 stored"];
        assert_eq!(
            events.split_first().map(|(_, rest)| rest),
            Some(wanted.map(String::from).as_slice())
        );
    }
}
