//! One pass over the bytes of a message, which finds all that sending it needs to know.

/// The bytes that are examined at a time: they stay in the CPU's first cache for a second look.
const CHUNK: usize = 4096;

/// What a pass over bytes has found. It works on bytes with any line ends: a lone CR or LF becomes CRLF before
/// the message is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// The number of CRs without LF and of LFs without CR.
    pub(super) lone_line_ends: usize,
    /// Whether the last line has a line end.
    pub(super) is_terminated: bool,
    pub(super) has_nul: bool,
    pub(super) is_8bit: bool,
    /// Whether a line starts with a dot, the first line included.
    pub(super) has_dot_lines: bool,
}

impl Scan {
    /// Examines a whole message.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut scan = Self::default();
        // A message begins at the start of a line.
        let (first, mut rest) = bytes.split_at(bytes.len().min(1));
        scan.add(b"\n", first);
        let mut before = bytes;
        while !rest.is_empty() {
            let (chunk, next) = rest.split_at(rest.len().min(CHUNK));
            scan.add(before, chunk);
            before = before.get(chunk.len()..).unwrap_or_default();
            rest = next;
        }
        scan.lone_line_ends += usize::from(bytes.ends_with(b"\r"));
        scan.is_terminated = bytes.ends_with(b"\r") || bytes.ends_with(b"\n");
        scan
    }

    /// Whether all line ends are CRLF, that of the last line included.
    pub(super) fn is_canonical(&self) -> bool {
        self.lone_line_ends == 0 && self.is_terminated
    }

    /// Examines a chunk. `before` has the byte before each of its bytes.
    fn add(&mut self, before: &[u8], chunk: &[u8]) {
        let (mut all, mut least, mut lone, mut dots) = (0, u8::MAX, 0, 0);
        // Without a branch, the compiler makes this loop one of vector instructions.
        for (&before, &byte) in before.iter().zip(chunk) {
            all |= byte;
            least = least.min(byte);
            lone |= is_lone(before, byte);
            dots |= u8::from(before == b'\n') & u8::from(byte == b'.');
        }
        self.is_8bit |= !all.is_ascii();
        self.has_nul |= least == 0;
        self.has_dot_lines |= dots != 0;
        if lone != 0 {
            let pairs = || before.iter().zip(chunk);
            self.lone_line_ends += pairs().filter(|&(&a, &b)| is_lone(a, b) != 0).count();
            self.has_dot_lines |= pairs().any(|pair| pair == (&b'\r', &b'.'));
        }
    }
}

/// Returns 1 if the first of two bytes is a CR and the second no LF, or the second an LF and the first no CR.
fn is_lone(before: u8, byte: u8) -> u8 {
    u8::from(before == b'\r') ^ u8::from(byte == b'\n')
}

/// Returns the bytes that begin these and have no lone line end, in whole chunks. The byte before them is no CR.
pub(super) fn canonical_part(bytes: &[u8]) -> &[u8] {
    let mut count = 0;
    let mut last = b' ';
    for chunk in bytes.chunks(CHUNK) {
        let mut lone = is_lone(last, chunk.first().copied().unwrap_or_default());
        let after = chunk.get(1..).unwrap_or_default();
        for (&before, &byte) in chunk.iter().zip(after) {
            lone |= is_lone(before, byte);
        }
        if lone != 0 {
            break;
        }
        count += chunk.len();
        last = chunk.last().copied().unwrap_or_default();
    }
    let part = bytes.get(..count).unwrap_or(bytes);
    // The LF of a last CR may follow, or not.
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The specification, one byte at a time.
    fn reference(bytes: &[u8]) -> Scan {
        let at = |index: usize| bytes.get(index).copied();
        let mut scan = Scan::default();
        for (index, &byte) in bytes.iter().enumerate() {
            let before = index.checked_sub(1).and_then(at);
            let is_lone_cr = byte == b'\r' && at(index + 1) != Some(b'\n');
            let is_lone_lf = byte == b'\n' && before != Some(b'\r');
            scan.lone_line_ends += usize::from(is_lone_cr || is_lone_lf);
            scan.has_nul |= byte == 0;
            scan.is_8bit |= byte > 127;
            let is_line_start = matches!(before, None | Some(b'\r' | b'\n'));
            scan.has_dot_lines |= byte == b'.' && is_line_start;
        }
        scan.is_terminated = matches!(bytes.last(), Some(b'\r' | b'\n'));
        scan
    }

    /// Bytes in which everything that matters is frequent, longer than a chunk in some cases.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\r\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\n".to_vec()),
            Just(b".".to_vec()),
            Just(b"a".to_vec()),
            Just(vec![0]),
            any::<u8>().prop_map(|byte| vec![byte]),
        ];
        let filler = prop_oneof![Just(0), Just(0), Just(1), CHUNK - 3..CHUNK + 3];
        (filler, proptest::collection::vec(piece, 0..20))
            .prop_map(|(filler, pieces)| [vec![b'x'; filler], pieces.concat()].concat())
    }

    proptest! {
        #[test]
        fn a_scan_finds_what_a_look_at_each_byte_finds(bytes in bytes()) {
            prop_assert_eq!(Scan::new(&bytes), reference(&bytes));
        }

        #[test]
        fn the_canonical_part_begins_the_bytes_and_has_no_lone_line_end(bytes in bytes()) {
            let part = canonical_part(&bytes);
            prop_assert!(bytes.starts_with(part));
            prop_assert_eq!(reference(part).lone_line_ends, 0);
        }
    }

    #[test]
    fn canonical_bytes_are_their_own_canonical_part() {
        let line = b"0123456789\r\n";
        for count in [1, 341, 342, 1000] {
            let bytes = line.repeat(count);
            assert_eq!(canonical_part(&bytes), bytes, "{count} lines");
        }
    }
}
