//! Every byte of real sessions has a note on the page, whatever is in them: sessions of raw with each flow and of
//! lettre, in the clear and with STARTTLS, with each mechanism.

use std::time::SystemTime;

use mailer::{Mechanism, Security, TlsLibrary};
use mailer_backends::{BACKENDS, Flow, Options};
use mailer_compare::{
    Comparison, Experiment,
    html::{Context, SourceCode, html},
    recordings::Recordings,
};
use mailer_lab::{Contender, embedded, sample};
use mailer_link::{Connection, Direction, Path};
use mailer_server::Store;

/// What the page shows in place of a secret.
const MASK: &str = "****";

pub(crate) fn every_byte_has_a_note() {
    for security in [Security::Required, Security::None] {
        // Those of both backends that the embedded server offers by itself.
        for mechanism in [Mechanism::Plain, Mechanism::Login] {
            for contender in contenders() {
                let name = format!("{}, {security:?}, {mechanism:?}", contender.label());
                let comparison = observed(contender, security, mechanism);
                let page = Page::new(&comparison);
                let wire = comparison.observations[0].connections.as_ref().expect("a link");
                page.check(&name, wire);
            }
        }
    }
}

/// Raw with each of its flows, and lettre.
fn contenders() -> Vec<Contender> {
    let shown = BACKENDS.iter().filter(|backend| !backend.measured_only);
    let flows = shown.flat_map(|backend| {
        let flows = if backend.has_flows { Flow::ALL } else { &[Flow::Auto] };
        flows.iter().map(move |&flow| backend.contender(Options::from(flow), TlsLibrary::default()))
    });
    flows.collect()
}

fn observed(contender: Contender, security: Security, mechanism: Mechanism) -> Comparison {
    let (_embedded, mut server) = embedded::start(security, Store::Count).expect("a server");
    server.mechanisms = vec![mechanism];
    let id = "1@example.test".parse().expect("an id");
    let mail = sample::mail(SystemTime::UNIX_EPOCH, id).expect("a message");
    let experiment = Experiment::new(&server, &mail).keep_packets(true);
    let comparison = experiment.run(&[contender]).expect("the link works");
    assert!(comparison.observations[0].is_accepted(), "{:?}", comparison.observations[0].receipt);
    comparison
}

/// What the page shows of a session.
struct Page {
    html: String,
    /// The lines of the client and of the server, as far as they have notes.
    client: String,
    server: String,
    /// The sizes of all TLS records together.
    records: u64,
}

impl Page {
    fn new(comparison: &Comparison) -> Self {
        let recordings = Recordings::from_observations(&comparison.observations);
        let context = Context {
            recordings: &recordings,
            path: Path::default(),
            command: "mailer compare --html",
            facts: &[],
            code: SourceCode::none(),
        };
        let html = html(comparison, &context);
        let mut page =
            Self { html: String::new(), client: String::new(), server: String::new(), records: 0 };
        for paragraph in html.split("<p class=\"").skip(1) {
            let (class, rest) = paragraph.split_once("\">").expect("a paragraph");
            let (content, _) = rest.split_once("</p>").expect("a paragraph ends");
            match class {
                "C" => page.client.push_str(&tokens("C: ", content)),
                "S" => page.server.push_str(&tokens("S: ", content)),
                "records" => page.records += records(content),
                _ => {}
            }
        }
        Self { html, ..page }
    }

    fn check(&self, name: &str, wire: &[Connection]) {
        let spans = self.html.split("<span class=\"t").skip(1);
        let tokens = spans.filter(|span| span.starts_with('"') || span.starts_with(" eol"));
        for id in tokens.map(note_id) {
            let entry = format!("<div data-note=\"{id}\"><dt>");
            assert!(self.html.contains(&entry), "{name}: no note {id}");
            assert!(!id.starts_with("unknown-"), "{name}: {id}");
        }
        let clear = [(Direction::Out, &self.client), (Direction::In, &self.server)];
        let clear: u64 = clear.into_iter().map(|(at, shown)| equal(name, at, shown, wire)).sum();
        let bytes = |connection: &Connection| {
            connection.bytes(Direction::Out) + connection.bytes(Direction::In)
        };
        let all: u64 = wire.iter().map(bytes).sum();
        assert_eq!(clear + self.records, all, "{name}: bytes with notes, and bytes on the wire");
    }
}

/// The text of a line's tokens. The speaker is all that has no note.
fn tokens(speaker: &str, line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split("<span class=\"t");
    assert_eq!(parts.next(), Some(speaker), "{line}");
    for part in parts {
        let (_, rest) = part.split_once('>').expect("a token begins");
        let (token, after) = rest.split_once("</span>").expect("a token ends");
        assert_eq!(after, "", "bytes without a note in {line}");
        text.push_str(&if part.starts_with(" eol") { "\r\n".into() } else { unescaped(token) });
    }
    text
}

fn note_id(token: &str) -> &str {
    let (_, rest) = token.split_once("data-note=\"").expect("a token has a note");
    rest.split_once('"').expect("an id ends").0
}

fn unescaped(html: &str) -> String {
    let text = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    text.into_iter()
        .fold(html.to_owned(), |html, (escaped, character)| html.replace(escaped, character))
}

/// The sizes of these records together: each text ends in the size, or in `×` and a number.
fn records(content: &str) -> u64 {
    assert!(!content.contains(" more"), "all records are shown: {content}");
    let sizes = content.split("<span class=\"t\"").skip(1).map(|record| {
        let (_, text) = record.split_once('>').expect("a record begins");
        let (text, _) = text.split_once("</span>").expect("a record ends");
        let (text, times) = text.split_once(" ×").unwrap_or((text, "1"));
        let (_, size) = text.rsplit_once(' ').expect("a record has a size");
        let number = |text: &str| text.parse::<u64>().expect("a number");
        number(size) * number(times)
    });
    sizes.sum()
}

/// Checks that what the page shows of a direction begins with what passed in the clear, line by line and up to the
/// mask where a secret is masked. Returns the number of bytes in the clear.
fn equal(name: &str, direction: Direction, shown: &str, wire: &[Connection]) -> u64 {
    let packets = wire.iter().flat_map(|connection| &connection.packets);
    let passed = packets.filter(|packet| packet.direction == direction);
    let passed: Vec<u8> = passed.flat_map(|packet| packet.bytes.clone()).collect();
    let mut shown_lines = shown.split_inclusive("\r\n");
    let mut clear = 0;
    for line in passed.split_inclusive(|byte| *byte == b'\n') {
        // The first record of TLS: a handshake, or an answer to one.
        if line.starts_with(&[22, 3]) {
            return clear;
        }
        let shown = shown_lines.next().expect("a line for each that passed");
        let is_same = match shown.split_once(MASK) {
            Some((before, _)) => line.starts_with(before.as_bytes()),
            None => line == shown.as_bytes(),
        };
        assert!(is_same, "{name}: {shown:?} is shown for {:?}", String::from_utf8_lossy(line));
        clear += line.len() as u64;
    }
    assert_eq!(shown_lines.next(), None, "{name}: nothing is shown that did not pass");
    clear
}
