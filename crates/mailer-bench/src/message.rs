//! The messages that workloads send.

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

const HEADER: &str = "From: ann@example.test\r\n\
    To: bob@example.test\r\n\
    Subject: one of many\r\n\
    Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n\
    Message-ID: <one-of-many@example.test>\r\n\r\n";

/// Lines of the body, repeated. One in four starts with a dot, so that dot-stuffing (RFC 5321 §4.5.2)
/// has something to do.
const LINES: [&str; 4] = [
    "The text of this message does not matter here. Only the size of it counts.\r\n",
    "The quick brown fox jumps over the lazy dog, and the dog does not mind it.\r\n",
    ".A dot at the beginning of a line has to be doubled on its way and arrive.\r\n",
    "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 012345678\r\n",
];

/// Returns a message of exactly `bytes` bytes, or slightly more if that leaves no room for a header.
#[must_use]
pub fn content(bytes: usize) -> Vec<u8> {
    fill(HEADER.into(), bytes)
}

/// Fills a message up to `bytes` bytes, starting with a header and the empty line after it.
pub(crate) fn fill(header: Vec<u8>, bytes: usize) -> Vec<u8> {
    let mut content = header;
    content.reserve_exact((bytes + 2).saturating_sub(content.len()));
    for line in LINES.iter().cycle() {
        let room = bytes.saturating_sub(content.len());
        if line.len() + 2 > room {
            let fill = room.saturating_sub(2);
            content.extend(std::iter::repeat_n(b'x', fill));
            content.extend_from_slice(b"\r\n");
            break;
        }
        content.extend_from_slice(line.as_bytes());
    }
    content
}

/// Returns a size as names and titles have it: `100 KiB`.
#[must_use]
pub fn size_name(bytes: usize) -> String {
    match bytes {
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        KIB.. if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use mailer::Message;

    use super::*;

    #[test]
    fn messages_have_the_requested_size() {
        for bytes in [1024, 1025, 1100, 64 * 1024 + 1, 1024 * 1024] {
            let content = content(bytes);
            assert_eq!(content.len(), bytes);
            assert_eq!(Message::from_bytes(content.clone()).unwrap().to_vec().unwrap(), content);
            assert!(content.split(|b| *b == b'\n').all(|line| line.len() <= 998));
        }
    }

    #[test]
    fn sizes_are_named_in_binary_units_where_they_are_whole() {
        assert_eq!(size_name(1500), "1500 B");
        assert_eq!([100 * KIB, 10 * MIB].map(size_name), ["100 KiB", "10 MiB"]);
    }
}
