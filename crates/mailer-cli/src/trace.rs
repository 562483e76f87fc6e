//! The dialogue on stderr as it happens, for `--trace`.

mod content;
mod list;

use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mailer::{Event, Source, Trace, What, escape};
use mailer_compare::wire::reply_lines;
use mailer_notes::StepNumbers;

use self::content::ContentLines;
pub(crate) use self::{content::Shown, list::TraceList};
use crate::output;

/// A trace that prints each event on stderr, with the number of its step.
pub(crate) struct Printer {
    started: Instant,
    session: Mutex<PrintedState>,
}

struct PrintedState {
    steps: StepNumbers,
    content: ContentLines,
}

impl Printer {
    /// Returns a printer that shows this part of each message.
    pub(crate) fn new(shown: Shown) -> Self {
        let state =
            PrintedState { steps: StepNumbers::default(), content: ContentLines::new(shown) };
        Self { started: Instant::now(), session: Mutex::new(state) }
    }
}

impl Trace for Printer {
    fn event(&self, event: &Event<'_>) {
        // The lock is held while printing, so that lines appear in the order of their numbers.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = event.at.saturating_duration_since(self.started).as_secs_f64() * 1e3;
        let number = session.steps.number(&event.what);
        let number = number.map_or_else(String::new, |number| format!("{number}."));
        let margin = format!("{number:>3} {ms:9.3} ms  ");
        if let Some(summary) = session.content.end(&event.what) {
            output::note(&text(&" ".repeat(margin.len()), &[summary], None));
        }
        let lines = session.lines(&event.what);
        if !lines.is_empty() {
            output::note(&text(&margin, &lines, event.source.as_ref()));
        }
    }
}

impl PrintedState {
    fn lines(&mut self, what: &What<'_>) -> Vec<String> {
        self.content.note(what);
        match what {
            What::Connected { peer } => vec![format!("-- connected to {peer}")],
            What::TlsStarted { version } => vec![format!("-- {} is on", version.unwrap_or("TLS"))],
            What::Closed { .. } => vec!["-- closed".to_owned()],
            What::Sent { line, .. } => vec![format!("C: {}", escape(line))],
            What::Content { bytes } => self.content.block(bytes),
            What::Received { reply, .. } => {
                reply_lines(reply).map(|line| format!("S: {}", escape(&line))).collect()
            }
        }
    }
}

/// Joins the lines of an event: the margin is in front of the first, and the source after the last.
fn text(margin: &str, lines: &[String], source: Option<&Source>) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let indent = " ".repeat(margin.len());
        let margin = if index == 0 { margin } else { &indent };
        let separator = if index == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{separator}{margin}{line}");
    }
    if let Some(source) = source {
        let _ = write!(text, "   [{source}]");
    }
    text
}
