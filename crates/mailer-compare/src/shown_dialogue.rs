//! Dialogues as reports show them: aligned, shortened, with equal lists folded and differences marked.

use mailer::Step;

use crate::{
    align::AlignedStep,
    observation::{DialogueLine, Observation, Speaker, Turn},
    per_mail::sections,
    time_format::ms,
};

/// The lines of long content that are shown, at its beginning and at its end.
const HEAD: usize = 14;
const TAIL: usize = 5;

/// The dialogues of one mail, or of all.
pub(crate) struct ShownSection {
    pub(crate) title: Option<String>,
    pub(crate) steps: Vec<ShownStep>,
}

/// One step in all dialogues.
pub(crate) struct ShownStep {
    pub(crate) step: Step,
    /// The turn of each dialogue; `None` if the dialogue has no such step.
    pub(crate) turns: Vec<Option<ShownTurn>>,
    /// The extensions that the server announced, if it announced the same to all. The turns then have
    /// only the first line of the reply.
    pub(crate) announced: Option<String>,
}

/// One step in one dialogue.
#[derive(Clone)]
pub(crate) struct ShownTurn {
    /// When it began, or that it was in the same flight as what came before it.
    pub(crate) time: ShownLine,
    pub(crate) lines: Vec<ShownLine>,
}

/// One line of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownLine {
    pub(crate) speaker: Speaker,
    pub(crate) text: String,
    /// Whether the first dialogue does not have this line at this step.
    pub(crate) differs: bool,
}

/// Prepares the dialogues of these observations. The first is the one that others are compared with.
pub(crate) fn shown_sections(observations: &[&Observation], mails: usize) -> Vec<ShownSection> {
    let dialogues: Vec<Vec<Turn>> = observations.iter().map(|one| one.dialogue()).collect();
    let step = |row: AlignedStep| shown_step(observations, row);
    let steps = |rows: Vec<AlignedStep>| rows.into_iter().map(step).collect();
    let sections = sections(&dialogues, mails).into_iter();
    sections.map(|one| ShownSection { title: one.title, steps: steps(one.rows) }).collect()
}

fn shown_step(observations: &[&Observation], mut row: AlignedStep) -> ShownStep {
    let announced = fold_announced(&mut row);
    let reference = row.turns.first().cloned().flatten();
    let turns = row.turns.iter().zip(observations).enumerate();
    let turns = turns.map(|(column, (turn, observation))| {
        let reference = (column > 0).then_some(reference.as_ref());
        turn.as_ref().map(|turn| shown_turn(observation, turn, reference))
    });
    ShownStep { step: row.step, turns: turns.collect(), announced }
}

/// Reduces the replies to EHLO to their first line, if they are the same in every dialogue. Returns the
/// extensions that they announce.
fn fold_announced(row: &mut AlignedStep) -> Option<String> {
    if !matches!(row.step, Step::Ehlo | Step::EhloAgain) {
        return None;
    }
    let replies: Vec<Vec<String>> = row.turns.iter().map(server_lines).collect();
    let (reply, others) = replies.split_first()?;
    if reply.len() < 2 || others.iter().any(|other| other != reply) {
        return None;
    }
    for turn in row.turns.iter_mut().flatten() {
        let mut is_first = true;
        turn.lines.retain(|line| {
            line.speaker != Speaker::Server || std::mem::replace(&mut is_first, false)
        });
    }
    // Each line has a code of three digits and a separator (RFC 5321 §4.1.1.1).
    let extensions: Vec<&str> = reply.iter().skip(1).filter_map(|line| line.get(4..)).collect();
    Some(extensions.join(", "))
}

fn server_lines(turn: &Option<Turn>) -> Vec<String> {
    let lines = turn.iter().flat_map(|turn| &turn.lines);
    lines.filter(|line| line.speaker == Speaker::Server).map(|line| line.text.clone()).collect()
}

/// Prepares a turn. `reference` is the turn of the first dialogue at this step, if this is another one.
fn shown_turn(
    observation: &Observation,
    turn: &Turn,
    reference: Option<Option<&Turn>>,
) -> ShownTurn {
    let expected = reference.map(|turn| turn.map(shorten).unwrap_or_default());
    let lines = shorten(turn).into_iter().enumerate().map(|(index, line)| {
        let differs = expected.as_ref().is_some_and(|expected| {
            !expected.get(index).is_some_and(|expected| is_alike(turn.step, &line, expected))
        });
        ShownLine { speaker: line.speaker, text: line.text, differs }
    });
    let is_same_flight =
        reference.is_none_or(|other| other.is_some_and(|it| it.same_flight == turn.same_flight));
    let text = when(observation, turn);
    let time = ShownLine { speaker: Speaker::Note, text, differs: !is_same_flight };
    ShownTurn { time, lines: lines.collect() }
}

/// Returns when a step began, or that it was in the same flight as what came before it.
pub(crate) fn when(observation: &Observation, turn: &Turn) -> String {
    if turn.same_flight { "same flight".into() } else { ms(observation.since_start(turn.at)) }
}

/// Whether two lines are the same. The final reply holds a queue id, so only its code counts; a TLS
/// version that one backend reports and the other does not is no difference in the dialogue.
fn is_alike(step: Step, one: &DialogueLine, other: &DialogueLine) -> bool {
    let comparable = |line: &DialogueLine| match (step, line.speaker) {
        (Step::EndOfData, Speaker::Server) => line.text.chars().take(4).collect(),
        (_, Speaker::Note) => String::new(),
        _ => line.text.clone(),
    };
    one.speaker == other.speaker && comparable(one) == comparable(other)
}

/// Returns the lines of a turn; of long content, without its middle.
fn shorten(turn: &Turn) -> Vec<DialogueLine> {
    let note = |more| DialogueLine::new(Speaker::Note, format!("... {more} more lines"));
    without_middle(turn.step, turn.lines.clone(), note)
}

/// Returns the lines of a step; of long content without its middle, for which `note` is given the number
/// of lines that are left out.
pub(crate) fn without_middle<T>(
    step: Step,
    mut lines: Vec<T>,
    note: impl FnOnce(usize) -> T,
) -> Vec<T> {
    let more = lines.len().saturating_sub(HEAD + TAIL);
    // A single line is as short as the note that it was left out.
    if step == Step::Content && more > 1 {
        lines.splice(HEAD..HEAD + more, [note(more)]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::{fixtures, recorder::EventKind};

    fn shown(observations: &[Observation]) -> Vec<ShownStep> {
        let observations: Vec<&Observation> = observations.iter().collect();
        let sections = shown_sections(&observations, 1);
        sections.into_iter().flat_map(|section| section.steps).collect()
    }

    fn step(steps: &[ShownStep], wanted: Step) -> &ShownStep {
        steps.iter().find(|step| step.step == wanted).unwrap()
    }

    #[test]
    fn long_content_is_shown_without_its_middle() {
        let line = |n: usize| DialogueLine::new(Speaker::Client, n.to_string());
        let turn = |step, count| {
            let lines: Vec<DialogueLine> = (0..count).map(line).collect();
            Turn { step, at: Instant::now(), same_flight: false, lines }
        };
        let long = turn(Step::Content, 100);
        let shown = shorten(&long);
        assert_eq!(shown.len(), HEAD + 1 + TAIL);
        assert_eq!(shown[HEAD].text, "... 81 more lines");
        assert_eq!((&shown[HEAD - 1], &shown[HEAD + 1]), (&long.lines[13], &long.lines[95]));
        assert_eq!(shorten(&turn(Step::Content, 20)).len(), 20);
        assert_eq!(shorten(&turn(Step::Ehlo, 100)).len(), 100);
    }

    #[test]
    fn equal_lists_of_extensions_are_folded_into_one_line() {
        let both = [fixtures::observation("a"), fixtures::observation("b")];
        let steps = shown(&both);
        let ehlo = step(&steps, Step::EhloAgain);
        assert_eq!(ehlo.announced.as_deref(), Some("PIPELINING, AUTH PLAIN LOGIN"));
        for turn in ehlo.turns.iter().flatten() {
            let texts: Vec<&str> = turn.lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(texts, ["EHLO client.example", "250-mail.example"]);
        }
    }

    #[test]
    fn different_lists_of_extensions_stay_and_their_difference_is_marked() {
        let mut other = fixtures::observation("b");
        for event in &mut other.events {
            if let EventKind::Received { step: Step::Ehlo, reply } = &mut event.kind {
                reply.text.push_str("\nSIZE");
            }
        }
        let steps = shown(&[fixtures::observation("a"), other]);
        let ehlo = step(&steps, Step::Ehlo);
        assert_eq!(ehlo.announced, None);
        let marked: Vec<&str> = ehlo.turns[1]
            .iter()
            .flat_map(|turn| &turn.lines)
            .filter(|line| line.differs)
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(marked, ["250-STARTTLS", "250 SIZE"]);
        assert!(ehlo.turns[0].iter().flat_map(|turn| &turn.lines).all(|line| !line.differs));
    }

    #[test]
    fn a_command_in_another_flight_is_marked_and_a_queue_id_is_not() {
        let mut other = fixtures::pipelined("b");
        for event in &mut other.events {
            if let EventKind::Received { step: Step::EndOfData, reply } = &mut event.kind {
                reply.text = "2.0.0 stored as 2".into();
            }
        }
        let steps = shown(&[fixtures::observation("a"), other]);
        let of = |wanted| step(&steps, wanted).turns[1].as_ref().unwrap();
        assert!(of(Step::Data).time.differs && !of(Step::Mail).time.differs);
        assert!(of(Step::EndOfData).lines.iter().all(|line| !line.differs));
    }

    #[test]
    fn a_step_that_the_first_dialogue_lacks_is_marked() {
        let steps = shown(&[fixtures::observation("a"), fixtures::two_mails("b")]);
        let noop = step(&steps, Step::Noop).turns[1].as_ref().unwrap();
        assert!(noop.time.differs && noop.lines.iter().all(|line| line.differs));
    }
}
