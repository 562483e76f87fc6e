//! The only place that prints. It escapes every text once more, so that no text from outside reaches a
//! terminal unescaped, even if the code that made the text forgot to escape it.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use mailer::{Error, Kind, Setting, escape, escape_json, escape_lines};

/// Writes the result to stdout, escaped.
pub(crate) fn result(text: &str) -> Result<(), Error> {
    unescaped(&escape_lines(text))
}

/// Writes text to stdout that contains control characters of our own, such as colours or the tabs of a
/// shell's completions. A closed pipe is not an error.
pub(crate) fn unescaped(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Internal, "cannot write to stdout").with_cause(error))
        }
        _ => Ok(()),
    }
}

/// Returns the document as JSON text. `serde_json` escapes only C0 controls; this escapes the rest.
pub(crate) fn json(document: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(document)
        .map(|text| escape_json(&text).into_owned() + "\n")
        .map_err(|cause| Error::new(Kind::Internal, "cannot write JSON").with_cause(cause))
}

/// Returns the document as one line of JSON, escaped like [`json`].
pub(crate) fn json_line(document: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(document)
        .map(|text| escape_json(&text).into_owned() + "\n")
        .map_err(|cause| Error::new(Kind::Internal, "cannot write JSON").with_cause(cause))
}

/// Writes lines to stderr, escaped. `eprintln!` would panic in the middle of a message if stderr is closed,
/// which is no reason not to send it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape_lines(text));
}

/// Writes an error to stderr.
pub(crate) fn error(error: &Error) {
    note(&format!("mailer: {}", error_text(error)));
}

/// Returns what happened, the step, the server's reply and the cause in one line, and the hint in another.
pub(crate) fn error_text(error: &Error) -> String {
    let cause = error.cause().map_or_else(String::new, |cause| format!(": {}", one_line(&cause)));
    let Some(hint) = error.hint() else { return format!("{error}{cause}") };
    let options: Vec<&str> = error.settings().iter().filter_map(|it| option_for(*it)).collect();
    let options = match options.as_slice() {
        [] => String::new(),
        options => format!(" (see {})", options.join(", ")),
    };
    format!("{error}{cause}\nhint: {}{options}", escape(hint))
}

/// Returns the option for a setting; the hints of the library name no options.
fn option_for(setting: Setting) -> Option<&'static str> {
    Some(match setting {
        Setting::Credentials => "--user",
        Setting::Token => "--token-command",
        Setting::Mechanism => "--auth",
        Setting::ClientCertificate => "--cert",
        Setting::Trust => "--ca",
        Setting::TlsLibrary => "--tls-library",
        Setting::Timeouts => "--timeout",
        Setting::Hello => "--hello",
        Setting::Sender => "--from",
        Setting::Recipients => "--to",
        Setting::Notifications => "--notify, --ret, --envid",
        Setting::Trace => "mailer send --trace",
        _ => return None,
    })
}

/// Whether stdout shows colours: a terminal does, unless `NO_COLOR` is set or `TERM` is `dumb`.
pub(crate) fn shows_colour() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// The width of the terminal in columns; 100 if stdout is not a terminal.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| width.0.into())
}

/// The height of the terminal in lines; without a limit if stdout is not a terminal.
pub(crate) fn height() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(usize::MAX, |(_, height)| height.0.into())
}

/// Joins the lines of a cause. Causes come from libraries and other programs, some in several lines.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(line.trim_end_matches([':', '.', ' '])).into_owned()
}
