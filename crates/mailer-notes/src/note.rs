//! The type of a note, and the macro that writes a table of them.

/// A note on one kind of token: what it means, and where that is specified.
///
/// The text of a note exists once, so that a page, a terminal and a book can share it. The id is
/// stable and suits an HTML anchor.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// The id: lower case, digits and hyphens.
    pub id: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// One or two sentences for a reader without any knowledge of SMTP.
    pub text: &'static str,
    /// The section of an RFC, such as `RFC 5321 §4.2.1`; several are separated by `; `.
    pub source: &'static str,
}

impl Note {
    /// Whether this note admits that the meaning of the token is not known here. Such notes have an
    /// id that begins with `unknown-`.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.id.starts_with("unknown-")
    }
}

/// Defines notes, and `ALL` with each of them: name, id, title, source, text.
macro_rules! notes {
    ($($name:ident = $id:literal, $title:literal, $source:literal, $text:literal;)*) => {
        $(pub(crate) static $name: $crate::note::Note = $crate::note::Note {
            id: $id,
            title: $title,
            text: $text,
            source: $source,
        };)*
        pub(super) static ALL: &[&$crate::note::Note] = &[$(&$name),*];
    };
}

pub(crate) use notes;
