//! The lesson: two sessions with the same server, cut into the fifteen steps.

use std::collections::BTreeSet;

use mailer::{Security, Step};
use mailer_compare::{
    Comparison,
    observation::{DialogueLine, Observation, Speaker, Turn},
};
use mailer_notes::{LessonStep, Note, Piece, StepNumbers, TurningPoint, annotate, lesson_steps};

/// The sessions of a comparison, step by step. The first is the one whose dialogue is shown.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lesson {
    /// The server's URL, without user and password.
    pub server: String,
    /// The names of the backends.
    pub backends: Vec<String>,
    /// The fifteen steps.
    pub parts: Vec<LessonPart>,
}

/// One step in the sessions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LessonPart {
    /// The text on the step.
    pub step: &'static LessonStep,
    /// The lines of each session at this step.
    pub sides: Vec<Vec<DialogueLine>>,
    /// Why the first session has nothing to show at this step.
    pub skipped: Option<&'static str>,
    /// The questions that a learner asks here.
    pub turning_points: Vec<TurningPoint>,
    /// The words of the first session at this step, each kind once for each side.
    pub words: Vec<Word>,
}

/// A word of a line, and the note on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Word {
    /// The side that sent it.
    pub speaker: Speaker,
    /// The text as it was sent, with line ends shown as CR LF.
    pub text: String,
    /// What base64 or quoted-printable means, with secrets masked.
    pub decoded: Option<String>,
    /// The note.
    pub note: &'static Note,
    /// Whether no earlier step has this note.
    pub is_new: bool,
}

impl Lesson {
    /// Returns the lesson on these sessions.
    #[must_use]
    pub fn new(comparison: &Comparison) -> Self {
        let sides: Vec<Vec<(Option<u32>, Step, DialogueLine)>> =
            comparison.observations.iter().map(numbered).collect();
        let mut parts: Vec<LessonPart> = lesson_steps()
            .iter()
            .map(|step| LessonPart {
                step,
                sides: sides.iter().map(|side| lines_of(side, step.number)).collect(),
                skipped: None,
                turning_points: Vec::new(),
                words: Vec::new(),
            })
            .collect();
        if let Some(first) = sides.first() {
            annotate_parts(&mut parts, first);
        }
        let last = parts.iter().filter(|part| !part.is_empty()).map(|part| part.step.number).max();
        let mechanism = comparison.observations.first().and_then(Observation::mechanism);
        for part in &mut parts {
            part.skipped = part
                .is_empty()
                .then(|| reason(part.step.number, last, comparison.security, mechanism));
        }
        let backends = comparison.observations.iter().map(|one| one.backend.clone()).collect();
        Self { server: comparison.server.clone(), backends, parts }
    }
}

impl LessonPart {
    /// Whether the first session has nothing to show at this step.
    fn is_empty(&self) -> bool {
        self.sides.first().is_none_or(Vec::is_empty)
    }

    /// Returns the code of the reply in the first session.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        let lines = self.sides.first()?.iter();
        let reply = lines.rev().find(|line| line.speaker == Speaker::Server)?;
        reply.text.get(..3)?.parse().ok()
    }
}

/// Why a session has no such step.
fn reason(
    number: u32,
    last: Option<u32>,
    security: Security,
    mechanism: Option<&str>,
) -> &'static str {
    match (number, security) {
        _ if last.is_none_or(|last| number > last) => "The session ended before this step.",
        (2 | 3, Security::Implicit) => {
            "This session has TLS from the first byte (smtps://), so this step is not needed."
        }
        (3..=5, _) => "This session has no STARTTLS, so this step is not needed.",
        (6, _) => "This session has no user, so it does not log in.",
        (7 | 8, _) if mechanism.is_some() => {
            "This session logs in in one step, so this step is not needed."
        }
        (7 | 8, _) => "This session has no user, so it does not log in.",
        _ => "This session has no such step.",
    }
}

/// Returns the lines of a session in order, with their numbers and steps.
fn numbered(observation: &Observation) -> Vec<(Option<u32>, Step, DialogueLine)> {
    let mut numbers = StepNumbers::default();
    let mut lines = Vec::new();
    for turn in observation.dialogue() {
        for line in &turn.lines {
            lines.push((number(&mut numbers, &turn, line), turn.step, line.clone()));
        }
    }
    lines
}

fn number(numbers: &mut StepNumbers, turn: &Turn, line: &DialogueLine) -> Option<u32> {
    match (line.speaker, turn.step) {
        (Speaker::Note, Step::Connect) => Some(numbers.connected()),
        (Speaker::Note, Step::Tls) => Some(numbers.tls_started()),
        // What was not kept of a long content.
        (Speaker::Note, Step::Content) => numbers.sent(Step::Content, &line.text),
        // The only other remark is the one on the end of the connection.
        (Speaker::Note, _) => Some(15),
        (Speaker::Client, step) => numbers.sent(step, &line.text),
        (Speaker::Server, step) => numbers.received(step),
    }
}

fn lines_of(side: &[(Option<u32>, Step, DialogueLine)], number: u32) -> Vec<DialogueLine> {
    let lines = side.iter().filter(|(known, ..)| *known == Some(number));
    lines.map(|(.., line)| line.clone()).collect()
}

/// Adds the notes and the turning points of a session to its steps.
fn annotate_parts(parts: &mut [LessonPart], side: &[(Option<u32>, Step, DialogueLine)]) {
    let sent: Vec<(Option<u32>, Step, Speaker, String)> = side
        .iter()
        .filter(|(.., line)| line.speaker != Speaker::Note)
        .map(|(number, step, line)| (*number, *step, line.speaker, format!("{}\r\n", line.text)))
        .collect();
    let pieces: Vec<Piece<'_>> = sent
        .iter()
        .map(|(_, step, speaker, text)| match speaker {
            Speaker::Server => Piece::server(*step, text.as_bytes()),
            Speaker::Client | Speaker::Note => Piece::client(*step, text.as_bytes()),
        })
        .collect();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for ((number, _, speaker, text), annotated) in sent.iter().zip(annotate(&pieces)) {
        let Some(part) = parts.iter_mut().find(|part| Some(part.step.number) == *number) else {
            continue;
        };
        part.turning_points.extend(annotated.turning_points);
        for token in annotated.tokens {
            let is_known = |word: &Word| word.speaker == *speaker && word.note.id == token.note.id;
            if part.words.iter().any(is_known) {
                continue;
            }
            let bytes = text.as_bytes().get(token.range).unwrap_or_default();
            part.words.push(Word {
                speaker: *speaker,
                text: String::from_utf8_lossy(bytes).replace("\r\n", "CR LF"),
                decoded: token.decoded,
                is_new: known.insert(token.note.id),
                note: token.note,
            });
        }
    }
}
