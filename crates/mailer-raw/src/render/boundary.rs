//! Boundaries between the parts of a multipart (RFC 2046 §5.1.1).

use mailer::MessageId;

/// The start of every boundary line.
///
/// `=_` occurs in no encoded body (RFC 2045 §6.7, note), and a text with these characters in a line is
/// encoded. So no boundary can occur in a part.
pub(super) const BOUNDARY_LINE: &str = "--=_";

/// The boundaries of one message. None is the beginning of another. They are derived from the Message-ID,
/// so that a draft renders to the same bytes each time.
pub(super) struct Boundaries {
    seed: u64,
    given: u32,
}

impl Boundaries {
    /// Creates the boundaries of the message with this Message-ID.
    pub(super) fn new(id: &MessageId) -> Self {
        Self { seed: fnv_1a(id.as_str().as_bytes()), given: 0 }
    }

    /// Returns the next boundary.
    pub(super) fn next(&mut self) -> String {
        self.given += 1;
        format!("=_{}_{:016x}", self.given, self.seed)
    }
}

/// Returns the hash FNV-1a: a short function whose result never depends on a library's version.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_derived_from_the_message_id() {
        let first = |id: &str| Boundaries::new(&id.parse().unwrap()).next();
        assert_eq!(first("1@example.com"), first("1@example.com"));
        assert_ne!(first("1@example.com"), first("2@example.com"));
        assert!(format!("--{}", first("1@example.com")).starts_with(BOUNDARY_LINE));
        // The hash's published test vectors.
        assert_eq!((fnv_1a(b""), fnv_1a(b"a")), (0xCBF2_9CE4_8422_2325, 0xAF63_DC4C_8601_EC8C));
    }
}
