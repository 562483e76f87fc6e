//! What the MIME fields of a header state about the body that follows it (RFC 2045, RFC 2046).

/// How the body of an entity is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// 7bit, 8bit, binary, or not stated.
    #[default]
    Identity,
    QuotedPrintable,
    Base64,
}

/// The values of the MIME fields of one header that are needed to read its body.
#[derive(Debug, Default)]
pub(crate) struct Entity {
    content_type: Vec<u8>,
    encoding: Vec<u8>,
    /// Which of them a continuation line goes on with.
    open: Open,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Other,
    ContentType,
    Encoding,
}

/// The maximum number of bytes kept of a field. The parameters that matter are shorter.
const MOST: usize = 1024;

impl Entity {
    /// Keeps the first line of a field.
    pub(crate) fn begin(&mut self, name: &[u8], value: &[u8]) {
        self.open = match name.to_ascii_lowercase().as_slice() {
            b"content-type" => Open::ContentType,
            b"content-transfer-encoding" => Open::Encoding,
            _ => Open::Other,
        };
        self.extend(value);
    }

    /// Keeps a line that continues the field.
    pub(crate) fn extend(&mut self, value: &[u8]) {
        let kept = match self.open {
            Open::Other => return,
            Open::ContentType => &mut self.content_type,
            Open::Encoding => &mut self.encoding,
        };
        let room = MOST.saturating_sub(kept.len());
        kept.extend(value.iter().take(room));
    }

    pub(crate) fn encoding(&self) -> Encoding {
        match self.encoding.trim_ascii().to_ascii_lowercase().as_slice() {
            b"quoted-printable" => Encoding::QuotedPrintable,
            b"base64" => Encoding::Base64,
            _ => Encoding::Identity,
        }
    }

    /// Whether the body is text, so that decoded bytes may be shown. Text is the default
    /// (RFC 2045 §5.2).
    pub(crate) fn is_text(&self) -> bool {
        let content_type = self.content_type.trim_ascii();
        let is_text = content_type.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"text/"));
        content_type.is_empty() || is_text
    }

    /// Returns the boundary of a multipart entity.
    pub(crate) fn boundary(&self) -> Option<Vec<u8>> {
        let text = String::from_utf8_lossy(&self.content_type);
        let mut parameters = text.split(';');
        let kind = parameters.next()?.trim_ascii().to_ascii_lowercase();
        if !kind.starts_with("multipart/") {
            return None;
        }
        parameters.find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_boundary = name.trim_ascii().eq_ignore_ascii_case("boundary");
            let value = value.trim_ascii().trim_matches('"');
            (is_boundary && !value.is_empty()).then(|| value.as_bytes().to_vec())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_read_across_folded_lines() {
        let mut entity = Entity::default();
        entity.begin(b"Content-Type", b"multipart/mixed;");
        entity.extend(b"boundary=\"=_1\"");
        assert_eq!(entity.boundary().unwrap(), b"=_1");
        entity.begin(b"Subject", b"text");
        assert_eq!(Entity::default().boundary(), None);
    }
}
