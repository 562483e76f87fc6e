//! Arbitrary subjects, names and texts: each is the same after it was rendered and parsed.

use proptest::prelude::*;

use crate::read_back::{file_name_survives, names_survive, subject_survives, text_survives};

/// Line ends, and characters that only look like them.
const LINE_ENDS: &[&str] = &["\n", "\r", "\r\n", " \n", "\t\r", "\n.\n", "\0", "\u{b}\u{c}", ""];

/// Text that a header can hold: no control characters.
fn printable(max: usize) -> impl Strategy<Value = String> {
    let any_character = any::<char>().prop_map(|c| if c.is_control() { 'c' } else { c });
    let special =
        prop::sample::select(" \"\\=?_.,;:'%*()<>@-\u{200d}aé語🦀".chars().collect::<Vec<_>>());
    let mixed = prop::collection::vec(prop_oneof![special, any_character], 0..max);
    let words =
        prop::collection::vec("[a-zA-Z.,\"]{1,30}", 0..max / 5).prop_map(|words| words.join(" "));
    prop_oneof![mixed.prop_map(String::from_iter), words]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_subject_survives(subject in printable(200)) {
        subject_survives(&subject);
    }

    #[test]
    fn any_name_survives(name in printable(100)) {
        names_survive(&name);
    }

    #[test]
    fn any_file_name_survives(name in printable(100)) {
        file_name_survives(&name);
    }

    #[test]
    fn any_text_survives(
        lines in prop::collection::vec((printable(120), prop::sample::select(LINE_ENDS)), 0..8),
    ) {
        text_survives(&lines.into_iter().map(|(line, end)| line + end).collect::<String>());
    }
}
