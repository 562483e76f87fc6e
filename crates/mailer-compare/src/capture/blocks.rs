//! The blocks of a pcapng file: its head, the TLS secrets, and one block per packet.

use std::{
    borrow::Cow,
    time::{SystemTime, UNIX_EPOCH},
};

use pcap_parser::{
    DecryptionSecretsBlock, EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, OptionCode,
    PcapNGOption, SecretsType, SectionHeaderBlock, ToVec,
};

/// Times are counted in units of 10^-9 seconds.
const NANOSECONDS: u8 = 9;
/// The length of a section that is not stated.
const UNKNOWN_LENGTH: i64 = -1;

/// A capture file with one interface, under construction.
pub(super) struct CaptureFile {
    bytes: Vec<u8>,
}

impl CaptureFile {
    pub(super) fn new(comment: &str, key_log: &str) -> Self {
        let mut file = Self { bytes: Vec::new() };
        file.push(&mut SectionHeaderBlock {
            block_type: 0,
            block_len1: 0,
            bom: 0,
            major_version: 1,
            minor_version: 0,
            section_len: UNKNOWN_LENGTH,
            options: vec![option(OptionCode::Comment, comment.as_bytes())],
            block_len2: 0,
        });
        file.push(&mut InterfaceDescriptionBlock {
            block_type: 0,
            block_len1: 0,
            linktype: Linktype::IPV4,
            reserved: 0,
            snaplen: 0,
            options: Vec::new(),
            block_len2: 0,
            if_tsresol: NANOSECONDS,
            if_tsoffset: 0,
        });
        // Wireshark needs the secrets before the packets that they decrypt.
        if !key_log.is_empty() {
            file.push_secrets(key_log);
        }
        file
    }

    /// Adds an IPv4 packet.
    pub(super) fn add(&mut self, time: SystemTime, packet: &[u8], comment: Option<&str>) {
        let nanoseconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let length = length(packet);
        self.push(&mut EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: 0,
            ts_high: low_half(nanoseconds >> u32::BITS),
            ts_low: low_half(nanoseconds),
            caplen: length,
            origlen: length,
            data: packet,
            options: comment
                .map(|text| option(OptionCode::Comment, text.as_bytes()))
                .into_iter()
                .collect(),
            block_len2: 0,
        });
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn push_secrets(&mut self, key_log: &str) {
        self.push(&mut DecryptionSecretsBlock {
            block_type: 0,
            block_len1: 0,
            secrets_type: SecretsType::TlsKeyLog,
            secrets_len: length(key_log.as_bytes()),
            data: key_log.as_bytes(),
            options: Vec::new(),
            block_len2: 0,
        });
    }

    fn push(&mut self, block: &mut dyn ToVec) {
        // `to_vec` fills in magic numbers and lengths.
        let block = block.to_vec().expect("writing into a vector does not fail");
        self.bytes.extend(block);
    }
}

fn option(code: OptionCode, value: &[u8]) -> PcapNGOption<'_> {
    let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let value = value.get(..usize::from(len)).unwrap_or_default();
    PcapNGOption { code, len, value: Cow::Borrowed(value) }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// The lower 32 bits.
fn low_half(number: u128) -> u32 {
    u32::try_from(number & u128::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pcap_parser::{Block, parse_block_le};

    use super::*;

    #[test]
    fn a_file_is_read_back_block_by_block() {
        let mut file = CaptureFile::new("about", "CLIENT_RANDOM 00 01\n");
        let time = UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
        file.add(time, b"packet", Some("raw"));
        file.add(time, b"another", None);
        let bytes = file.bytes();
        let mut rest = bytes.as_slice();
        let mut seen = Vec::new();
        while !rest.is_empty() {
            let (left, block) = parse_block_le(rest).unwrap();
            seen.push(match block {
                Block::SectionHeader(_) => "head".to_owned(),
                Block::InterfaceDescription(it) => format!("interface {}", it.linktype),
                Block::DecryptionSecrets(it) => format!("{} bytes of secrets", it.secrets_len),
                Block::EnhancedPacket(it) => {
                    let at = it.decode_ts_f64(0, 1_000_000_000);
                    let length = usize::try_from(it.caplen).unwrap();
                    format!("{:.3} {}", at, String::from_utf8_lossy(&it.data[..length]))
                }
                other => panic!("{other:?}"),
            });
            rest = left;
        }
        let expected = [
            "head",
            "interface LINKTYPE_IPV4",
            "20 bytes of secrets",
            "1700000000.123 packet",
            "1700000000.123 another",
        ];
        assert_eq!(seen[..1], expected[..1]);
        assert_eq!(seen[2..], expected[2..]);
    }

    #[test]
    fn without_secrets_there_is_no_block_for_them() {
        let bytes = CaptureFile::new("about", "").bytes();
        let (rest, _) = parse_block_le(&bytes).unwrap();
        let (rest, block) = parse_block_le(rest).unwrap();
        assert!(matches!(block, Block::InterfaceDescription(_)) && rest.is_empty());
    }
}
