//! JSON with a line for each entry of the outer lists, so that a reader of the page's source finds them.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// Begins a line for each field of the document, and for each entry of a list in it.
#[derive(Default)]
pub(super) struct LineFormatter {
    depth: u32,
}

/// The depth of the entries of the outer lists.
const DEEPEST: u32 = 2;

impl LineFormatter {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(bracket)
    }

    fn separate<W: ?Sized + Write>(&self, writer: &mut W, is_first: bool) -> io::Result<()> {
        if !is_first {
            writer.write_all(b",")?;
        }
        if self.depth <= DEEPEST { writer.write_all(b"\n") } else { Ok(()) }
    }
}

impl Formatter for LineFormatter {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.separate(writer, first)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Serializer, Value, json};

    use super::*;

    #[test]
    fn fields_and_entries_of_their_lists_have_lines() {
        let document = json!({ "a": [{ "b": [1, 2] }, { "b": [] }], "c": {} });
        let mut text = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut text, LineFormatter::default());
        document.serialize(&mut serializer).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, "{\n\"a\":[\n{\"b\":[1,2]},\n{\"b\":[]}],\n\"c\":{}}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
    }
}
