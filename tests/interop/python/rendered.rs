//! Parses what raw renders with Python's `email` package.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mailer::{Attachment, Draft, HeaderText, Mailbox, MediaType};
use serde_json::{Value, json};

use super::{Python, file, run};

/// The number of messages.
const MAILS: u64 = 300;

/// Python parses each message that raw renders to the fields of its draft, and finds no defect.
pub(super) fn reads_back(python: &Python) {
    let drafts: Vec<Draft> = (0..MAILS).map(|seed| Dice::new(seed).draft()).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = python.command(&file("tests/interop/python/read_mails.py"));
    for (number, draft) in drafts.iter().enumerate() {
        let path = folder.path().join(format!("{number}.eml"));
        fs::write(&path, mailer_raw::render(draft)).expect("a file");
        command.arg(path);
    }
    let said = run(&mut command);
    assert_eq!(said.code(), Some(0), "{said:?}");
    let read: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read.len(), drafts.len());
    for (number, (mut read, draft)) in read.into_iter().zip(&drafts).enumerate() {
        for kind in ["text", "html"] {
            let body = &mut read[kind];
            *body = json!(body.as_str().map(plain_lines));
        }
        for (fact, meant) in facts(draft).as_object().expect("an object") {
            assert_eq!(&read[fact], meant, "{fact} of mail {number}");
        }
    }
}

/// Returns what Python should find.
fn facts(draft: &Draft) -> Value {
    let files = draft.attachments.iter().map(|file| {
        // Python strips white space from file names.
        let name = Some(file.name.as_str()).filter(|name| !name.is_empty()).map(str::trim);
        json!([name, file.media_type.as_str(), BASE64_STANDARD.encode(&file.content)])
    });
    let has_body = draft.text.is_some() || draft.html.is_some();
    let empty = Some(String::new()).filter(|_| !has_body);
    json!({
        "subject": Some(draft.subject.as_str()).filter(|subject| !subject.is_empty()),
        "from": mailboxes(std::slice::from_ref(&draft.from)),
        "to": mailboxes(&draft.to),
        "cc": mailboxes(&draft.cc),
        "reply_to": mailboxes(&draft.reply_to),
        "message_id": format!("<{}>", draft.message_id.as_str()),
        "date": draft.date.duration_since(UNIX_EPOCH).expect("after 1970").as_secs(),
        "text": draft.text.as_deref().map(plain_lines).or(empty),
        "html": draft.html.as_deref().map(plain_lines),
        "files": files.collect::<Vec<_>>(),
        "defects": [],
    })
}

fn mailboxes(mailboxes: &[Mailbox]) -> Value {
    let name = |one: &Mailbox| one.name.as_ref().map_or("", HeaderText::as_str).to_owned();
    mailboxes.iter().map(|one| json!([name(one), one.address.as_str()])).collect()
}

/// Every line end as LF, the last line's too.
fn plain_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    text + end
}

/// How many bytes fit into one encoded word after `Reply-To:`, in base64 (RFC 2047 §2).
const ONE_ENCODED_WORD: usize = (75 - "Reply-To:".len() - "=?utf-8?b??=".len()) / 4 * 3;

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A deterministic random generator (SplitMix64), so that the messages are the same each time.
struct Dice(u64);

/// Words of headers, in several scripts, including those that a parser may misread.
const WORDS: [&str; 28] = [
    "Ann",
    "Example",
    "re:",
    "Grüße",
    "Köln",
    "東京",
    "こんにちは",
    "🚀",
    "👩‍👩‍👧",
    "שלום",
    "مرحبا",
    "e\u{301}",
    "\"quoted\"",
    "\\",
    "(comment)",
    "<a@example.com>",
    ",",
    ";",
    "a=b",
    "=?utf-8?q?x?=",
    "=?",
    "?=",
    "50%",
    "*'x'*",
    "_",
    "",
    "averylongwordthatfillsagooddealofalineinanyheaderfieldthereis",
    "@",
];

/// Lines of bodies.
const LINES: [&str; 16] = [
    "Hello,",
    "",
    ".",
    "..",
    "From here on",
    "-- ",
    "--=_1_0",
    "\ttab",
    "trailing \t",
    "= =3D =20",
    "Grüße aus Köln",
    "東京 🚀",
    "\u{feff}mark",
    "a\u{0}b\u{1b}c",
    "<p>&amp;</p>",
    "x y z",
];

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Returns a number below this one.
    fn below(&mut self, limit: usize) -> usize {
        (self.throw() % limit as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn draft(&mut self) -> Draft {
        let date = UNIX_EPOCH + Duration::from_secs(self.throw() % 4_000_000_000);
        let id = format!("{:x}.{:x}@example.com", self.throw(), self.throw());
        let mut draft = Draft::new(self.mailbox(), date, id.parse().expect("a Message-ID"));
        draft.to = self.mailboxes(1, 6);
        draft.cc = self.mailboxes(0, 3);
        draft.bcc = self.mailboxes(0, 2);
        draft.reply_to = self.mailboxes(0, 2);
        draft.subject = self.header_text(12);
        draft.text = (self.below(4) > 0).then(|| self.text());
        draft.html = (self.below(3) == 0).then(|| self.text());
        let files = self.below(3);
        draft.attachments = (0..files).map(|_| self.file()).collect();
        draft
    }

    fn mailboxes(&mut self, least: usize, most: usize) -> Vec<Mailbox> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| self.mailbox()).collect()
    }

    fn mailbox(&mut self) -> Mailbox {
        let local = ["ann", "first.last+tag", "a!#$%&'*/=?^`{|}~", "\"two words\"", "\"a\\\"b@c\""];
        let domain = ["example.com", "mail.example.test", "bücher.example"];
        let address = format!("{}@{}", self.one_of(&local), self.one_of(&domain));
        let name = self.name();
        let name = Some(name).filter(|name| !name.as_str().is_empty());
        Mailbox { name, address: address.parse().expect("an address") }
    }

    /// Returns a name that every version of Python parses correctly. Some versions keep the white space
    /// between encoded words, against RFC 2047 §6.2, and some collapse the white space within them.
    fn name(&mut self) -> HeaderText {
        let mut name = self.header_text(5);
        while name.as_str().len() > ONE_ENCODED_WORD || squeezed(name.as_str()) != name.as_str() {
            name = self.header_text(5);
        }
        name
    }

    fn header_text(&mut self, most_words: usize) -> HeaderText {
        let count = self.below(most_words + 1);
        let words: Vec<&str> = (0..count).map(|_| self.one_of(&WORDS)).collect();
        HeaderText::new(words.join(" ")).expect("without control characters")
    }

    fn text(&mut self) -> String {
        let count = self.below(12);
        let ends = ["\n", "\r\n", "\r"];
        let lines = (0..count).map(|_| match self.below(10) {
            0 => "x ".repeat(self.below(600)) + self.one_of(&ends),
            _ => self.one_of(&LINES).to_owned() + self.one_of(&ends),
        });
        lines.collect()
    }

    fn file(&mut self) -> Attachment {
        let types = ["application/byte-stream", "image/png", "application/pdf"];
        let length = self.below(400);
        let name = self.header_text(6);
        let media_type = self.one_of(&types).parse::<MediaType>().expect("a media type");
        let content: Vec<u8> = (0..length).map(|_| self.throw() as u8).collect();
        Attachment::new(name, media_type, content)
    }
}
