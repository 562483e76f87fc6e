//! Links into the code that name a line: the line has the text of the link, in every page of the book.

use std::env;

use mailer_tests::blocks;

/// A link to a line: its text, the file by its path from the root, and the line.
#[derive(Debug, PartialEq, Eq)]
struct CodeLink<'a> {
    /// The code that the line has to contain.
    code: &'a str,
    target: &'a str,
    line: usize,
}

/// Returns the links of a page whose text is code and whose target names a line.
fn links(page: &str) -> Vec<CodeLink<'_>> {
    page.split("[`").skip(1).filter_map(link).collect()
}

fn link(rest: &str) -> Option<CodeLink<'_>> {
    let (code, rest) = rest.split_once("`](")?;
    let (target, _) = rest.split_once(')')?;
    let (target, line) = target.split_once("#L")?;
    Some(CodeLink { code, target, line: line.parse().ok()? })
}

/// Checks that each link of a page leads to its line; with `UPDATE_DOCS` writes the numbers.
pub(super) fn check(page: &str) {
    for link in links(&blocks::read(page)) {
        let file = link.target.trim_start_matches("../");
        let source = blocks::read(file);
        let line = source.lines().position(|line| line.contains(link.code)).map(|at| at + 1);
        let line = line.unwrap_or_else(|| panic!("{page}: {file} has no {}", link.code));
        if line == link.line {
            continue;
        }
        let linked = |line: usize| format!("[`{}`]({}#L{line})", link.code, link.target);
        assert!(
            env::var_os("UPDATE_DOCS").is_some(),
            "{page}: `{}` is in line {line} of {file}; UPDATE_DOCS=1 cargo test --package mailer-tests writes it",
            link.code
        );
        blocks::rewrite(page, |text| text.replace(&linked(link.line), &linked(line)));
    }
}

#[test]
fn links_to_lines_are_found() {
    let page = "a [`fn b`](../c.rs#L12), [d](../e.rs#L1), [`f`](g.md) and [`h`](i.rs#L3)";
    let link = |code, target, line| CodeLink { code, target, line };
    assert_eq!(links(page), [link("fn b", "../c.rs", 12), link("h", "i.rs", 3)]);
}
