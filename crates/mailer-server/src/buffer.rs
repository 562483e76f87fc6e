//! A buffer of fixed size that is filled at its end and consumed from its start.

/// Received bytes that are not consumed yet, and room after them.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity].into_boxed_slice(), start: 0, end: 0 }
    }

    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Drops the first `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Drops all bytes.
    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Returns all the room there is; [`Buffer::grow`] then says how much was filled.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Counts the first `count` bytes of the room as filled.
    pub(crate) fn grow(&mut self, count: usize) {
        self.end = self.bytes.len().min(self.end + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unconsumed_bytes_move_to_the_front() {
        let mut buffer = Buffer::with_capacity(4);
        buffer.room().copy_from_slice(b"abcd");
        buffer.grow(4);
        buffer.consume(3);
        assert_eq!(buffer.room().len(), 3);
        assert_eq!(buffer.filled(), b"d");
        buffer.consume(9);
        assert_eq!(buffer.room().len(), 4);
    }
}
