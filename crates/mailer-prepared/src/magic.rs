//! Guesses at the type of a file that is not a message.

/// The first bytes of files that users pass by mistake.
const MAGIC: [(&[u8], &str); 14] = [
    (b"\xd0\xcf\x11\xe0", "an Outlook message (.msg)"),
    (b"\x78\x9f\x3e\x22", "a TNEF file (winmail.dat)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a file that gzip compressed"),
    (b"\xfd7zXZ", "a file that xz compressed"),
    (b"\x28\xb5\x2f\xfd", "a file that zstd compressed"),
    (b"BZh", "a file that bzip2 compressed"),
    (b"%PDF", "a PDF file"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"-----BEGIN ", "a PEM or PGP file"),
    (b"{", "a JSON file"),
    (b"<", "an HTML or XML file"),
];

/// Byte order marks of encodings other than UTF-8, the longer ones first.
const MARKS: [(&[u8], &str); 4] = [
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
];

/// Returns the name of the encoding if the text is in UTF-16 or UTF-32: its byte order mark shows it, or
/// the NULs that such text has.
pub(crate) fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    let mark = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    if let Some((_, encoding)) = mark {
        return Some(encoding);
    }
    let first = bytes.first_chunk::<4>()?;
    match first.map(|byte| byte == 0) {
        [true, true, true, false] | [false, true, true, true] => Some("UTF-32"),
        [true, false, true, false] | [false, true, false, true] => Some("UTF-16"),
        _ => None,
    }
}

/// Returns what a file with these first bytes probably is.
pub(crate) fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    let known = MAGIC.iter().find(|(start, _)| bytes.starts_with(start));
    known.map(|(_, what)| *what).or_else(|| {
        let start = bytes.get(..bytes.len().min(64)).unwrap_or_default();
        start.contains(&0).then_some("binary data")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_recognised_with_and_without_a_mark() {
        let wide: Vec<u8> = "From: a".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(wide_encoding(&wide), Some("UTF-16"));
        assert_eq!(wide_encoding(&[b"\xff\xfe".as_slice(), &wide].concat()), Some("UTF-16"));
        let wide: Vec<u8> = "From: a".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(wide_encoding(&wide), Some("UTF-16"));
        assert_eq!(wide_encoding(b"\xff\xfe\0\0F\0\0\0"), Some("UTF-32"));
        assert_eq!(wide_encoding(b"From: a"), None);
    }

    #[test]
    fn binary_data_is_recognised() {
        assert_eq!(looks_like(b"\xd0\xcf\x11\xe0\xa1"), Some("an Outlook message (.msg)"));
        assert_eq!(looks_like(&[0; 3]), Some("binary data"));
        assert_eq!(looks_like(b"Dear Bob"), None);
    }
}
