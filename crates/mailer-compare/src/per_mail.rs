//! Dialogues of several mails, mail by mail.

use mailer::Step;

use super::{Row, align};
use crate::observation::{DialogueLine, Speaker, Turn};

/// The number, from 0, of the mail that further ones are told by, where they do not differ from it. Not
/// the first: it has the opening with it.
const MODEL: usize = 1;

/// Some part of all dialogues, to be read side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is; `None` if there is no other.
    pub title: Option<String>,
    /// What was said; nothing where it is all in the title.
    pub rows: Vec<Row>,
}

/// A dialogue in parts.
struct Parts {
    /// The first has the opening with it.
    mails: Vec<Vec<Turn>>,
    /// What follows the last of them.
    closing: Vec<Turn>,
}

/// Dialogues aligned, mail by mail where there are several. Mails at which all said again what they had
/// said at the second are told in a line.
#[must_use]
pub fn sections(dialogues: &[Vec<Turn>], mails: usize) -> Vec<Section> {
    if mails < 2 {
        return vec![Section { title: None, rows: align(dialogues) }];
    }
    let parts: Vec<Parts> = dialogues.iter().map(|dialogue| Parts::of(dialogue)).collect();
    let most = parts.iter().map(|parts| parts.mails.len()).max().unwrap_or(0);
    let mut sections = Vec::new();
    let mut mail = 0;
    while mail < most {
        let alike = (mail..most).take_while(|mail| is_told(&parts, *mail)).count();
        if alike > 0 {
            sections.push(Section { title: Some(as_before(mail, alike)), rows: Vec::new() });
            mail += alike;
            continue;
        }
        let title = if mail == 0 { "Opening, and mail 1".into() } else { number(mail) };
        let turns: Vec<Vec<Turn>> = parts.iter().map(|parts| parts.mail(mail).to_vec()).collect();
        sections.push(Section { title: Some(title), rows: align(&turns) });
        mail += 1;
    }
    let closings: Vec<Vec<Turn>> = parts.into_iter().map(|parts| parts.closing).collect();
    let rows = align(&closings);
    sections.extend((!rows.is_empty()).then(|| Section { title: Some("Closing".into()), rows }));
    sections
}

/// Whether there is nothing to say of this mail that was not said of the second.
fn is_told(parts: &[Parts], mail: usize) -> bool {
    mail > MODEL && parts.iter().all(|parts| is_like(parts.mail(MODEL), parts.mail(mail)))
}

fn number(mail: usize) -> String {
    format!("Mail {}", mail + 1)
}

fn as_before(first: usize, count: usize) -> String {
    let which = match count {
        1 => number(first),
        _ => format!("Mails {} to {}", first + 1, first + count),
    };
    format!("{which}: as mail {}, but for times and the words of replies", MODEL + 1)
}

impl Parts {
    /// A mail ends with the reply to its content, or where the next MAIL is said.
    fn of(dialogue: &[Turn]) -> Self {
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

/// Whether both are the same dialogue but for times and for the words of replies, which hold names of
/// queues.
fn is_like(one: &[Turn], other: &[Turn]) -> bool {
    let said = |turns: &[Turn]| -> Vec<(Step, bool, Vec<DialogueLine>)> {
        turns.iter().map(|turn| (turn.step, turn.same_flight, without_words(turn))).collect()
    };
    said(one) == said(other)
}

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

    /// The dialogue of two mails, the second so many times.
    fn dialogue(further: usize) -> Vec<Turn> {
        let Parts { mails, closing } = Parts::of(&fixtures::two_mails("lettre").dialogue());
        let [first, second] = mails.as_slice() else { panic!("two mails") };
        let further = std::iter::repeat_n(second.clone(), further).flatten();
        first.iter().cloned().chain(further).chain(closing).collect()
    }

    fn titles(dialogues: &[Vec<Turn>], mails: usize) -> Vec<String> {
        sections(dialogues, mails).into_iter().filter_map(|section| section.title).collect()
    }

    #[test]
    fn one_mail_needs_no_titles() {
        let one = fixtures::observation("raw").dialogue();
        let [section] = sections(std::slice::from_ref(&one), 1).try_into().unwrap();
        assert_eq!((section.title, section.rows), (None, align(&[one])));
    }

    #[test]
    fn what_stands_between_two_mails_belongs_to_the_second() {
        let sections = sections(&[dialogue(1)], 2);
        let first = |section: &Section| section.rows.first().map(|row| row.step);
        let firsts: Vec<_> = sections.iter().map(first).collect();
        assert_eq!(firsts, [Some(Step::Connect), Some(Step::Noop), Some(Step::Quit)]);
    }

    #[test]
    fn mails_like_the_second_are_told_in_a_line() {
        let same = "but for times and the words of replies";
        let mut other = dialogue(4);
        assert_eq!(
            titles(&[other.clone(), dialogue(4)], 5),
            [
                "Opening, and mail 1",
                "Mail 2",
                &format!("Mails 3 to 5: as mail 2, {same}"),
                "Closing"
            ]
        );
        // The fourth of them says something else, to one of the two.
        let mails = other.iter_mut().filter(|turn| turn.step == Step::Mail);
        mails.skip(3).take(1).for_each(|turn| turn.same_flight = true);
        assert_eq!(
            titles(&[other, dialogue(4)], 5),
            [
                "Opening, and mail 1",
                "Mail 2",
                &format!("Mail 3: as mail 2, {same}"),
                "Mail 4",
                &format!("Mail 5: as mail 2, {same}"),
                "Closing"
            ]
        );
    }

    #[test]
    fn who_comes_less_far_has_gaps() {
        let sections = sections(&[dialogue(1), fixtures::observation("raw").dialogue()], 2);
        let Some(second) = sections.get(1) else { panic!("two mails") };
        assert!(!second.rows.is_empty() && second.rows.iter().all(|row| row.turns[1].is_none()));
    }
}
