//! Patterns of addresses.

/// Returns whether an address matches a pattern, in which `*` stands for any text. The case of ASCII letters
/// makes no difference. The null reverse-path matches `<>` and the empty pattern, and `*` as everything does.
pub(crate) fn matches_pattern(pattern: &str, address: &str) -> bool {
    let pattern =
        pattern.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(pattern);
    let (pattern, address) = (pattern.to_ascii_lowercase(), address.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == address };
    let Some(mut left) = address.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        // The first place is the best: it leaves the most to the parts that follow.
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_case_makes_no_difference() {
        for (pattern, address) in [
            ("bob@example.test", "BOB@Example.test"),
            ("<bob@example.test>", "bob@example.test"),
            ("*@example.test", "bob@example.test"),
            ("bob*", "bob@example.test"),
            ("b*@*.test", "bob@example.test"),
            ("*", ""),
            ("<>", ""),
            ("a*a", "aa"),
        ] {
            assert!(matches_pattern(pattern, address), "{pattern} {address}");
        }
        for (pattern, address) in [
            ("bob", "bob@example.test"),
            ("*.com", "a@b.test"),
            ("<>", "a@b.test"),
            ("a*a", "a"),
            ("a*b*a", "aba@"),
        ] {
            assert!(!matches_pattern(pattern, address), "{pattern} {address}");
        }
    }

    /// The definition of a pattern, tried without any cleverness.
    fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            ([b'*', rest @ ..], _) => {
                (0..=text.len()).any(|skipped| matches_slowly(rest, &text[skipped..]))
            }
            ([first, rest @ ..], [same, text @ ..]) => first == same && matches_slowly(rest, text),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn matching_follows_the_definition(pattern in "[ab*]{0,6}", text in "[ab]{0,8}") {
            let expected = matches_slowly(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(matches_pattern(&pattern, &text), expected);
        }
    }
}
