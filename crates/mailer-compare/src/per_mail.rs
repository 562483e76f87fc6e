//! Dialogues of several mails, one section per mail.

use mailer::Step;

use crate::{
    align::{AlignedStep, align},
    observation::{DialogueLine, Speaker, Turn},
};

/// The index of the mail that later ones are compared with. It is not the first, which has the opening
/// in its section.
const MODEL: usize = 1;

/// A part of all dialogues, to be read side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The title; `None` if there is only one section.
    pub title: Option<String>,
    /// The aligned steps; empty if the title describes all of it.
    pub rows: Vec<AlignedStep>,
}

/// A dialogue, divided by mail.
struct Parts {
    /// One part per mail. The first includes the opening.
    mails: Vec<Vec<Turn>>,
    /// The turns after the last mail.
    closing: Vec<Turn>,
}

/// Aligns dialogues, one section per mail if there are several mails. Mails whose dialogues all repeat
/// the second mail's share one section without rows.
#[must_use]
pub fn sections(dialogues: &[Vec<Turn>], mails: usize) -> Vec<Section> {
    if mails < 2 {
        return vec![Section { title: None, rows: align(dialogues) }];
    }
    let parts: Vec<Parts> = dialogues.iter().map(|dialogue| Parts::new(dialogue)).collect();
    let most = parts.iter().map(|parts| parts.mails.len()).max().unwrap_or(0);
    let mut sections = Vec::new();
    let mut mail = 0;
    while mail < most {
        let repeated = (mail..most).take_while(|mail| is_repetition(&parts, *mail)).count();
        if repeated > 0 {
            let title = Some(repetition_title(mail, repeated));
            sections.push(Section { title, rows: Vec::new() });
            mail += repeated;
            continue;
        }
        let title = if mail == 0 { "Opening, and message 1".into() } else { mail_title(mail) };
        let turns: Vec<Vec<Turn>> = parts.iter().map(|parts| parts.mail(mail).to_vec()).collect();
        sections.push(Section { title: Some(title), rows: align(&turns) });
        mail += 1;
    }
    let closings: Vec<Vec<Turn>> = parts.into_iter().map(|parts| parts.closing).collect();
    let rows = align(&closings);
    sections.extend((!rows.is_empty()).then(|| Section { title: Some("Closing".into()), rows }));
    sections
}

/// Whether every dialogue of this mail repeats that of the second.
fn is_repetition(parts: &[Parts], mail: usize) -> bool {
    mail > MODEL && parts.iter().all(|parts| is_alike(parts.mail(MODEL), parts.mail(mail)))
}

fn mail_title(mail: usize) -> String {
    format!("Message {}", mail + 1)
}

fn repetition_title(first: usize, count: usize) -> String {
    let which = match count {
        1 => mail_title(first),
        _ => format!("Messages {} to {}", first + 1, first + count),
    };
    format!("{which}: as message {}, except for times and the words of replies", MODEL + 1)
}

impl Parts {
    /// Divides a dialogue. A mail ends with the reply to its content, or before the next MAIL.
    fn new(dialogue: &[Turn]) -> Self {
        let mut mails: Vec<Vec<Turn>> = Vec::new();
        let mut part = Vec::new();
        for turn in dialogue {
            if turn.step == Step::Mail && has_mail(&part) {
                mails.push(std::mem::take(&mut part));
            }
            part.push(turn.clone());
            if turn.step == Step::EndOfData {
                mails.push(std::mem::take(&mut part));
            }
        }
        if mails.is_empty() || has_mail(&part) {
            mails.push(std::mem::take(&mut part));
        }
        Self { mails, closing: part }
    }

    fn mail(&self, mail: usize) -> &[Turn] {
        self.mails.get(mail).map_or(&[], Vec::as_slice)
    }
}

fn has_mail(turns: &[Turn]) -> bool {
    turns.iter().any(|turn| turn.step == Step::Mail)
}

/// Whether two dialogues differ only in times and in the words of replies, which hold queue ids.
fn is_alike(one: &[Turn], other: &[Turn]) -> bool {
    let comparable = |turns: &[Turn]| -> Vec<(Step, bool, Vec<DialogueLine>)> {
        turns.iter().map(|turn| (turn.step, turn.same_flight, without_words(turn))).collect()
    };
    comparable(one) == comparable(other)
}

/// Returns the lines of a turn, with replies reduced to their code.
fn without_words(turn: &Turn) -> Vec<DialogueLine> {
    let mut lines = turn.lines.clone();
    lines.iter_mut().for_each(|line| line.source = None);
    for line in lines.iter_mut().filter(|line| line.speaker == Speaker::Server) {
        line.text = line.text.chars().take(4).collect();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// The dialogue of two mails, with the second `further` times.
    fn dialogue(further: usize) -> Vec<Turn> {
        let Parts { mails, closing } = Parts::new(&fixtures::two_mails("lettre").dialogue());
        let [first, second] = mails.as_slice() else { panic!("two mails") };
        let further = std::iter::repeat_n(second.clone(), further).flatten();
        first.iter().cloned().chain(further).chain(closing).collect()
    }

    fn titles(dialogues: &[Vec<Turn>], mails: usize) -> Vec<String> {
        sections(dialogues, mails).into_iter().filter_map(|section| section.title).collect()
    }

    #[test]
    fn one_mail_has_one_section_without_title() {
        let one = fixtures::observation("raw").dialogue();
        let [section] = sections(std::slice::from_ref(&one), 1).try_into().unwrap();
        assert_eq!((section.title, section.rows), (None, align(&[one])));
    }

    #[test]
    fn a_noop_between_two_mails_belongs_to_the_second() {
        let sections = sections(&[dialogue(1)], 2);
        let first = |section: &Section| section.rows.first().map(|row| row.step);
        let firsts: Vec<_> = sections.iter().map(first).collect();
        assert_eq!(firsts, [Some(Step::Connect), Some(Step::Noop), Some(Step::Quit)]);
    }

    #[test]
    fn mails_that_repeat_the_second_share_a_section() {
        let same = "except for times and the words of replies";
        let mut other = dialogue(4);
        assert_eq!(
            titles(&[other.clone(), dialogue(4)], 5),
            [
                "Opening, and message 1",
                "Message 2",
                &format!("Messages 3 to 5: as message 2, {same}"),
                "Closing"
            ]
        );
        // In one of the two dialogues, the fourth mail differs.
        let mails = other.iter_mut().filter(|turn| turn.step == Step::Mail);
        mails.skip(3).take(1).for_each(|turn| turn.same_flight = true);
        assert_eq!(
            titles(&[other, dialogue(4)], 5),
            [
                "Opening, and message 1",
                "Message 2",
                &format!("Message 3: as message 2, {same}"),
                "Message 4",
                &format!("Message 5: as message 2, {same}"),
                "Closing"
            ]
        );
    }

    #[test]
    fn a_dialogue_with_fewer_mails_has_gaps() {
        let sections = sections(&[dialogue(1), fixtures::observation("raw").dialogue()], 2);
        let Some(second) = sections.get(1) else { panic!("two mails") };
        assert!(!second.rows.is_empty() && second.rows.iter().all(|row| row.turns[1].is_none()));
    }
}
