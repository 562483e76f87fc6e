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

/// What became of one message.
struct Sent {
    fate: Fate,
    /// The server, which was its own: a server counts its sessions in its replies, which would grow.
    embedded: EmbeddedServer,
    /// The bytes that the client sent.
    bytes_out: u64,
}

/// Sends one message over a connection with this cut.
fn send(cut: Option<Cut>) -> Sent {
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
    let bytes_out = link.finish().iter().map(|connection| connection.bytes(Direction::Out)).sum();
    assert!(embedded.wait_for_sessions(LIMIT), "the server has not ended its sessions");
    let fate = (outcome, !embedded.take_mails().is_empty());
    Sent { fate, embedded, bytes_out }
}

/// Sends a message for each number of bytes after which its connection can be cut in this direction.
fn sweep(direction: Direction, bytes: u64) -> Vec<Fate> {
    let cut = |after| Some(Cut::after(after, direction, CutKind::Close));
    (0..bytes).map(|after| send(cut(after)).fate).collect()
}

/// The lines of a whole session by their sender, and their lengths on the wire.
fn lines(embedded: &EmbeddedServer, from: Peer) -> Vec<(String, u64)> {
    let lines = embedded.transcript().into_iter().filter(|line| line.from == from);
    lines.map(|line| (line.text.clone(), line.text.len() as u64 + 2)).collect()
}

/// What the server has read when the connection is cut, and the fate of the message then.
const FATES: [(&str, Fate); 4] = [
    ("all commands up to DATA, or less", (Outcome::NotSent, false)),
    ("a part of the message", (Outcome::Unknown, false)),
    ("the whole message", (Outcome::Unknown, true)),
    ("a part of QUIT", (Outcome::Accepted, true)),
];

#[test]
fn a_cut_leaves_four_fates() {
    let whole = send(None);
    assert_eq!(whole.fate, (Outcome::Accepted, true));
    let fates = runs(&sweep(Direction::Out, whole.bytes_out));
    assert_eq!(fates.len(), FATES.len(), "{fates:?}");
    let mut table = String::from(
        "| when the connection breaks, the server has read | bytes | it has stored the message | the client reports |\n\
         | --- | ---: | --- | --- |\n",
    );
    for ((from, to, fate), (place, expected)) in fates.iter().zip(FATES) {
        assert_eq!(*fate, expected, "{place}");
        let stored = if fate.1 { "yes" } else { "no" };
        let outcome = if fate.0 == Outcome::Unknown { "**unknown**" } else { in_words(fate.0) };
        let range = if from == to { from.to_string() } else { format!("{from} to {to}") };
        let _ = writeln!(table, "| {place} | {range} | {stored} | {outcome} |");
    }
    blocks::check("docs/book/12-did-it-arrive.md", "cuts", &table);
    let replies = lines(&whole.embedded, Peer::Server);
    let total = replies.iter().map(|(_, length)| length).sum();
    // After the last byte of 354 the cut may come before or after the content has passed, so that only the
    // outcome is the same in every run.
    let outcomes: Vec<Fate> =
        sweep(Direction::In, total).into_iter().map(|(outcome, _)| (outcome, false)).collect();
    draw(&outcomes, &replies);
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

fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
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
