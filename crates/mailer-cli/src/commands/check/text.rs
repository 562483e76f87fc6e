//! The report of `check` as text.

use std::fmt::Write as _;

use mailer::{Security, Server};
use mailer_bench::report::units;

use super::facts::Facts;

/// The width of the labels in columns.
const LABEL: usize = 12;
/// The greatest width in columns, also of a wider terminal: longer lines are hard to read.
const WIDEST: usize = 80;

/// Returns the report, in lines of at most `width` columns where words allow it.
pub(super) fn report(server: &Server, facts: &Facts, width: usize) -> String {
    let mut report = Report { text: String::new(), width: width.clamp(LABEL * 3, WIDEST) };
    report.row("Server", &format!("{} port {}", server.host, server.port));
    if let Some(greeting) = &facts.greeting {
        report.row("Greeting", &greeting.to_string());
    }
    if facts.greeting.is_some() {
        report.row("TLS", &tls(server, facts));
    }
    if facts.is_ready() {
        report.row("Login", &login(server, facts));
    }
    if !facts.extensions.is_empty() {
        let is_named = |line: &&String| !line.to_ascii_uppercase().starts_with("AUTH");
        let extensions: Vec<&str> =
            facts.extensions.iter().filter(is_named).map(String::as_str).collect();
        report.row("Extensions", &extensions.join(", "));
        report.row("AUTH", &mechanisms(facts));
    }
    if let Some(limit) = facts.size_limit() {
        report.row("Largest", &format!("{} for a message", units::bytes(limit)));
    }
    if let Some(wait) = facts.wait.filter(|_| facts.is_ready()) {
        let wait = units::time(wait.as_secs_f64());
        report.row("Round trip", &format!("{wait}, the shortest wait for a reply"));
    }
    if let Some(backend) = facts.without_flows.filter(|_| facts.is_ready()) {
        let text = "has none and waits for each reply; mailer compare counts its round trips";
        report.row("Flows", &format!("{backend} {text}"));
    }
    report.flows(facts);
    report.text
}

fn tls(server: &Server, facts: &Facts) -> String {
    if !facts.is_encrypted {
        return "none".into();
    }
    let start = match server.security {
        Security::Implicit => "from the first byte",
        _ => "after STARTTLS",
    };
    match &facts.tls_version {
        Some(version) => format!("{version}, {start}"),
        None => start.into(),
    }
}

fn login(server: &Server, facts: &Facts) -> String {
    match (&facts.mechanism, &server.credentials) {
        (Some(mechanism), _) => format!("accepted, with AUTH {mechanism}"),
        (None, Some(_)) => "accepted".into(),
        (None, None) => "not tried, because no user is named (--user)".into(),
    }
}

fn mechanisms(facts: &Facts) -> String {
    let offered = facts.mechanisms();
    if offered.is_empty() {
        return "not offered".into();
    }
    let names = |is_supported: bool| {
        let names = offered.iter().filter(|offered| offered.is_supported == is_supported);
        names.map(|offered| offered.name).collect::<Vec<_>>().join(", ")
    };
    match (names(true), names(false)) {
        (supported, others) if others.is_empty() => supported,
        (supported, others) if supported.is_empty() => format!("only {others} (not supported)"),
        (supported, others) => format!("{supported} (not supported: {others})"),
    }
}

struct Report {
    text: String,
    width: usize,
}

impl Report {
    /// Adds a label and its text, broken between words.
    fn row(&mut self, label: &str, text: &str) {
        let room = self.width.saturating_sub(LABEL);
        let mut start = format!("{label:<LABEL$}");
        let mut used = 0;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                self.text.push_str(start.trim_end());
                self.text.push('\n');
                (start, used) = (" ".repeat(LABEL), 0);
            }
            let space = if used > 0 { " " } else { "" };
            start.push_str(space);
            start.push_str(word);
            used += space.len() + length;
        }
        self.text.push_str(start.trim_end());
        self.text.push('\n');
    }

    /// Adds the table of flows.
    fn flows(&mut self, facts: &Facts) {
        if facts.flows.is_empty() {
            return;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "\nRound trips of a message over a new connection");
        let _ = writeln!(self.text, "flow         accepted   QUIT answered   each further message");
        for cost in &facts.flows {
            let (flow, trips) = (cost.flow.to_string(), cost.round_trips);
            let (accepted, closed) = (trips.until_accepted, trips.until_closed);
            let further = trips.per_further_message;
            let _ = writeln!(self.text, "{flow:<12} {accepted:>8} {closed:>15} {further:>22}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_row_is_broken_between_words() {
        let mut report = Report { text: String::new(), width: 24 };
        report.row("Label", "some words, and more of them");
        assert_eq!(
            report.text,
            "Label       some words,\n            and more of\n            them\n"
        );
    }
}
