//! Histograms as the tools of HdrHistogram exchange them: version 2, compressed, in base64.
//!
//! A file may come from anywhere, and the library trusts the lengths and the counts in it. So a histogram is checked
//! before the library reads it.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::ZlibDecoder;
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer as _, V2DeflateSerializer},
};

/// The significant digits that a histogram keeps: its error is below one thousandth.
pub(super) const DIGITS: u8 = 3;

/// The maximum size of a histogram in bytes, before compression. With three digits, 64 bits take 55 × 1024 counts of at
/// most 9 bytes.
const MAX_BYTES: u64 = 512 * 1024;

/// How a compressed histogram begins, before its length.
const COMPRESSED: [u8; 4] = [0x1c, 0x84, 0x93, 0x14];

/// The positions of fields in the header of a histogram that is not compressed.
const LENGTH: usize = 4;
const SIGNIFICANT_DIGITS: usize = 12;
const HEADER: usize = 40;

/// A count of 2^55 or more takes this many bytes that announce another byte.
const CONTINUED: usize = 8;

pub(super) fn encode(histogram: &Histogram<u64>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let written = V2DeflateSerializer::new().serialize(histogram, &mut bytes);
    written.map_err(|cause| format!("{cause:?}"))?;
    Ok(STANDARD.encode(bytes))
}

pub(super) fn decode(text: &str) -> Result<Histogram<u64>, String> {
    let bytes = STANDARD.decode(text).map_err(|cause| cause.to_string())?;
    let bytes = inflate(&bytes)?;
    check(&bytes)?;
    let read = Deserializer::new().deserialize(&mut bytes.as_slice());
    read.map_err(|cause| format!("{cause:?}"))
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let compressed = bytes.strip_prefix(&COMPRESSED).and_then(|rest| rest.get(4..));
    let compressed = compressed.ok_or("it does not begin like a compressed histogram")?;
    let mut bytes = Vec::new();
    let inflated = ZlibDecoder::new(compressed).take(MAX_BYTES + 1).read_to_end(&mut bytes);
    match inflated {
        Ok(length) if length as u64 <= MAX_BYTES => Ok(bytes),
        Ok(_) => Err("it is longer than any with three digits".to_owned()),
        Err(cause) => Err(cause.to_string()),
    }
}

fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let counts = bytes.get(HEADER..).ok_or("its header is cut off")?;
    let field = |at: usize| {
        let field = bytes.get(at..).and_then(|rest| rest.first_chunk());
        field.map(|bytes| u32::from_be_bytes(*bytes))
    };
    if field(LENGTH) != u32::try_from(counts.len()).ok() {
        return Err("it has another length than it says");
    }
    if field(SIGNIFICANT_DIGITS) != Some(DIGITS.into()) {
        return Err("it does not have three digits");
    }
    if counts.windows(CONTINUED).any(|part| part.iter().all(|byte| *byte >= 0x80)) {
        return Err("it has a count that no run has");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    /// Returns a histogram with these counts as they are stored, and one field of its header changed.
    fn text(counts: &[u8], changed: Option<(usize, u32)>) -> String {
        let mut bytes = Vec::new();
        let length = u32::try_from(counts.len()).unwrap();
        for field in [0x1c84_9313, length, 0, 3, 0, 1, 0x4000_0000, 0, 0x3ff0_0000, 0] {
            bytes.extend_from_slice(&u32::to_be_bytes(field));
        }
        if let Some((at, value)) = changed {
            bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        bytes.extend_from_slice(counts);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes).unwrap();
        let compressed = encoder.finish().unwrap();
        let length = u32::try_from(compressed.len()).unwrap().to_be_bytes();
        STANDARD.encode([&COMPRESSED[..], &length, &compressed].concat())
    }

    #[test]
    fn a_count_is_read() {
        assert_eq!(decode(&text(&[0, 14], None)).unwrap().len(), 7);
    }

    #[test]
    fn what_no_run_writes_is_refused_before_it_takes_memory() {
        let zeros = vec![0; 64 << 20];
        for (text, cause) in [
            (text(&zeros, None), "longer than any"),
            (text(&[2], Some((LENGTH, u32::MAX))), "another length"),
            (text(&[2], Some((SIGNIFICANT_DIGITS, 5))), "three digits"),
            (text(&[0xff; 9], None), "no run has"),
            (text(&[&[2][..], &[0x80; 8], &[1]].concat(), None), "no run has"),
            (STANDARD.encode([0x1c, 0x84, 0x93, 0x13, 0, 0, 0, 0]), "does not begin"),
        ] {
            let problem = decode(&text).unwrap_err();
            assert!(problem.contains(cause), "{problem}, not {cause}");
        }
    }
}
