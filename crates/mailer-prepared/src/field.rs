//! Header fields, and how a header is split into them.

/// A header field as the message has it, with its folded lines (RFC 5322 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    raw: &'a [u8],
    colon: usize,
}

impl<'a> Field<'a> {
    /// Returns the field made of these lines. Lines that are not a field get an empty name.
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        let colon = raw.iter().position(|&byte| byte == b':').unwrap_or(0);
        Self { raw, colon }
    }

    /// Returns the whole field: name, colon, body and line ends.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Returns the name as the message writes it, without the white space that RFC 5322 §4.5.3 allows
    /// before the colon.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.raw.get(..self.colon).unwrap_or_default().trim_ascii_end()
    }

    /// Returns the text after the colon, with the line ends of folding.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        if self.is_nameless() { b"" } else { self.raw.get(self.colon + 1..).unwrap_or_default() }
    }

    /// Whether the field has this name. Case does not matter.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether the lines are not a field.
    fn is_nameless(&self) -> bool {
        self.colon == 0
    }
}

/// Whether a line starts a field: printable ASCII without a space, optional white space, a colon
/// (RFC 5322 §2.2 and §4.5.3).
pub(crate) fn starts_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|&byte| byte == b':') else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// Returns the fields of a header whose lines end in CRLF.
pub(crate) fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        let (field, after) = rest.split_at_checked(field_end(rest))?;
        rest = after;
        (!field.is_empty()).then(|| Field::new(field))
    })
}

/// Returns the end of the first field: the start of the next line that does not begin with white space.
fn field_end(header: &[u8]) -> usize {
    let mut ends = memchr::memchr_iter(b'\n', header).map(|at| at + 1);
    ends.find(|&end| !matches!(header.get(end), Some(b' ' | b'\t'))).unwrap_or(header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_includes_its_folded_lines() {
        let header = b"A: 1\r\n\t2\r\n 3\r\nB : 4\r\nno field\r\n: 5\r\n";
        let found: Vec<_> = fields(header).collect();
        let bodies: Vec<_> = found.iter().map(|field| (field.name(), field.body())).collect();
        let wanted: [(&[u8], &[u8]); 4] =
            [(b"A", b" 1\r\n\t2\r\n 3\r\n"), (b"B", b" 4\r\n"), (b"", b""), (b"", b"")];
        assert_eq!(bodies, wanted);
        assert_eq!(found.iter().flat_map(Field::raw).copied().collect::<Vec<_>>(), header);
        assert!(found[1].is("b") && !found[1].is("a"));
    }

    #[test]
    fn a_field_starts_with_a_name_and_a_colon() {
        for line in ["To: x", "to:", "X-A_b \t: c", "From : ann"] {
            assert!(starts_field(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            ":",
            "From ann Tue Jan  2 16:34:35 2024",
            "Dear Bob: hello",
            " To: x",
            "T\u{f6}: x",
        ] {
            assert!(!starts_field(line.as_bytes()), "{line}");
        }
    }
}
