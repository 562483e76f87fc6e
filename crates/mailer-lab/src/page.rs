//! The frame of an HTML report: one page that needs nothing from elsewhere.

use askama::Template;
use mailer::escape_lines;

/// A page: its title, the facts in its head, and what a report puts in it.
#[derive(Template)]
#[template(path = "page.html")]
pub struct Page<'a> {
    /// The title, escaped by the template.
    pub title: &'a str,
    /// Label and value of each fact in the head, escaped by the template.
    pub facts: &'a [(String, String)],
    /// CSS of the report, inserted as it is.
    pub style: &'static str,
    /// The report itself as HTML, inserted as it is: its own template has escaped it.
    pub body: &'a str,
}

impl Page<'_> {
    /// The whole page as HTML. What would control a terminal or hide in it is
    /// [escaped](mailer::escape_lines), as in all other output.
    #[must_use]
    pub fn html(&self) -> String {
        let page = self.render().expect("writing into a string does not fail");
        escape_lines(&page).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_and_facts_are_escaped() {
        let facts = [("host".to_owned(), "<b>".to_owned())];
        let body = "<p>x\u{9b}2J\u{202e}</p>\n";
        let page = Page { title: "a & b", facts: &facts, style: "", body }.html();
        assert!(page.contains("<h1>a &#38; b</h1>") && page.contains("<dd>&#60;b&#62;</dd>"));
        assert!(page.contains("<p>x\\u{9b}2J\\u{202e}</p>\n"));
    }
}
