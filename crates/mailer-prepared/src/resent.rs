//! Which `Resent-` fields are the newest (RFC 5322 §3.6.6).

use crate::Field;

/// Fields that each block has exactly once: two of them mean two blocks.
const ONCE: [&str; 2] = ["resent-from", "resent-date"];

/// Returns the newest block of `Resent-` fields. It is empty if the message was never resent.
///
/// Each resending puts a block of these fields at the top of the header. Between two blocks are usually
/// the trace fields of relays. Without a relay the blocks are adjacent, and the second one starts at the
/// first field whose name the block already has. A field that directly follows a field of the same name
/// belongs to the same block.
pub(crate) fn newest_block<'a>(fields: impl Iterator<Item = Field<'a>>) -> Vec<Field<'a>> {
    let mut block: Vec<Field<'a>> =
        fields.skip_while(|field| !is_resent(field)).take_while(is_resent).collect();
    let has_several =
        ONCE.iter().any(|name| block.iter().filter(|field| field.is(name)).count() > 1);
    if has_several {
        block.truncate(first_repeated(&block).unwrap_or(block.len()));
    }
    block
}

fn is_resent(field: &Field<'_>) -> bool {
    let prefix = field.name().get(.."resent-".len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"resent-"))
}

/// Returns the position of the first field that repeats the name of an earlier field, but not of the one
/// directly before it.
fn first_repeated(block: &[Field<'_>]) -> Option<usize> {
    let same = |a: &Field<'_>, b: &Field<'_>| a.name().eq_ignore_ascii_case(b.name());
    (2..block.len()).find(|&at| {
        let Some((before, [field, ..])) = block.split_at_checked(at) else { return false };
        let repeats_last = before.last().is_some_and(|last| same(last, field));
        !repeats_last && before.iter().any(|earlier| same(earlier, field))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::fields;

    /// Returns the numbers of the newest block's fields in a header that has one field per letter.
    fn newest(letters: &str) -> String {
        let name = |letter: char| match letter.to_ascii_lowercase() {
            'f' => "Resent-From",
            't' => "RESENT-TO",
            'd' => "resent-date",
            _ => "Received",
        };
        let numbered = letters.chars().enumerate();
        let header: String = numbered.map(|(at, c)| format!("{}:{at}\r\n", name(c))).collect();
        newest_block(fields(header.as_bytes()))
            .iter()
            .map(|field| String::from_utf8_lossy(field.body()).trim().to_owned())
            .collect()
    }

    #[test]
    fn the_newest_block_is_the_first() {
        assert_eq!(newest("r"), "");
        assert_eq!(newest("rftd"), "123");
        assert_eq!(newest("ftdrftd"), "012", "trace fields are between the blocks");
        assert_eq!(newest("ftdftd"), "012", "the blocks are adjacent");
        assert_eq!(newest("tfdtfd"), "012", "the fields are in another order");
        assert_eq!(newest("fttdftd"), "0123", "one block names two lists");
        assert_eq!(newest("ftdt"), "0123", "and here they do not touch");
    }
}
