//! Cuts output into pieces, for faults.

/// Returns each byte.
pub(crate) fn of_one_byte(output: &[u8]) -> Vec<&[u8]> {
    output.chunks(1).collect()
}

/// Returns pieces that end after two digits of the first reply code, and between each CR and its LF.
pub(crate) fn awkward(output: &[u8]) -> Vec<&[u8]> {
    let (code, rest) = output.split_at_checked(2).unwrap_or((output, &[]));
    let pieces = std::iter::once(code).chain(rest.split_inclusive(|&byte| byte == b'\r'));
    pieces.filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_pieces_end_within_the_code_and_before_each_lf() {
        let pieces = awkward(b"250-one\r\n250 two\r\n");
        assert_eq!(pieces, [&b"25"[..], b"0-one\r", b"\n250 two\r", b"\n"]);
        assert_eq!(awkward(b"2"), [b"2"]);
        assert!(awkward(b"").is_empty());
    }

    #[test]
    fn pieces_are_the_whole_output() {
        let output = b"250-one\r\n250 two\r\n354 go\r\n";
        assert_eq!(awkward(output).concat(), output);
        assert_eq!(of_one_byte(output).concat(), output);
    }
}
