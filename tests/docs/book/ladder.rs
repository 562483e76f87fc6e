//! A session as a sequence diagram: the client at the left, the server at the right, and time downwards.

use mailer::Phase;
use mailer_compare::exchange::Exchange;

use super::drawing::{Anchor, CHARACTER, Drawing};

const WIDTH: f64 = 352.0;
const CLIENT: f64 = 140.0;
const SERVER: f64 = 248.0;
/// Half of a round trip, in pixels.
const HALF: f64 = 15.0;
/// The distance between two lines of text.
const LINE: f64 = 14.0;
const TOP: f64 = 62.0;

/// Draws a session under this heading.
pub(super) fn draw(heading: &str, exchanges: &[Exchange]) -> Drawing {
    let mut drawing = Drawing::new(WIDTH);
    drawing.text("title", Anchor::Middle, (WIDTH / 2.0, 22.0), heading);
    drawing.text("soft", Anchor::Middle, (CLIENT, 44.0), "client");
    drawing.text("soft", Anchor::Middle, (SERVER, 44.0), "server");
    let (mut y, mut trips) = (TOP, 0);
    for exchange in exchanges.iter().filter(|exchange| exchange.round_trips > 0) {
        if exchange.stalls > 0 {
            y = stall(&mut drawing, y);
        }
        trips += exchange.round_trips;
        y = wait(&mut drawing, y, exchange, trips);
    }
    for x in [CLIENT, SERVER] {
        drawing.line("line", (x, TOP - 12.0), (x, y));
    }
    drawing.text("title", Anchor::Middle, (WIDTH / 2.0, y + 22.0), &format!("{trips} round trips"));
    drawing
}

/// Draws one flight and its answer, and returns where the next begins.
fn wait(drawing: &mut Drawing, y: f64, exchange: &Exchange, number: u32) -> f64 {
    let commands = wrapped(&commands(exchange));
    let replies = replies(exchange);
    let middle = y + HALF;
    let end = middle + HALF;
    let (out, back) = match exchange.phase {
        Phase::Tls => ("tls", "tls"),
        _ if exchange.accepts => ("out", "done"),
        _ => ("out", "in"),
    };
    drawing.arrow(out, (CLIENT, y), (SERVER, middle));
    drawing.arrow(back, (SERVER, middle), (CLIENT, end));
    drawing.text("soft", Anchor::Start, (10.0, y + 4.0), &number.to_string());
    for (at, line) in (0_u8..).zip(&commands) {
        drawing.text("", Anchor::End, (CLIENT - 8.0, y + 4.0 + LINE * f64::from(at)), line);
    }
    for (at, line) in (0_u8..).zip(&replies) {
        drawing.text("", Anchor::Start, (SERVER + 8.0, middle + 4.0 + LINE * f64::from(at)), line);
    }
    let lines = |count: usize| LINE * f64::from(u8::try_from(count).unwrap_or(u8::MAX));
    let text = lines(commands.len()).max(HALF + lines(replies.len()));
    end.max(y + text) + 4.0
}

/// Draws a pause in the middle of a flight, and returns where its end is.
fn stall(drawing: &mut Drawing, y: f64) -> f64 {
    let end = y + 4.0 * HALF;
    drawing.arrow("out", (CLIENT, y), (SERVER, y + HALF));
    drawing.text("", Anchor::End, (CLIENT - 8.0, y + 4.0), "content");
    drawing.line("wait", (CLIENT, y + 6.0), (CLIENT, end - 4.0));
    drawing.text("soft", Anchor::End, (CLIENT - 8.0, y + 4.0 + LINE * 1.6), "stall: the dot");
    drawing.text("soft", Anchor::End, (CLIENT - 8.0, y + 4.0 + LINE * 2.5), "is held back");
    end
}

/// What the client sends; where it is no command, the packet that it is.
fn commands(exchange: &Exchange) -> String {
    match exchange.phase {
        Phase::Connect => "(TCP SYN)".into(),
        Phase::Greeting => "(TCP ACK)".into(),
        Phase::Tls => "(TLS hello)".into(),
        _ if exchange.stalls > 0 => ".".into(),
        // The handshake's last bytes hold the command back: its flight is answered without a reply.
        Phase::EhloAgain if exchange.replies.is_empty() => "(TLS finished)".into(),
        Phase::EhloAgain if exchange.commands.is_empty() => "EHLO".into(),
        _ => exchange.commands.join(" "),
    }
}

fn replies(exchange: &Exchange) -> Vec<String> {
    match exchange.phase {
        Phase::Connect => vec!["(SYN+ACK)".into()],
        Phase::Tls => vec!["(TLS hello,".into(), "finished)".into()],
        Phase::EhloAgain if exchange.replies.is_empty() => vec!["(ACK)".into()],
        _ => {
            let codes: Vec<String> = exchange.replies.iter().map(ToString::to_string).collect();
            codes.chunks(3).map(|codes| codes.join(" ")).collect()
        }
    }
}

/// Breaks a text into lines that fit between the number and the client.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let fits = |line: &String| {
            let length = u8::try_from(line.len() + 1 + word.len()).unwrap_or(u8::MAX);
            f64::from(length) * CHARACTER < CLIENT - 36.0
        };
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
