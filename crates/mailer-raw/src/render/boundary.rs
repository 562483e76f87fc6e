//! Boundaries between the parts of a multipart (RFC 2046 §5.1.1).

use mailer::MessageId;

/// How every line that parts two parts begins, whatever the mail.
///
/// `=_` is a pair of characters that no encoded body has (RFC 2045 §6.7, note), and a text that
/// has this in a line is encoded; so no boundary needs to be searched for.
pub(super) const BOUNDARY_LINE: &str = "--=_";

/// The boundaries of a mail, one after the other, none the beginning of another. They follow from
/// its Message-ID, so that a draft renders the same each time.
pub(super) struct Boundaries {
    seed: u64,
    given: u32,
}

impl Boundaries {
    /// Those of the mail of this identifier.
    pub(super) fn new(id: &MessageId) -> Self {
        Self { seed: fnv_1a(id.as_str().as_bytes()), given: 0 }
    }

    /// One more.
    pub(super) fn next(&mut self) -> String {
        self.given += 1;
        format!("=_{}_{:016x}", self.given, self.seed)
    }
}

/// The hash FNV-1a: short, and the same in every version of every library.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_follow_from_the_message_id() {
        let first = |id: &str| Boundaries::new(&id.parse().unwrap()).next();
        assert_eq!(first("1@example.com"), first("1@example.com"));
        assert_ne!(first("1@example.com"), first("2@example.com"));
        assert!(format!("--{}", first("1@example.com")).starts_with(BOUNDARY_LINE));
        // The hash's published test vectors.
        assert_eq!((fnv_1a(b""), fnv_1a(b"a")), (0xCBF2_9CE4_8422_2325, 0xAF63_DC4C_8601_EC8C));
    }
}
