//! A draft that an input describes.

use arbitrary::Arbitrary;
use mailer::Draft;

use crate::reader::{self, attachment, header_text, mailbox, read_back};

/// The parts of a draft, separated by tabs: the subject, then names of recipients and of files in turn,
/// and after the last tab the text, which is also the content of the files.
#[derive(Arbitrary, Debug)]
pub struct Sketch<'a> {
    /// Whether the draft has the text as HTML too.
    has_html: u8,
    parts: &'a [u8],
}

/// The maximum number of recipients and files: more of them show nothing new.
const MOST: usize = 12;

impl Sketch<'_> {
    /// Panics unless the rendered draft has these parts.
    pub fn survives(&self) {
        let draft = self.draft();
        reader::text_survives(draft.text.as_deref().unwrap_or_default());
        let read = read_back(&draft);
        assert_eq!(read.subject.unwrap_or_default(), draft.subject.as_str());
        assert_eq!(read.html.is_some(), draft.html.is_some());
        assert_eq!(read.to.len(), draft.to.len());
        for (mailbox, (name, address)) in draft.to.iter().zip(&read.to) {
            assert_eq!(name.as_deref(), mailbox.name.as_ref().map(|name| name.as_str()));
            assert_eq!(address, mailbox.address.as_str());
        }
        assert_eq!(read.files.len(), draft.attachments.len());
        for (file, (name, kind, content)) in draft.attachments.iter().zip(&read.files) {
            assert_eq!(name.as_deref().unwrap_or_default(), file.name.as_str());
            assert_eq!((kind.as_str(), content.as_slice()), ("image/png", &*file.content));
        }
    }

    fn draft(&self) -> Draft {
        let mut parts = self.parts.split(|&byte| byte == b'\t');
        let content = parts.next_back().unwrap_or_default();
        let mut texts = parts.map(|part| printable(&String::from_utf8_lossy(part)));
        let mut draft = reader::draft();
        draft.subject = header_text(texts.next().unwrap_or_default());
        for (n, name) in texts.take(MOST).enumerate() {
            if n % 2 == 1 {
                draft.attachments.push(attachment(&name, "image/png", content));
            } else if !name.is_empty() {
                draft.to.push(mailbox(&name, &format!("{n}@example.com")));
            }
        }
        draft.text = Some(String::from_utf8_lossy(content).into_owned());
        draft.html = draft.text.clone().filter(|_| self.has_html % 2 == 1);
        draft
    }
}

/// Returns the text without control characters, so that a header can hold it.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { 'c' } else { c }).collect()
}
