//! The lesson as text for a terminal of any width. Everything is readable without colour too.

use anstyle::Style;
use mailer_compare::{
    html::{CodeLine, SourceCode},
    observation::{DialogueLine, Speaker},
    text::{
        Format,
        layout::{CLIENT, DIM, HEADING, MARK, PLAIN, SERVER, TITLE, TextWriter},
    },
};
use mailer_notes::why;

use crate::{
    breaks::Break,
    dialogue::BrokenDialogue,
    handling::Handling,
    lesson::{Lesson, LessonPart, Word},
};

/// The lines of content that are shown, at its beginning and at its end.
const HEAD: usize = 3;
const TAIL: usize = 4;

/// The number of the step that sends the content.
const CONTENT: u32 = 12;

/// The lines of code that are shown for each backend.
const MOST_CODE: usize = 2;

/// The width of the words before their notes.
const WORD: usize = 14;

/// How the lesson is shown.
#[derive(Debug)]
#[non_exhaustive]
pub struct View<'a> {
    /// The layout.
    pub format: Format,
    /// The source code of the backends.
    pub code: SourceCode<'a>,
    /// Returns where a backend does what has no line of its own.
    pub elsewhere: fn(&str) -> &'static str,
}

impl<'a> View<'a> {
    /// Returns a view with this layout and this source code.
    #[must_use]
    pub fn new(format: Format, code: SourceCode<'a>, elsewhere: fn(&str) -> &'static str) -> Self {
        Self { format, code, elsewhere }
    }

    fn page(&self) -> TextWriter {
        TextWriter::new(self.format)
    }

    /// Returns the head of the lesson: what it shows, and where it comes from.
    #[must_use]
    pub fn introduction(&self, lesson: &Lesson) -> String {
        let mut page = self.page();
        let count = lesson.parts.len();
        page.wrapped(TITLE, &format!("One message to {}, in {count} steps", lesson.server));
        page.blank();
        page.paragraph(
            "",
            &format!(
                "Each step was recorded just now, once with {}. C: is the client, S: the server.",
                lesson.backends.join(" and once with ")
            ),
        );
        for backend in &lesson.backends {
            if let Some(call) = self.code.call(backend) {
                page.blank();
                page.paragraph(
                    "",
                    &format!("With {backend}, a program writes one line for all of it:"),
                );
                code(&mut page, "   ", &call);
            }
        }
        page.finish()
    }

    /// Returns a remark.
    #[must_use]
    pub fn hint(&self, text: &str) -> String {
        let mut page = self.page();
        page.paragraph("", text);
        page.finish()
    }

    /// Returns a step without its answer: what happens and why, what the client sends, the code in each backend, the
    /// question, and what the server may answer.
    #[must_use]
    pub fn question(&self, lesson: &Lesson, part: &LessonPart) -> String {
        let mut page = self.page();
        let step = part.step;
        heading(&mut page, &format!("{}/{} {}", step.number, lesson.parts.len(), step.title));
        page.paragraph("", &format!("{} ({})", step.text, step.source));
        page.blank();
        if let Some(skipped) = part.skipped {
            page.paragraph("", skipped);
            return page.finish();
        }
        self.sent(&mut page, lesson, part);
        page.blank();
        page.wrapped(MARK, step.question);
        if !step.answers.is_empty() {
            page.line(PLAIN, "The server may answer:");
        }
        for answer in step.answers {
            page.paragraph(&format!("  {}  ", answer.code), answer.meaning);
        }
        page.finish()
    }

    /// Returns the rest of a step: what the server said, and the reasons.
    #[must_use]
    pub fn answer(&self, part: &LessonPart) -> String {
        let mut page = self.page();
        if part.skipped.is_some() {
            return page.finish();
        }
        let first = part.sides.first().map(Vec::as_slice).unwrap_or_default();
        let replies = first.iter().filter(|line| line.speaker == Speaker::Server);
        dialogue(&mut page, replies);
        page.paragraph("", part.step.answer);
        for point in &part.turning_points {
            let why = why(*point);
            page.blank();
            page.wrapped(TITLE, why.question);
            page.paragraph("", &format!("{} ({})", why.text, why.source));
        }
        page.finish()
    }

    /// Returns the notes on the words of a step that are wanted.
    #[must_use]
    pub fn words(&self, part: &LessonPart, is_wanted: impl Fn(&Word) -> bool) -> String {
        let mut page = self.page();
        let words: Vec<_> = part.words.iter().filter(|word| is_wanted(word)).collect();
        if words.is_empty() {
            return page.finish();
        }
        page.line(TITLE, "Word by word");
        for word in words {
            let decoded = word.decoded.as_ref().map(|text| format!(" (\"{text}\")"));
            let text = shortened(&word.text);
            let note = format!("{}{}", word.note.text, decoded.unwrap_or_default());
            if text.len() > WORD {
                page.line(CLIENT, &format!("  {text}"));
                page.paragraph(&format!("  {:<WORD$}  ", ""), &note);
            } else {
                page.paragraph(&format!("  {text:<WORD$}  "), &note);
            }
        }
        page.finish()
    }

    /// Returns the names of the broken dialogues of a step, and how to run them.
    #[must_use]
    pub fn breaks_of(&self, part: &LessonPart) -> String {
        let mut page = self.page();
        for one in Break::of_step(part.step.number) {
            let text = format!("{} (--break {})", one.note().title, one.name);
            page.paragraph("Break it: ", &text);
        }
        page.finish()
    }

    /// Returns the start of a broken dialogue: what is broken.
    #[must_use]
    pub fn broken_question(&self, one: &Break) -> String {
        let mut page = self.page();
        let note = one.note();
        heading(&mut page, &format!("Broken: {}", note.title));
        page.paragraph("", note.text);
        page.finish()
    }

    /// Returns a broken dialogue as it went, and what it teaches.
    #[must_use]
    pub fn broken(&self, one: &Break, broken: &BrokenDialogue, server: &str) -> String {
        let mut page = self.page();
        let note = one.note();
        page.wrapped(TITLE, &format!("The dialogue with {server}"));
        let steps: Vec<&str> = broken.before.iter().map(|step| step.name()).collect();
        if !steps.is_empty() {
            page.wrapped(DIM, &format!("-- as usual: {}", steps.join(", ")));
        }
        dialogue(&mut page, &without_middle(broken.lines.clone()));
        for content in broken.stored.iter().flatten() {
            let text = String::from_utf8_lossy(content);
            let last = text.lines().rev().find(|line| !line.is_empty()).unwrap_or_default();
            let text = format!(
                "The server stored a message of {} bytes. Its last line: {last}",
                content.len()
            );
            page.paragraph("", &text);
        }
        page.blank();
        page.paragraph("", &format!("{} ({})", note.lesson, note.source));
        page.finish()
    }

    /// Returns what the backends do about it.
    #[must_use]
    pub fn handling(&self, one: &Break, all: &[Handling]) -> String {
        let mut page = self.page();
        page.wrapped(TITLE, "What the backends do");
        page.paragraph("", &format!("{} {}", one.note().remedy, one.situation()));
        for handling in all {
            page.blank();
            page.line(HEADING, &handling.backend);
            dialogue(&mut page, &handling.lines);
            let sent = handling.lines.iter().filter(|line| line.speaker == Speaker::Client);
            let mut lines = self.code.of_lines(sent);
            lines.truncate(MOST_CODE);
            for line in lines {
                code(&mut page, "   ", &line);
            }
            page.paragraph("-> ", &handling.result);
        }
        page.finish()
    }

    /// Writes what the client sends, and the code that does it in each backend.
    fn sent(&self, page: &mut TextWriter, lesson: &Lesson, part: &LessonPart) {
        let width = lesson.backends.iter().map(String::len).max().unwrap_or_default();
        let mut shown: Option<Vec<&str>> = None;
        for (backend, lines) in lesson.backends.iter().zip(&part.sides) {
            let texts = client_texts(lines);
            match &shown {
                None => {
                    let not_replies = lines.iter().filter(|line| line.speaker != Speaker::Server);
                    dialogue(page, &without_middle(not_replies.cloned().collect()));
                    shown = Some(texts);
                }
                Some(known) if *known == texts || texts.is_empty() => {}
                // Each backend renders a letter in its own way.
                Some(_) if part.step.number == CONTENT => {
                    let text = format!("-- {backend} renders the letter in {} lines", texts.len());
                    page.wrapped(DIM, &text);
                }
                Some(_) => {
                    dialogue(page, lines.iter().filter(|line| line.speaker == Speaker::Client));
                    shown = Some(texts);
                }
            }
            let label = format!("   {backend:<width$}  ");
            let mut lines = self.code.of_lines(lines);
            lines.truncate(MOST_CODE);
            for line in &lines {
                code(page, &label, line);
            }
            if lines.is_empty() {
                page.paragraph(&label, (self.elsewhere)(backend));
            }
        }
    }
}

/// Returns what the client sent.
fn client_texts(lines: &[DialogueLine]) -> Vec<&str> {
    let lines = lines.iter().filter(|line| line.speaker == Speaker::Client);
    lines.map(|line| line.text.as_str()).collect()
}

/// Writes the title of a step.
fn heading(page: &mut TextWriter, title: &str) {
    let fill = page.width().saturating_sub(title.chars().count() + 1);
    page.pieces(&[(TITLE, format!("{title} ")), (DIM, "─".repeat(fill))]);
}

/// Writes lines of a dialogue.
fn dialogue<'l>(page: &mut TextWriter, lines: impl IntoIterator<Item = &'l DialogueLine>) {
    for line in lines {
        let (style, prefix): (Style, &str) = match line.speaker {
            Speaker::Client => (CLIENT, "C: "),
            Speaker::Server => (SERVER, "S: "),
            Speaker::Note => (DIM, "-- "),
        };
        page.wrapped(style, &format!("{prefix}{}", line.text));
    }
}

/// Writes a line of code and where it is.
fn code(page: &mut TextWriter, label: &str, line: &CodeLine) {
    page.paragraph(label, &format!("{}  [{}]", line.text, line.place));
}

/// Returns the lines; of a long content, without its middle.
fn without_middle(mut lines: Vec<DialogueLine>) -> Vec<DialogueLine> {
    let is_content = |line: &DialogueLine| line.speaker == Speaker::Client;
    // A content is a run of lines of the client.
    let run = lines.chunk_by(|one, next| is_content(one) == is_content(next));
    let mut at = 0;
    let mut long = None;
    for chunk in run {
        if chunk.first().is_some_and(is_content) && chunk.len() > HEAD + TAIL + 1 {
            long = Some((at, chunk.len()));
        }
        at += chunk.len();
    }
    let Some((at, length)) = long else { return lines };
    let middle = at + HEAD..at + length - TAIL;
    let text = format!("... {} more lines", middle.len());
    let note = DialogueLine { speaker: Speaker::Note, text, source: None };
    lines.splice(middle, [note]);
    lines
}

/// Returns the beginning of a long word.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    if text.trim().is_empty() {
        return "SP".to_owned();
    }
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", text.split_at(at).0),
        None => text.to_owned(),
    }
}
