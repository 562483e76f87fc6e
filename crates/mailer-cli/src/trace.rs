//! The dialogue as it happens, for `--trace`.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mailer::{Event, Source, Step, Trace, What, escape};
use mailer_compare::wire::{ContentCommand, reply_lines};

use crate::output;

/// Octets of content that are shown; of the rest only the number is.
const SHOWN_CONTENT: usize = 2000;

/// Prints each event on stderr, its steps numbered: the fifteen of the classroom, if the server, the
/// flow and the mechanism are the classroom's.
pub(crate) struct Printer {
    began: Instant,
    steps: Mutex<Steps>,
}

#[derive(Default)]
struct Steps {
    count: u32,
    in_content: bool,
    /// The last command that transfers content.
    command: Option<ContentCommand>,
    /// Whether the last block of content ended within a line.
    is_within_line: bool,
}

impl Printer {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), steps: Mutex::default() }
    }
}

impl Trace for Printer {
    fn event(&self, event: &Event<'_>) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = event.at.saturating_duration_since(self.began).as_secs_f64() * 1e3;
        let number = steps.number(&event.what);
        let lines = match event.what {
            What::Content { bytes } => steps.content(bytes),
            ref what => lines(what),
        };
        if let What::Sent { line, .. } = event.what {
            steps.sent(line);
        }
        output::note(&text(number, ms, &lines, event.source.as_ref()));
    }
}

impl Steps {
    /// The number of the step that begins with this event, if one does: every line that is said, the
    /// content with its dot, the wait for the reply to it, and each end of the connection.
    fn number(&mut self, what: &What<'_>) -> Option<u32> {
        let begins = match what {
            What::Connected { .. } | What::TlsStarted { .. } | What::Closed { .. } => true,
            What::Sent { step, .. } => *step != Step::EndOfData,
            What::Content { .. } => !self.in_content,
            What::Received { step, .. } => *step == Step::EndOfData,
        };
        self.in_content = matches!(what, What::Content { .. });
        self.count += u32::from(begins);
        begins.then_some(self.count)
    }

    fn sent(&mut self, line: &str) {
        if let Some(command) = ContentCommand::parse(line) {
            self.command = Some(command);
            self.is_within_line = false;
        }
    }

    /// The lines of a block of content as they are sent: DATA adds a dot to a line that begins with
    /// one (RFC 5321 §4.5.2).
    fn content(&mut self, bytes: &[u8]) -> Vec<String> {
        let shown = bytes.get(..bytes.len().min(SHOWN_CONTENT)).unwrap_or_default();
        let mut lines = Vec::new();
        for line in String::from_utf8_lossy(shown).lines() {
            let continues = lines.is_empty() && self.is_within_line;
            let command = self.command.filter(|_| !continues);
            let sent = command.map_or(line.into(), |command| command.sent_line(line));
            lines.push(format!("C: {}", escape(&sent)).trim_end().to_owned());
        }
        if bytes.len() > SHOWN_CONTENT {
            lines.push(format!("C: ... ({} bytes in all)", bytes.len()));
        }
        self.is_within_line = !bytes.ends_with(b"\n");
        lines
    }
}

/// The lines of an event that is no content.
fn lines(what: &What<'_>) -> Vec<String> {
    match what {
        What::Connected { peer } => vec![format!("-- connected to {peer}")],
        What::TlsStarted { version } => vec![format!("-- {} is on", version.unwrap_or("TLS"))],
        What::Closed { .. } => vec!["-- closed".to_owned()],
        What::Sent { line, .. } => vec![format!("C: {}", escape(line))],
        What::Content { .. } => Vec::new(),
        What::Received { reply, .. } => {
            reply_lines(reply).map(|line| format!("S: {}", escape(&line))).collect()
        }
    }
}

fn text(number: Option<u32>, ms: f64, lines: &[String], source: Option<&Source>) -> String {
    let number = number.map_or_else(String::new, |number| format!("{number}."));
    let margin = format!("{number:>3} {ms:9.3} ms  ");
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let indent = " ".repeat(margin.len());
        let margin = if index == 0 { &margin } else { &indent };
        let separator = if index == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{margin}{line}");
    }
    if let Some(source) = source {
        let _ = write!(text, "   [{source}]");
    }
    text
}
