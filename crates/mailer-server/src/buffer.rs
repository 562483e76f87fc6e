//! A buffer that is filled at its end and used up from its start.

/// Octets that have come and are not used yet, and room after them.
#[derive(Debug)]
pub(crate) struct Buffer {
    octets: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { octets: vec![0; capacity].into_boxed_slice(), start: 0, end: 0 }
    }

    pub(crate) fn filled(&self) -> &[u8] {
        self.octets.get(self.start..self.end).unwrap_or_default()
    }

    /// Forgets the first `count` octets.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Forgets all octets.
    pub(crate) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// All the room there is, to be followed by [`Buffer::grow`].
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.octets.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.octets.get_mut(self.end..).unwrap_or_default()
    }

    /// Counts the first `count` octets of the room as filled.
    pub(crate) fn grow(&mut self, count: usize) {
        self.end = self.octets.len().min(self.end + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_moves_to_the_front() {
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
