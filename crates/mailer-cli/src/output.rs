//! The only place that prints. Whatever it prints is escaped here once more, so that no text from
//! outside reaches a terminal as it came, even where its maker forgot to escape it.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use mailer::{Error, Kind, escape, escape_json, escape_lines};

/// Writes the result to stdout, escaped.
pub(crate) fn result(text: &str) -> Result<(), Error> {
    ready_made(&escape_lines(text))
}

/// Writes to stdout what may hold control characters of our own: colours, or the tabs of a shell's
/// completions. Who closed the pipe has seen enough: that is not an error.
pub(crate) fn ready_made(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Internal, "cannot write to stdout").with_cause(error))
        }
        _ => Ok(()),
    }
}

/// The document as JSON text. serde_json escapes C0 controls only; the rest is escaped here.
pub(crate) fn json(document: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(document)
        .map(|text| escape_json(&text).into_owned() + "\n")
        .map_err(|cause| Error::new(Kind::Internal, "cannot write JSON").with_cause(cause))
}

/// Writes news to stderr, escaped. `eprintln!` would panic if the reader of stderr has gone, in the
/// middle of a mail: that is not a reason not to send it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape_lines(text));
}

/// Says on stderr what went wrong, why, and what to do.
pub(crate) fn complain(error: &Error) {
    note(&format!("mailer: {}", sentence(error)));
}

/// The error in a sentence: what, at which step, what the server said, why; what to do.
pub(crate) fn sentence(error: &Error) -> String {
    let cause = error.cause().map_or_else(String::new, |cause| format!(": {}", one_line(&cause)));
    let hint = error.hint().map_or_else(String::new, |hint| format!("; {}", escape(hint)));
    format!("{error}{cause}{hint}")
}

/// Whether stdout shows colours: a terminal does, unless `NO_COLOR` is set or `TERM` is `dumb`.
pub(crate) fn shows_colour() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// The width of the terminal in columns; 100 if stdout is not a terminal.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| width.0.into())
}

/// Causes come from libraries and other programs, some over several lines.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(line.trim_end_matches([':', '.', ' '])).into_owned()
}
