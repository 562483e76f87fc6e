//! The TLS version that a server chose, read from its ServerHello: native-tls does not report it.

/// The maximum length of a ServerHello in bytes.
const MAX_HELLO: usize = 1024;
/// The extension `supported_versions`, which names TLS 1.3 (RFC 8446 §4.2.1).
const SUPPORTED_VERSIONS: u16 = 43;

/// A parser for the first bytes from the server in a TLS handshake.
#[derive(Debug, Default)]
pub(crate) struct ServerHello {
    watching: bool,
    bytes: Vec<u8>,
    version: Option<&'static str>,
}

impl ServerHello {
    /// Starts parsing: the next bytes are TLS.
    pub(crate) fn watch(&mut self) {
        self.watching = true;
    }

    pub(crate) fn see(&mut self, bytes: &[u8]) {
        if !self.watching {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        self.version = version(&self.bytes);
        if self.version.is_some() || self.bytes.len() > MAX_HELLO {
            self.watching = false;
            self.bytes = Vec::new();
        }
    }

    pub(crate) fn version(&self) -> Option<&'static str> {
        self.version
    }
}

/// Returns the version in a ServerHello (RFC 8446 §4.1.3), if it is complete.
fn version(record: &[u8]) -> Option<&'static str> {
    let mut record = Fields(record);
    let mut hello = match (record.u8()?, record.u16()?) {
        (22, _) => Fields(record.block(2)?),
        _ => return None,
    };
    let is_server_hello = hello.u8()? == 2;
    let mut hello = Fields(hello.block(3).filter(|_| is_server_hello)?);
    let legacy = hello.u16()?;
    hello.skip(32)?; // random
    hello.block(1)?; // session id
    hello.skip(3)?; // cipher suite, compression
    let mut extensions = Fields(hello.block(2).unwrap_or_default());
    while let (Some(kind), Some(body)) = (extensions.u16(), extensions.block(2)) {
        if kind == SUPPORTED_VERSIONS {
            return name(Fields(body).u16()?);
        }
    }
    name(legacy)
}

fn name(version: u16) -> Option<&'static str> {
    match version {
        0x0304 => Some("TLSv1.3"),
        0x0303 => Some("TLSv1.2"),
        0x0302 => Some("TLSv1.1"),
        0x0301 => Some("TLSv1.0"),
        _ => None,
    }
}

/// A reader of fields at the front of a byte slice.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    /// Reads a big-endian number of `size` bytes.
    fn number(&mut self, size: usize) -> Option<usize> {
        Some(self.take(size)?.iter().fold(0, |number, &byte| number << 8 | usize::from(byte)))
    }

    fn u8(&mut self) -> Option<u8> {
        self.number(1).and_then(|number| number.try_into().ok())
    }

    fn u16(&mut self) -> Option<u16> {
        self.number(2).and_then(|number| number.try_into().ok())
    }

    /// Reads a block that starts with its length, a number of `size` bytes.
    fn block(&mut self, size: usize) -> Option<&'a [u8]> {
        let length = self.number(size)?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A ServerHello with these extensions.
    fn record(legacy: u16, extensions: &[u8]) -> Vec<u8> {
        let mut hello = legacy.to_be_bytes().to_vec();
        hello.extend([0; 32]);
        hello.extend([0, 0x13, 0x01, 0]);
        hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        hello.extend(extensions);
        let length = u16::try_from(hello.len()).unwrap();
        let mut record = vec![22, 3, 3];
        record.extend((length + 4).to_be_bytes());
        record.extend([2, 0]);
        record.extend(length.to_be_bytes());
        record.extend(hello);
        record
    }

    #[test]
    fn tls_1_3_is_named_in_the_extension() {
        let extensions = [0, 51, 0, 1, 9, 0, 43, 0, 2, 3, 4];
        assert_eq!(version(&record(0x0303, &extensions)), Some("TLSv1.3"));
        assert_eq!(version(&record(0x0303, &[])), Some("TLSv1.2"));
    }

    #[test]
    fn an_incomplete_hello_has_no_version() {
        let whole = record(0x0303, &[0, 43, 0, 2, 3, 4]);
        for length in 0..whole.len() {
            assert_eq!(version(&whole[..length]), None);
        }
        assert_eq!(version(b"220 mail.example.com ready\r\n"), None);
    }

    #[test]
    fn a_hello_may_arrive_in_pieces() {
        let mut hello = ServerHello::default();
        let whole = record(0x0303, &[0, 43, 0, 2, 3, 4]);
        hello.see(&whole);
        assert_eq!(hello.version(), None, "bytes before watch() are ignored");
        hello.watch();
        for byte in whole {
            hello.see(&[byte]);
        }
        assert_eq!(hello.version(), Some("TLSv1.3"));
    }

    proptest! {
        #[test]
        fn splitting_the_bytes_anywhere_changes_nothing(
            noise in proptest::collection::vec(any::<u8>(), 0..80), at in 0_usize..80, cut in 0_usize..80,
        ) {
            let mut bytes = record(0x0303, &[0, 43, 0, 2, 3, 4]);
            let at = at.min(bytes.len());
            let end = bytes.len().min(at + noise.len());
            bytes.splice(at..end, noise);
            let heard = |pieces: &[&[u8]]| {
                let mut hello = ServerHello::default();
                hello.watch();
                pieces.iter().for_each(|piece| hello.see(piece));
                hello.version()
            };
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(heard(&[head, tail]), heard(&[&bytes]));
        }
    }
}
