//! The lines of source code that the events of the backends name.

use mailer::Source;

// FILES: path and text of each file that such a line can be in. Written by the build script.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Our call into lettre that sends a message.
const CALL: (&str, &str) = ("crates/mailer-lettre/src/transport.rs", ".send_raw(");

/// Returns a line of code without its indentation; `None` if this binary was built without its file.
///
/// Events carry such lines: raw's own, and those of lettre.
#[must_use]
pub fn code_line(source: &Source) -> Option<&'static str> {
    let (_, text) = FILES.iter().find(|(file, _)| *file == source.file)?;
    let index = usize::try_from(source.line).ok()?.checked_sub(1)?;
    text.lines().nth(index).map(str::trim)
}

/// Returns where this project calls the library of a backend to send a message, as a user of the library
/// does; `None` if the backend is no library, or if this binary was built without the file.
#[must_use]
pub fn call_into_library(backend: &str) -> Option<Source> {
    if backend != "lettre" {
        return None;
    }
    let (path, text) = FILES.iter().find(|(path, _)| *path == CALL.0)?;
    let index = text.lines().position(|line| line.contains(CALL.1))?;
    Some(Source { file: (*path).into(), line: u32::try_from(index + 1).ok()? })
}

/// Returns where a backend does what no line of code is recorded for, such as reading a reply.
#[must_use]
pub fn code_elsewhere(backend: &str) -> &'static str {
    if backend == "raw" { LOOP } else { "inside lettre" }
}

/// Where raw moves the bytes of every step.
const LOOP: &str = "the loop that reads and writes, crates/mailer-raw/src/connection.rs";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_loop_of_raw_is_a_file_of_this_repository() {
        let (_, file) = code_elsewhere("raw").split_once(", ").unwrap();
        assert!(Path::new("../..").join(file).is_file(), "{file}");
        assert_eq!(code_elsewhere("lettre"), "inside lettre");
    }

    #[test]
    fn the_call_into_lettre_is_a_line_of_its_file() {
        let call = call_into_library("lettre").unwrap();
        assert_eq!(code_line(&call), Some("self.transport().send_raw(envelope, message)"));
        assert_eq!(call_into_library("raw"), None);
    }

    #[test]
    fn the_lines_that_write_to_the_server_are_there() {
        let has = |file: &str, line: &str| {
            let files = FILES.iter().filter(|(path, _)| path.ends_with(file));
            files.map(|(_, text)| text).any(|text| text.contains(line))
        };
        assert!(has("smtp/client/connection.rs", r#"self.write(b"\r\n.\r\n")?;"#));
        assert!(has("mailer-protocol/src/session/opening.rs", "Command::StartTls"));
    }

    #[test]
    fn a_line_that_is_not_there_is_none() {
        let line = |file: &'static str, line| code_line(&Source { file: file.into(), line });
        assert_eq!(line("crates/unknown.rs", 1), None);
        assert_eq!(line(CALL.0, 0), None);
        assert_eq!(line(CALL.0, 100_000), None);
    }
}
