//! How messages were examined before there was one pass for all. `Message::from_bytes` found one line end after
//! the other, and then looked for NUL, for bytes beyond ASCII and for the end of the header. A file was converted
//! and copied block by block, to measure it and again to send it; each time the copy was searched for NUL and for
//! bytes beyond ASCII. The benchmark `offline` measures both ways.

use std::{
    fs::File,
    io::{Read as _, Result, Seek as _},
};

use memchr::{memchr, memchr2, memmem};

/// The number of bytes per read.
const BLOCK: usize = 64 * 1024;
/// The number of bytes that were checked for line ends other than CRLF at a time.
const CHUNK: usize = 4096;

/// Returns whether the bytes are canonical, have a NUL, and have bytes beyond ASCII; and a copy of the header.
pub(crate) fn examine(bytes: &[u8]) -> ([bool; 3], Vec<u8>) {
    let end = memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len());
    let found = [are_canonical(bytes), memchr(0, bytes).is_some(), !bytes.is_ascii()];
    (found, bytes.get(..end).unwrap_or(bytes).to_vec())
}

fn are_canonical(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = memchr2(b'\r', b'\n', rest) {
        match rest.get(at..).and_then(|line_end| line_end.strip_prefix(b"\r\n")) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    bytes.ends_with(b"\r\n")
}

/// Reads the file twice, as measuring and sending it did, and counts the bytes that are sent.
pub(crate) fn measure_and_read(mut file: &File) -> Result<usize> {
    let (mut raw, mut out, mut size) = (vec![0; BLOCK], Vec::with_capacity(BLOCK), 0);
    for _ in ["measured", "sent"] {
        file.rewind()?;
        size = 0;
        let mut header_is_whole = false;
        loop {
            let count = file.read(&mut raw)?;
            if count == 0 {
                break;
            }
            out.clear();
            convert(raw.get(..count).unwrap_or_default(), &mut out);
            let has_nul = memchr(0, &out).is_some();
            assert!(!has_nul && out.is_ascii(), "the file is a sample");
            header_is_whole = header_is_whole || memmem::find(&out, b"\r\n\r\n").is_some();
            size += out.len();
        }
        assert!(header_is_whole, "the file is a sample");
    }
    Ok(size)
}

/// Appends the canonical form of a block of a sample, which has only CRLF or only LF.
fn convert(block: &[u8], out: &mut Vec<u8>) {
    let canonical: usize =
        block.chunks(CHUNK).take_while(|chunk| has_only_crlf(chunk)).map(<[u8]>::len).sum();
    let (copied, mut rest) = block.split_at(canonical);
    out.extend_from_slice(copied);
    while let Some((line, line_end)) =
        memchr2(b'\r', b'\n', rest).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(line);
        rest = match line_end {
            [b'\r', b'\n', next @ ..] | [_, next @ ..] => next,
            [] => break,
        };
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(rest);
}

fn has_only_crlf(chunk: &[u8]) -> bool {
    let pairs = chunk.iter().zip(chunk.get(1..).unwrap_or_default());
    let lone = |(&before, &byte): (&u8, &u8)| u8::from(before == b'\r') ^ u8::from(byte == b'\n');
    pairs.map(lone).fold(0, |all, one| all | one) == 0
}
