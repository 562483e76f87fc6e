//! Parses the input of a scripted session.

use super::{
    channel::{Channel, Over},
    record::ReceivedContent,
};

/// Returns whether a line begins with a prefix, in any case (RFC 5321 §2.4).
pub(super) fn begins_with(line: &str, prefix: &str) -> bool {
    line.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}

/// Reads a BDAT command and its chunk, and returns whether the chunk is the last.
pub(super) fn take_chunk(channel: &mut Channel<'_>) -> Result<(ReceivedContent, bool), Over> {
    let line = channel.take_line()?;
    let mut words = line.split(' ').skip(1);
    let size = words.next().and_then(|size| size.parse().ok());
    let Some(size) = size.filter(|_| begins_with(&line, "BDAT ")) else {
        return Err(Over::Deviation(format!("expected BDAT, received {line:?}")));
    };
    let is_last = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
    Ok((ReceivedContent { by_bdat: true, bytes: channel.take(size)? }, is_last))
}
