//! Documents: relative links lead to files, and the changelog has its section.

use std::path::Path;

use crate::repository::{files, read, root};

#[test]
fn relative_links_lead_to_files() {
    let mut broken = Vec::new();
    for path in files(&["ipynb", "md"]) {
        let text = read(&path);
        let folder = root().join(path.parent().unwrap_or(Path::new("")));
        let targets = links(&text).into_iter().filter(|target| is_relative(target));
        let missing = targets.filter(|target| !folder.join(file_of(target)).exists());
        broken.extend(missing.map(|target| format!("{}: {target}", path.display())));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_changelog_has_an_unreleased_section() {
    let text = read(Path::new("CHANGELOG.md"));
    let is_heading = |line: &str| line.starts_with("## ") && line.contains("Unreleased");
    assert!(text.lines().any(is_heading), "CHANGELOG.md has no section \"Unreleased\"");
}

/// Returns the targets of the links of a document, without those in code blocks.
fn links(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            found.extend(inline_links(line));
            found.extend(reference(line));
        }
    }
    found
}

/// `[text](target)` and `![text](target "title")`
fn inline_links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        target.split(' ').next()
    })
}

/// `[text]: target`
fn reference(line: &str) -> Option<&str> {
    let (_, target) = line.strip_prefix('[')?.split_once("]: ")?;
    target.split(' ').next()
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:") && !target.starts_with('#')
}

/// Returns a target without its fragment.
fn file_of(target: &str) -> &str {
    target.split('#').next().unwrap_or(target)
}

#[test]
fn links_are_found() {
    let text = "[a](b.md#c) and ![d](e/f.svg \"g\")\n```\n[h](i)\n```\n[j]: k.md\n[l](https://m)";
    assert_eq!(links(text), ["b.md#c", "e/f.svg", "k.md", "https://m"]);
    assert_eq!(file_of("b.md#c"), "b.md");
    assert!(!is_relative("https://m") && !is_relative("#n") && is_relative("b.md"));
}
