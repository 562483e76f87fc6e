//! Sessions written as text: `C: ` and `S: ` before each line, as `mailer send --trace` shows them.

use std::collections::VecDeque;

use mailer::Step;
use mailer_notes::{Annotated, Note, Piece, Speaker, Wire, annotate};

/// One line of a transcript, with its line end.
pub(crate) struct Line {
    pub(crate) speaker: Speaker,
    pub(crate) step: Step,
    pub(crate) bytes: Vec<u8>,
}

impl Line {
    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece { speaker: self.speaker, step: self.step, wire: Wire::Bytes(&self.bytes) }
    }
}

/// Reads a transcript. Other lines are skipped.
pub(crate) fn parse(text: &str) -> Vec<Line> {
    let mut reader = Reader::default();
    text.lines().filter_map(split).map(|(speaker, line)| reader.read(speaker, line)).collect()
}

/// Annotates a transcript line by line.
pub(crate) fn annotated(lines: &[Line]) -> Vec<Annotated> {
    let pieces: Vec<Piece<'_>> = lines.iter().map(Line::piece).collect();
    annotate(&pieces)
}

/// Returns the tokens of all lines as text and note.
pub(crate) fn tokens(text: &str) -> Vec<(String, &'static Note)> {
    let lines = parse(text);
    let annotated = annotated(&lines);
    let all = lines.iter().zip(&annotated).flat_map(|(line, annotated)| {
        annotated.tokens.iter().map(|token| {
            let bytes = &line.bytes[token.range.clone()];
            (String::from_utf8_lossy(bytes).into_owned(), token.note)
        })
    });
    all.collect()
}

fn split(line: &str) -> Option<(Speaker, &str)> {
    let (_, text) = line.split_once("C:").filter(|(before, _)| is_margin(before)).unzip();
    if let Some(text) = text {
        let text = text.strip_prefix(' ').unwrap_or(text);
        return Some((Speaker::Client, text.split("   [").next().unwrap_or(text)));
    }
    let (before, text) = line.split_once("S:")?;
    is_margin(before).then(|| (Speaker::Server, text.strip_prefix(' ').unwrap_or(text)))
}

/// Whether this is what a trace writes before a line: a number and a time.
fn is_margin(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || " .times".contains(c))
}

/// Where a transcript is.
#[derive(Default)]
struct Reader {
    /// The steps of which no reply has come.
    waiting: VecDeque<Step>,
    has_tls: bool,
    /// The content that follows: up to the dot, or so many bytes.
    in_data: bool,
    chunk: usize,
    is_last_chunk: bool,
}

impl Reader {
    fn read(&mut self, speaker: Speaker, line: &str) -> Line {
        let bytes = format!("{line}\r\n").into_bytes();
        let step = match speaker {
            Speaker::Client => self.client(line, bytes.len()),
            Speaker::Server => self.server(line),
        };
        Line { speaker, step, bytes }
    }

    fn server(&mut self, line: &str) -> Step {
        let step = self.waiting.front().copied().unwrap_or(Step::Greeting);
        if !line.get(3..).is_some_and(|after| after.starts_with('-')) {
            self.waiting.pop_front();
        }
        self.in_data |= line.starts_with("354");
        self.has_tls |= step == Step::StartTls && line.starts_with("220");
        step
    }

    fn client(&mut self, line: &str, length: usize) -> Step {
        if self.chunk > 0 {
            return self.content_of_chunk(length);
        }
        if self.in_data && line != "." {
            return Step::Content;
        }
        let step = self.command(line);
        if self.chunk == 0 {
            self.waiting.push_back(step);
        }
        step
    }

    fn content_of_chunk(&mut self, length: usize) -> Step {
        self.chunk = self.chunk.checked_sub(length).expect("chunks end with a line here");
        if self.chunk == 0 {
            self.waiting.push_back(if self.is_last_chunk { Step::EndOfData } else { Step::Data });
        }
        Step::Content
    }

    fn command(&mut self, line: &str) -> Step {
        let mut words = line.split(' ');
        match words.next().unwrap_or_default() {
            "EHLO" | "HELO" if self.has_tls => Step::EhloAgain,
            "EHLO" | "HELO" => Step::Ehlo,
            "STARTTLS" => Step::StartTls,
            "MAIL" => Step::Mail,
            "RCPT" => Step::Recipient,
            "DATA" => Step::Data,
            "BDAT" => {
                self.chunk = words.next().and_then(|size| size.parse().ok()).expect("a size");
                self.is_last_chunk = words.next().is_some();
                Step::Data
            }
            "." => {
                self.in_data = false;
                Step::EndOfData
            }
            "RSET" => Step::Reset,
            "QUIT" => Step::Quit,
            "NOOP" | "VRFY" | "EXPN" | "HELP" | "ETRN" | "XYZZY" => Step::Noop,
            _ => Step::Auth,
        }
    }
}
