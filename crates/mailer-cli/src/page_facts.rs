//! What stands in the head of every web page.

use mailer_lab::machine;
use time::{OffsetDateTime, macros::format_description};

use crate::command_line::command_line;

/// Returns label and value of each fact: when and how the page was made, and where.
pub(crate) fn page_facts() -> Vec<(String, String)> {
    let facts = [
        ("date", date(OffsetDateTime::now_utc())),
        ("command", command_line()),
        ("host", machine::host()),
        ("versions", machine::versions(&mailer_backends::VERSIONS)),
    ];
    facts.map(|(label, value)| (label.to_owned(), value)).into()
}

/// Returns `30 November 2026, 02:14 UTC`.
fn date(now: OffsetDateTime) -> String {
    let minute =
        format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute]");
    now.format(minute).map_or_else(|_| String::new(), |date| format!("{date} UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_unambiguous() {
        assert_eq!(date(OffsetDateTime::UNIX_EPOCH), "1 January 1970, 00:00 UTC");
    }
}
