//! What a script understands of a client's input.

use super::{
    channel::{Channel, Over},
    record::Taken,
};

/// Whether a line begins with this, in any case (RFC 5321 §2.4).
pub(super) fn begins_with(line: &str, prefix: &str) -> bool {
    line.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// A BDAT command and its chunk; whether it was the last.
pub(super) fn take_chunk(channel: &mut Channel<'_>) -> Result<(Taken, bool), Over> {
    let line = channel.take_line()?;
    let mut words = line.split(' ').skip(1);
    let size = words.next().and_then(|size| size.parse().ok());
    let Some(size) = size.filter(|_| begins_with(&line, "BDAT ")) else {
        return Err(Over::Deviation(format!("BDAT was expected, and {line:?} came")));
    };
    let is_last = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
    Ok((Taken { by_bdat: true, octets: channel.take(size)? }, is_last))
}
