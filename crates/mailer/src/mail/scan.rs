//! One pass over the bytes of a message, which finds all that sending it needs to know.

/// The number of bytes that one vector holds.
const LANES: usize = 16;
/// The number of bytes after which the lanes are summed up.
const CHUNK: usize = LANES * u8::MAX as usize;

/// What a pass over bytes has found. It works on bytes with any line ends: a lone CR or LF becomes CRLF before
/// the message is sent. The bytes may come in blocks that are cut anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// The number of bytes.
    length: u64,
    /// The number of LFs without CR, and of CRs that another byte than LF follows.
    lone_line_ends: u64,
    /// The last byte, whose meaning depends on the first byte of the next block.
    last: Option<u8>,
    pub(super) has_nul: bool,
    pub(super) is_8bit: bool,
    /// Whether a line starts with a dot, the first line included.
    pub(super) has_dot_lines: bool,
}

impl Scan {
    /// Examines a whole message.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut scan = Self::default();
        scan.add(bytes);
        scan
    }

    /// Examines the next block. Returns whether a line end in it, or the one that it completes, is not CRLF. A CR
    /// at its end does not count: the next block may begin with LF.
    pub(super) fn add(&mut self, block: &[u8]) -> bool {
        let lone_before = self.lone_line_ends;
        let (first, mut rest) = block.split_at(block.len().min(1));
        // A message begins at the start of a line.
        self.examine(&[self.last.unwrap_or(b'\n')], first);
        let mut before = block;
        while !rest.is_empty() {
            let (chunk, next) = rest.split_at(rest.len().min(CHUNK));
            self.examine(before, chunk);
            before = before.get(chunk.len()..).unwrap_or_default();
            rest = next;
        }
        self.length += block.len() as u64;
        self.last = block.last().copied().or(self.last);
        self.lone_line_ends != lone_before
    }

    /// Whether the last byte is a CR, which becomes CRLF or belongs to one.
    pub(super) fn ends_with_cr(&self) -> bool {
        self.last == Some(b'\r')
    }

    /// Whether the last byte is an LF, so that the last line has a line end.
    pub(super) fn ends_with_lf(&self) -> bool {
        self.last == Some(b'\n')
    }

    /// Whether all line ends are CRLF, that of the last line included.
    pub(super) fn is_canonical(&self) -> bool {
        self.lone_line_ends == 0 && self.ends_with_lf()
    }

    /// Returns the number of bytes of the canonical form.
    pub(super) fn canonical_size(&self) -> u64 {
        // The last line gets a line end, or its CR an LF.
        let missing = match self.last {
            Some(b'\n') => 0,
            Some(b'\r') => 1,
            _ => 2,
        };
        self.length + self.lone_line_ends + missing
    }

    /// Examines a chunk. `before` begins with the byte before each of its bytes.
    fn examine(&mut self, before: &[u8], chunk: &[u8]) {
        let before = before.get(..chunk.len()).unwrap_or(before);
        let (blocks_before, rest_before) = before.as_chunks::<LANES>();
        let (blocks, rest) = chunk.as_chunks::<LANES>();
        let mut lanes = Lanes::default();
        for (before, block) in blocks_before.iter().zip(blocks) {
            lanes.add(before, block);
        }
        lanes.add(&padded(rest_before), &padded(rest));
        self.is_8bit |= !lanes.all.is_ascii();
        self.has_nul |= lanes.least.contains(&0);
        self.has_dot_lines |= lanes.dots != [0; LANES];
        self.lone_line_ends += lanes.lone.iter().copied().map(u64::from).sum::<u64>();
    }
}

/// What has been found in each lane of a chunk. The compiler makes vectors of these arrays.
struct Lanes {
    all: [u8; LANES],
    least: [u8; LANES],
    /// The number of lone line ends; a chunk is short enough for a byte.
    lone: [u8; LANES],
    dots: [u8; LANES],
}

impl Default for Lanes {
    fn default() -> Self {
        let zero = [0; LANES];
        Self { all: zero, least: [u8::MAX; LANES], lone: zero, dots: zero }
    }
}

impl Lanes {
    /// Examines bytes, without a branch. With iterators over each array, the loop takes twice as long.
    #[expect(clippy::indexing_slicing, reason = "each array has every lane")]
    fn add(&mut self, before: &[u8; LANES], bytes: &[u8; LANES]) {
        for (lane, (&before, &byte)) in before.iter().zip(bytes).enumerate() {
            self.all[lane] |= byte;
            self.least[lane] = self.least[lane].min(byte);
            self.lone[lane] = self.lone[lane].wrapping_add(is_lone(before, byte));
            let is_line_start = u8::from(before == b'\n') | u8::from(before == b'\r');
            self.dots[lane] |= is_line_start & u8::from(byte == b'.');
        }
    }
}

/// Returns these bytes, which are too few for a vector, followed by spaces.
fn padded(bytes: &[u8]) -> [u8; LANES] {
    let mut padded = [b' '; LANES];
    padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    padded
}

/// Returns 1 if the first of two bytes is a CR and the second no LF, or the second an LF and the first no CR.
fn is_lone(before: u8, byte: u8) -> u8 {
    u8::from(before == b'\r') ^ u8::from(byte == b'\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The specification, one byte at a time.
    fn reference(bytes: &[u8]) -> Scan {
        let at = |index: usize| bytes.get(index).copied();
        let mut scan =
            Scan { length: bytes.len() as u64, last: bytes.last().copied(), ..Scan::default() };
        for (index, &byte) in bytes.iter().enumerate() {
            let before = index.checked_sub(1).and_then(at);
            let is_lone_cr = byte == b'\r' && at(index + 1).is_some_and(|next| next != b'\n');
            let is_lone_lf = byte == b'\n' && before != Some(b'\r');
            scan.lone_line_ends += u64::from(is_lone_cr || is_lone_lf);
            scan.has_nul |= byte == 0;
            scan.is_8bit |= byte > 127;
            let is_line_start = matches!(before, None | Some(b'\r' | b'\n'));
            scan.has_dot_lines |= byte == b'.' && is_line_start;
        }
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
        fn cutting_the_bytes_anywhere_changes_nothing(bytes in bytes(), size in 1_usize..20) {
            let mut scan = Scan::default();
            let mut found = false;
            for block in bytes.chunks(size) {
                found |= scan.add(block);
                prop_assert!(!scan.add(b""));
            }
            prop_assert_eq!(&scan, &reference(&bytes));
            prop_assert_eq!(found, scan.lone_line_ends > 0);
        }
    }
}
