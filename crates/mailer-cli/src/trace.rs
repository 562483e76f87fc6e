//! The dialogue as it happens, for `--trace`.

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mailer::{Event, Reply, Source, Step, Trace, What, escape};

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
        output::note(&text(number, ms, &event.what, event.source.as_ref()));
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
}

fn text(number: Option<u32>, ms: f64, what: &What<'_>, source: Option<&Source>) -> String {
    let number = number.map_or_else(String::new, |number| format!("{number}."));
    let margin = format!("{number:>3} {ms:9.3} ms  ");
    let lines = match what {
        What::Connected { peer } => vec![format!("-- connected to {peer}")],
        What::TlsStarted { version } => vec![format!("-- {} is on", version.unwrap_or("TLS"))],
        What::Closed { .. } => vec!["-- closed".to_owned()],
        What::Sent { line, .. } => vec![format!("C: {}", escape(line))],
        What::Content { bytes } => content(bytes),
        What::Received { reply, .. } => reply_lines(reply),
    };
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

fn content(bytes: &[u8]) -> Vec<String> {
    let shown = bytes.get(..bytes.len().min(SHOWN_CONTENT)).unwrap_or_default();
    let shown = String::from_utf8_lossy(shown);
    let mut lines: Vec<String> =
        shown.lines().map(|line| format!("C: {}", escape(line)).trim_end().to_owned()).collect();
    if bytes.len() > SHOWN_CONTENT {
        lines.push(format!("C: ... ({} octets in all)", bytes.len()));
    }
    lines
}

/// The reply as it came, line by line (RFC 5321 §4.2.1).
fn reply_lines(reply: &Reply) -> Vec<String> {
    let last = reply.lines().count() - 1;
    let line = |(index, text): (usize, &str)| {
        let separator = if index == last { ' ' } else { '-' };
        format!("S: {:03}{separator}{}", reply.code, escape(text))
    };
    reply.lines().enumerate().map(line).collect()
}
