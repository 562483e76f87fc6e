//! The recipients that options name: by themselves, or in a file.

use std::path::{Path, PathBuf};

use mailer::{Error, Kind, Mailbox, Step};

use super::{Reading, file};
use crate::options::mailboxes;

/// A line that begins with this is a comment.
const COMMENT: char = '#';

/// Returns the mailboxes in the values of an option, and those in files.
pub(super) fn list(
    values: &[String],
    files: &[PathBuf],
    reading: Reading,
) -> Result<Vec<Mailbox>, Error> {
    let mut all = mailboxes(values)?;
    for path in files {
        all.extend(from_lines(path, &file::read_text(path, reading)?)?);
    }
    Ok(all)
}

/// Parses a list of mailboxes in each line. Empty lines and comments are skipped.
fn from_lines(path: &Path, text: &str) -> Result<Vec<Mailbox>, Error> {
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with(COMMENT) {
            continue;
        }
        let found = Mailbox::parse_list(line).map_err(|error| {
            let place = format!("{}, line {number}", file::name(path).display());
            Error::new(Kind::Message, format!("{place}: {error}"))
                .with_step(Step::Prepare)
                .with_hint("write one address or one list of addresses per line")
        })?;
        all.extend(found);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_names_recipients() {
        let parsed = |text: &str| from_lines(Path::new("all.txt"), text);
        let text = "# staff\nann@example.com\r\n\n  Bob <bob@example.com>, cid@example.com\n";
        let found = parsed(text).unwrap();
        let addresses: Vec<_> = found.iter().map(|mailbox| mailbox.address.as_str()).collect();
        assert_eq!(addresses, ["ann@example.com", "bob@example.com", "cid@example.com"]);
        let error = parsed("ann@example.com\nbob\n").unwrap_err().to_string();
        assert!(error.contains("all.txt, line 2: ") && error.contains("bob"), "{error}");
    }
}
