//! Which `Resent-` fields are the newest (RFC 5322 §3.6.6).

use crate::Field;

/// Fields that each block has once: two of them are two blocks.
const ONCE: [&str; 2] = ["resent-from", "resent-date"];

/// The newest block of `Resent-` fields; empty if the message was never resent.
///
/// Each time a message is resent, a block of them is put in front. Trace fields of the relays that it
/// passed stand between two blocks, but where it passed none the blocks touch: there the next one
/// starts with the field whose name the block has already. A field that directly follows another of
/// its name is a second one of the same block.
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

/// Where the first field stands whose name came before, but not directly before.
fn first_repeated(block: &[Field<'_>]) -> Option<usize> {
    let same = |a: &Field<'_>, b: &Field<'_>| a.name().eq_ignore_ascii_case(b.name());
    (2..block.len()).find(|&at| {
        let Some((before, [field, ..])) = block.split_at_checked(at) else { return false };
        let follows_its_twin = before.last().is_some_and(|last| same(last, field));
        !follows_its_twin && before.iter().any(|earlier| same(earlier, field))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::fields;

    /// The bodies of the newest block's fields, from a letter for each field.
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
        assert_eq!(newest("ftdrftd"), "012", "trace fields stand between");
        assert_eq!(newest("ftdftd"), "012", "the blocks touch");
        assert_eq!(newest("tfdtfd"), "012", "in another order");
        assert_eq!(newest("fttdftd"), "0123", "one block names two lists");
        assert_eq!(newest("ftdt"), "0123", "and here they do not touch");
    }
}
