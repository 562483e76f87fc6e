//! The frame of an HTML report: one self-contained page that loads nothing.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use mailer::escape_lines;
use ring::digest::{SHA256, digest};

/// The style that all reports share.
const FRAME: &str = include_str!("../templates/page.css");

/// The script that all reports share. It saves the page's document.
const FRAME_SCRIPT: &str = include_str!("../templates/page.js");

/// A page: its title, the facts in its head, and the report itself.
#[derive(Debug)]
pub struct Page<'a> {
    /// The title, escaped by the template.
    pub title: &'a str,
    /// What the page shows, in a sentence or two, escaped by the template.
    pub lead: &'a str,
    /// Label and value of each fact in the head, escaped by the template.
    pub facts: &'a [(String, String)],
    /// CSS of the report, inserted as it is.
    pub style: &'static str,
    /// The report itself as HTML, inserted as it is: its own template has escaped it.
    pub body: &'a str,
    /// What `--json` prints of the same run. A button in the head saves it.
    pub document: Document<'a>,
    /// The script of the report, if it has one.
    pub script: Option<Script>,
}

/// A JSON document in a page.
#[derive(Debug)]
pub struct Document<'a> {
    file: &'a str,
    json: String,
}

impl<'a> Document<'a> {
    /// Returns a document that a reader saves as `file`.
    #[must_use]
    pub fn new(file: &'a str, json: &str) -> Self {
        Self { file, json: inline_json(json) }
    }
}

/// A script, and the data that it reads from the element `data`.
#[derive(Debug)]
pub struct Script {
    code: &'static str,
    data: String,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Frame<'a> {
    page: &'a Page<'a>,
    policy: String,
}

impl Page<'_> {
    /// Returns the whole page as HTML. Control characters and characters that hide in text are
    /// [escaped](mailer::escape_lines), as in all other output.
    #[must_use]
    pub fn html(&self) -> String {
        let own = self.script.as_ref().map(|script| script.code);
        let frame = Frame { page: self, policy: policy([FRAME_SCRIPT].into_iter().chain(own)) };
        let html = frame.render().expect("writing into a string does not fail");
        escape_lines(&html).into_owned()
    }
}

impl Script {
    /// Returns a script that reads `json`.
    #[must_use]
    pub fn new(code: &'static str, json: &str) -> Self {
        Self { code, data: inline_json(json) }
    }
}

/// The page's own scripts may run, and no other; nothing may be loaded. Bars carry their numbers in
/// `style` attributes, which no hash can list.
fn policy<'a>(scripts: impl Iterator<Item = &'a str>) -> String {
    let hashes = scripts
        .map(|code| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, code.as_bytes()))));
    let hashes: Vec<String> = hashes.collect();
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {}; base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    )
}

/// JSON that can stand inside a `script` element: without `<`, which may end it, and in ASCII, so that
/// [`escape_lines`] has nothing to escape. Both occur in strings only, where `\u` escapes mean the same.
fn inline_json(json: &str) -> String {
    let mut inline = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '<' && character != '\u{7f}' {
            inline.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            inline.push_str(&format!("\\u{unit:04x}"));
        }
    }
    inline
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page<'a>(facts: &'a [(String, String)], body: &'a str, script: Option<Script>) -> Page<'a> {
        let document = Document::new("run.json", "{}");
        Page { title: "a & b", lead: "<i>", facts, style: "", body, document, script }
    }

    #[test]
    fn title_lead_and_facts_are_escaped() {
        let facts = [("host".to_owned(), "<b>".to_owned())];
        let html = page(&facts, "<p>x\u{9b}2J\u{202e}</p>\n", None).html();
        assert!(html.contains("<h1>a &#38; b</h1>") && html.contains("<dd>&#60;b&#62;</dd>"));
        assert!(html.contains("<p class=\"lead\">&#60;i&#62;</p>"));
        assert!(html.contains("<p>x\\u{9b}2J\\u{202e}</p>\n"));
    }

    #[test]
    fn data_cannot_end_its_element_and_stays_json() {
        let script = Script::new("run();", r#"{"reply":"</script><b>\u{9b}é😀"}"#);
        let html = page(&[], "", Some(script)).html();
        let wanted =
            r#"id="data">{"reply":"\u003c/script>\u003cb>\u{9b}\u00e9\ud83d\ude00"}</script>"#;
        assert!(html.contains(wanted), "{html}");
        assert!(html.contains(r#"id="document" data-file="run.json">{}</script>"#), "{html}");
        let control = Script::new("", "\"\u{9b}\u{7f}\"");
        assert_eq!(control.data, "\"\\u009b\\u007f\"");
    }

    #[test]
    fn only_the_scripts_of_the_page_may_run() {
        // printf 'run();' | openssl dgst -sha256 -binary | base64
        let html = page(&[], "", Some(Script::new("run();", "{}"))).html();
        let hash = "vUOElbTHLp1UxxGV/I6teJfpCV5vgaasYjEhPKN2fqQ=";
        assert!(html.contains(&format!("&#39; &#39;sha256-{hash}&#39;; base-uri")), "{html}");
        assert!(html.contains("<script>run();</script>"));
    }
}
