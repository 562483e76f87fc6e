//! The tables: their ids, sources and texts.

use std::collections::BTreeSet;

use mailer_notes::{break_notes, lesson_steps, notes, reasons, why};

/// Id, title, source and text of every note, reason, step and broken dialogue.
fn entries() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let notes = notes().map(|note| (note.id, note.title, note.source, note.text));
    let reasons = reasons().map(|why| (why.id, why.question, why.source, why.text));
    let steps = lesson_steps().iter().map(|step| (step.id, step.title, step.source, step.text));
    let breaks = break_notes().iter().map(|it| (it.id, it.title, it.source, it.text));
    notes.chain(reasons).chain(steps).chain(breaks).collect()
}

#[test]
fn ids_are_unique_and_fit_links() {
    let mut seen = BTreeSet::new();
    for (id, ..) in entries() {
        assert!(seen.insert(id), "{id} is there twice");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!id.is_empty() && id.chars().all(fits), "{id}");
    }
}

#[test]
fn every_source_names_a_section_of_an_rfc() {
    for (id, _, source, _) in entries() {
        for (index, one) in source.split("; ").enumerate() {
            assert!(is_rfc(one, index == 0), "{id}: {source:?}");
        }
    }
}

/// Whether this is `RFC 5321 §4.2.1` or `RFC 8446 §D.4`; further sources may lack the section, because
/// the oldest RFCs have no numbered ones.
fn is_rfc(source: &str, needs_section: bool) -> bool {
    let Some(rest) = source.strip_prefix("RFC ") else { return false };
    let (number, section) = rest.split_once(" §").unzip();
    let number = number.unwrap_or(rest);
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_part = |part: &str| is_number(part) || matches!(part.as_bytes(), [b'A'..=b'Z']);
    let section_fits = match section {
        Some(section) => section.split('.').all(is_part),
        None => !needs_section,
    };
    is_number(number) && section_fits
}

#[test]
fn sources_are_checked() {
    assert!(is_rfc("RFC 5321 §4.2.1", true) && is_rfc("RFC 8446 §D.4", true));
    assert!(is_rfc("RFC 896", false) && !is_rfc("RFC 896", true));
    assert!(!is_rfc("RFC 5321 §", true) && !is_rfc("5321 §4", true) && !is_rfc("RFC x §4", true));
}

#[test]
fn every_text_is_one_or_two_sentences() {
    for (id, title, _, text) in entries() {
        let sentences = text.matches(". ").count() + 1;
        assert!(text.ends_with('.') && sentences <= 2, "{id}: {text}");
        assert!(!title.is_empty() && title.len() <= 60, "{id}: {title}");
        assert!(!text.contains("  ") && text.len() <= 320, "{id}: {text}");
    }
}

#[test]
fn why_returns_the_reason_for_each_turning_point() {
    let mut seen = BTreeSet::new();
    for reason in reasons() {
        assert!(seen.insert(reason.turning_point), "{} is there twice", reason.id);
        assert_eq!(why(reason.turning_point), reason);
        assert!(reason.question.ends_with('?'), "{}", reason.question);
    }
    assert_eq!(seen.len(), 13);
}

#[test]
fn the_steps_are_numbered_and_ask() {
    for (number, step) in (1..).zip(lesson_steps()) {
        assert_eq!(step.number, number, "{}", step.id);
        assert!(step.answer.ends_with('.') && step.answer.len() <= 240, "{}", step.answer);
        assert!(step.question.ends_with('?') || step.question.ends_with('.'), "{}", step.question);
        let codes: Vec<u16> = step.answers.iter().map(|answer| answer.code).collect();
        assert!(
            codes.is_sorted() && codes.iter().all(|code| (200..600).contains(code)),
            "{codes:?}"
        );
    }
}

#[test]
fn every_break_belongs_to_a_step_and_teaches_something() {
    let steps: Vec<u32> = break_notes().iter().map(|note| note.step).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    for note in break_notes() {
        assert!(lesson_steps().iter().any(|step| step.number == note.step), "{}", note.id);
        for text in [note.lesson, note.remedy] {
            assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", note.id);
        }
    }
}
