//! The chapter about lost connections: one session, cut once after each of its bytes.

use std::{fmt::Write as _, time::Duration};

use mailer::{Outcome, Security};
use mailer_backends::{Flow, Options, find};
use mailer_lab::embedded;
use mailer_link::{Cut, CutKind, Direction, Link};
use mailer_server::{EmbeddedServer, Peer};
use mailer_tests::{blocks, mails};

use super::drawing::{Anchor, Drawing};

/// Far longer than a session takes.
const LIMIT: Duration = Duration::from_secs(20);

/// What the client reports, and whether the server stored the message.
type Fate = (Outcome, bool);

/// Sends one message to a server of its own, over a connection with this cut, and returns the server as well.
///
/// Each session has a server of its own, because a server counts its sessions in its replies, which would grow.
fn send(cut: Option<Cut>) -> (Fate, EmbeddedServer) {
    let embedded = EmbeddedServer::start(embedded::config(Security::None));
    let embedded = embedded.expect("a server can be started");
    let link = Link::to([embedded.addr()]).cut(cut).start().expect("a link can be started");
    let mut server = embedded::reach(&embedded, Security::None).expect("it has an account");
    server.connect_to = Some(link.addr());
    server.hello = "client.example.test".parse().expect("a name");
    let options = Options::from(Flow::Lockstep);
    let mut mailer = find("raw").and_then(|it| it.make(&server, &options)).expect("a backend");
    let outcome = mailer.send(&mails::small(&["bob@example.test"])).outcome;
    // A connection that was cut cannot end with QUIT.
    let _ = mailer.close();
    drop(link);
    assert!(embedded.wait_for_sessions(LIMIT), "the server has not ended its sessions");
    ((outcome, !embedded.take_mails().is_empty()), embedded)
}

/// The lines of a whole session by their sender, and their lengths on the wire.
fn lines(embedded: &EmbeddedServer, from: Peer) -> Vec<(String, u64)> {
    let lines = embedded.transcript().into_iter().filter(|line| line.from == from);
    lines.map(|line| (line.text.clone(), line.text.len() as u64 + 2)).collect()
}

#[test]
fn a_cut_leaves_three_outcomes() {
    let (whole, server) = send(None);
    assert_eq!(whole, (Outcome::Accepted, true));
    let replies = lines(&server, Peer::Server);
    let total = replies.iter().map(|(_, length)| length).sum();
    let cut = |after| Some(Cut::after(after, Direction::In, CutKind::Close));
    let received: Vec<Fate> = (0..total).map(|after| send(cut(after)).0).collect();
    let mut table = String::from(
        "| the connection breaks after the client has read | bytes | the client reports | the server has stored it |\n\
         | --- | ---: | --- | --- |\n",
    );
    for (from, to, (outcome, stored)) in runs(&received) {
        let stored = if stored { "yes" } else { "no" };
        let place = match (from, last_whole(&replies, from)) {
            (0, _) => "less than the reply to DATA".to_owned(),
            (_, text) => format!("`{text}`"),
        };
        let _ = writeln!(table, "| {place} | {from} to {to} | {} | {stored} |", in_words(outcome));
    }
    blocks::check("docs/book/12-did-it-arrive.md", "cuts", &table);
    draw(&received, &replies);
}

/// Returns the stretches with the same fate: the first and the last number of bytes.
fn runs(fates: &[Fate]) -> Vec<(usize, usize, Fate)> {
    let mut runs: Vec<(usize, usize, Fate)> = Vec::new();
    for (at, fate) in fates.iter().enumerate() {
        match runs.last_mut() {
            Some((_, last, same)) if same == fate => *last = at,
            _ => runs.push((at, at, *fate)),
        }
    }
    runs
}

/// Returns the last line that is whole after this number of bytes.
fn last_whole(lines: &[(String, u64)], bytes: usize) -> &str {
    let (mut end, mut last) = (0, "");
    for (text, length) in lines {
        end += length;
        if end > bytes as u64 {
            break;
        }
        last = text;
    }
    last
}

fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Unknown => "**unknown**",
        Outcome::NotSent => "not sent",
        other => other.name(),
    }
}

fn draw(fates: &[Fate], replies: &[(String, u64)]) {
    let (left, width) = (20.0, 600.0);
    let scale = |bytes: usize| {
        let share = bytes as f64 / fates.len() as f64;
        left + share * width
    };
    let mut drawing = Drawing::new(640.0);
    drawing.text(
        "title",
        Anchor::Start,
        (left, 26.0),
        "Where the connection breaks, in bytes read by the client",
    );
    for (from, to, (outcome, _)) in runs(fates) {
        let (x, end) = (scale(from), scale(to + 1));
        let class = match outcome {
            Outcome::NotSent => "safe",
            Outcome::Accepted => "stored",
            _ => "doubt",
        };
        drawing.rectangle(class, (x, 44.0), (end - x, 34.0));
    }
    let mut end = 0;
    for (text, length) in replies {
        end += usize::try_from(*length).unwrap_or_default();
        let x = scale(end);
        let is_last_line = text.as_bytes().get(3) == Some(&b' ');
        if is_last_line {
            drawing.line("line", (x, 44.0), (x, 84.0));
            let code = text.get(..3).unwrap_or_default();
            drawing.text("soft", Anchor::End, (x - 2.0, 98.0), code);
        }
    }
    let legend = [
        ("safe", "not sent: send again"),
        ("doubt", "unknown: check first"),
        ("stored", "accepted: done"),
    ];
    for ((class, text), x) in legend.into_iter().zip([20.0, 230.0, 440.0]) {
        drawing.rectangle(class, (x, 116.0), (16.0, 16.0));
        drawing.text("", Anchor::Start, (x + 24.0, 128.0), text);
    }
    let title = "The outcome that the client reports, by where the connection breaks";
    blocks::check_file("docs/book/cuts.svg", &drawing.svg(title));
}
