//! Finds the line of lettre's source that caused an event.
//!
//! All of lettre's events carry the line of the function that writes. Only the call stack shows its
//! caller, which is the line that sends the command.

use std::{
    collections::HashMap,
    path::Path,
    sync::{LazyLock, Mutex, PoisonError},
};

use backtrace::Symbol;
use mailer::Source;

/// Functions of lettre that write and read on behalf of their callers.
const WRAPPERS: [&str; 3] = ["write", "command", "read_response"];

/// The source line of each address that was looked up before: reading debug information is slow.
static KNOWN: LazyLock<Mutex<HashMap<usize, Option<Source>>>> = LazyLock::new(Mutex::default);

/// Returns the line of lettre that caused the current event on this thread; `None` if lettre was built
/// without line tables.
pub(crate) fn cause() -> Option<Source> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut cause = None;
    backtrace::trace(|frame| {
        let address = frame.ip() as usize;
        let source = known.entry(address).or_insert_with(|| source_of(frame));
        cause.clone_from(source);
        cause.is_none()
    });
    cause
}

/// Reads the debug information now, so that the first event of a dialogue does not wait for it.
pub(crate) fn warm_up() {
    cause();
}

/// Returns the source line of a frame. If functions were inlined, one address is in several of them, and
/// the innermost comes first.
fn source_of(frame: &backtrace::Frame) -> Option<Source> {
    let mut source = None;
    backtrace::resolve_frame(frame, |symbol| {
        if source.is_none() && !is_wrapper(symbol) {
            source = in_lettre(symbol);
        }
    });
    source
}

fn is_wrapper(symbol: &Symbol) -> bool {
    symbol.name().is_some_and(|name| names_a_wrapper(&name.to_string()))
}

/// Whether this is the name of a wrapper or of a closure. A name is a whole path or, for an inlined
/// function, the last part only, with or without generics:
/// `lettre::transport::...::SmtpConnection::write`, `command<...>`. The name of a closure may not show
/// which function it belongs to.
fn names_a_wrapper(name: &str) -> bool {
    name.split("::").any(|part| {
        let part = part.split('<').next().unwrap_or(part);
        WRAPPERS.contains(&part) || part.starts_with("{closure") || part.starts_with("{{closure")
    })
}

fn in_lettre(symbol: &Symbol) -> Option<Source> {
    let file = below_lettre(symbol.filename()?)?;
    Some(Source { file: file.into(), line: symbol.lineno()? })
}

/// Returns `lettre-VERSION/src/...`: the path without the folders of the machine that built it.
fn below_lettre(path: &Path) -> Option<String> {
    let is_lettre = |part: &str| {
        let version = part.strip_prefix("lettre-");
        version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    let parts = path.iter().filter_map(|part| part.to_str());
    let below: Vec<_> = parts.skip_while(|part| !is_lettre(part)).collect();
    (!below.is_empty()).then(|| below.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_library() {
        let below = |path: &str| below_lettre(Path::new(path));
        let path = "/somewhere/lettre-0.11.23/src/transport/smtp/client/connection.rs";
        let wanted = "lettre-0.11.23/src/transport/smtp/client/connection.rs";
        assert_eq!(below(path).as_deref(), Some(wanted));
        assert_eq!(below("/somewhere/crates/mailer-lettre/src/source.rs"), None);
    }

    #[test]
    fn functions_that_write_for_others_are_known_however_they_are_named() {
        for name in [
            "lettre::transport::smtp::client::connection::SmtpConnection::write::h0123456789abcdef",
            "<lettre::transport::smtp::client::connection::SmtpConnection>::read_response",
            "command<lettre::transport::smtp::commands::Ehlo>",
            "write",
            "{closure#0}",
            "lettre::transport::smtp::client::connection::SmtpConnection::write::{{closure}}",
        ] {
            assert!(names_a_wrapper(name), "{name}");
        }
        for name in [
            "lettre::transport::smtp::client::connection::SmtpConnection::send::h0123456789abcdef",
            "<lettre::transport::smtp::client::connection::SmtpConnection>::message_iter::<_, &[u8]>",
            "connect<(&str, u16)>",
            "auth",
        ] {
            assert!(!names_a_wrapper(name), "{name}");
        }
    }

    #[test]
    fn no_line_of_lettre_where_lettre_does_not_run() {
        assert_eq!(cause(), None);
    }
}
