//! Tokens of the replies of the server (RFC 5321 §4.2).

use mailer::Step;

use crate::{
    auth::mark_challenge,
    extensions::{mark_extension, mark_greeting},
    note::Note,
    scanner::{Mark, Scanner, mark_line_end, split_line},
    table::{codes, enhanced, replies as table},
};

/// Marks replies to one step, line by line.
pub(crate) fn mark_replies(step: Step, bytes: &[u8], marks: &mut Vec<Mark>) {
    let mut ahead = bytes;
    let mut is_first = true;
    while !ahead.is_empty() {
        let (line, end, rest) = split_line(ahead);
        mark_line(step, is_first, line, marks);
        mark_line_end(end, marks);
        is_first = line.get(3) != Some(&b'-');
        ahead = rest;
    }
}

fn mark_line(step: Step, is_first: bool, line: &[u8], marks: &mut Vec<Mark>) {
    let Some((code, after)) = split_code(line) else {
        return Scanner::new(line, marks).rest(&table::UNKNOWN_REPLY);
    };
    mark_code(code, marks);
    let (separator, text) = after.split_at(after.len().min(1));
    let is_last = separator != b"-";
    Scanner::new(separator, marks).rest(if is_last { &table::LAST } else { &table::MORE });
    mark_text(step, is_first, code, text, marks);
}

/// Splits off the code, if the line begins with three digits that end there.
fn split_code(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (code, after) = line.split_at_checked(3)?;
    let fits =
        code.iter().all(u8::is_ascii_digit) && matches!(after.first(), None | Some(b' ' | b'-'));
    fits.then_some((code, after))
}

fn mark_code(code: &[u8], marks: &mut Vec<Mark>) {
    let mut scanner = Scanner::new(code, marks);
    scanner.take(1, first_digit(code));
    scanner.take(1, second_digit(code));
    scanner.rest(codes::code(code).unwrap_or(&table::THIRD));
}

fn first_digit(code: &[u8]) -> &'static Note {
    match code.first() {
        Some(b'2') => &table::FIRST_2,
        Some(b'3') => &table::FIRST_3,
        Some(b'4') => &table::FIRST_4,
        Some(b'5') => &table::FIRST_5,
        _ => &table::UNKNOWN_DIGIT,
    }
}

fn second_digit(code: &[u8]) -> &'static Note {
    match code.get(1) {
        Some(b'0') => &table::SECOND_0,
        Some(b'1') => &table::SECOND_1,
        Some(b'2') => &table::SECOND_2,
        Some(b'3') => &table::SECOND_3,
        Some(b'4') => &table::SECOND_4,
        Some(b'5') => &table::SECOND_5,
        _ => &table::UNKNOWN_DIGIT,
    }
}

fn mark_text(step: Step, is_first: bool, code: &[u8], text: &[u8], marks: &mut Vec<Mark>) {
    match (step, code) {
        (Step::Greeting, b"220") if is_first => mark_greeting(text, marks),
        (Step::Ehlo | Step::EhloAgain, b"250") if is_first => mark_greeting(text, marks),
        (Step::Ehlo | Step::EhloAgain, b"250") => mark_extension(text, marks),
        (_, b"334") => mark_challenge(text, marks),
        _ => {
            let mut scanner = Scanner::new(text, marks);
            take_enhanced(&mut scanner, code);
            scanner.rest(&table::TEXT);
        }
    }
}

/// Marks an enhanced code, if the text begins with one of the same class as the code (RFC 2034 §4).
fn take_enhanced(scanner: &mut Scanner<'_, '_>, code: &[u8]) {
    let mut fields = scanner.word().split(|&byte| byte == b'.');
    let numbers = (fields.next(), fields.next(), fields.next(), fields.next());
    let (Some(class), Some(subject), Some(detail), None) = numbers else { return };
    let Some(class_note) = enhanced::class(class) else { return };
    let is_number =
        |field: &[u8]| (1..=3).contains(&field.len()) && field.iter().all(u8::is_ascii_digit);
    if !code.starts_with(class) || !is_number(subject) || !is_number(detail) {
        return;
    }
    scanner.take(class.len(), class_note);
    scanner.take(1, &enhanced::DOT);
    scanner.take(subject.len(), enhanced::subject(subject));
    scanner.take(1, &enhanced::DOT);
    scanner.take(detail.len(), enhanced::detail(subject, detail));
    scanner.take_spaces();
}
