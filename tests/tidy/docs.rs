//! Documents: relative links lead to files and headings, and the changelog has its section.

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
fn fragments_of_links_name_a_heading_or_a_line() {
    let mut broken = Vec::new();
    for path in files(&["md"]) {
        let text = read(&path);
        let targets = links(&text).into_iter().filter(|target| !target.contains("://"));
        for (file, fragment) in targets.filter_map(|target| target.split_once('#')) {
            let linked = match file {
                "" => path.clone(),
                _ => path.parent().unwrap_or(Path::new("")).join(file),
            };
            if !has_fragment(&linked, &read(&linked), fragment) {
                broken.push(format!("{}: {file}#{fragment}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Whether a Markdown page has a heading for this fragment, or another file has the line that it names.
fn has_fragment(path: &Path, text: &str, fragment: &str) -> bool {
    let line = fragment.strip_prefix('L').and_then(|line| line.parse::<usize>().ok());
    match line {
        Some(line) => (1..=text.lines().count()).contains(&line),
        None if path.extension().is_some_and(|ending| ending == "md") => outside_code(text)
            .filter_map(|line| line.strip_prefix('#'))
            .any(|heading| heading_id(heading.trim_start_matches('#').trim()) == fragment),
        None => false,
    }
}

/// The fragment of a heading, as GitHub and mdBook form it.
fn heading_id(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn the_changelog_has_an_unreleased_section() {
    let text = read(Path::new("CHANGELOG.md"));
    let is_heading = |line: &str| line.starts_with("## ") && line.contains("Unreleased");
    assert!(text.lines().any(is_heading), "CHANGELOG.md has no section \"Unreleased\"");
}

/// Returns the targets of the links of a document, without those in code blocks.
fn links(text: &str) -> Vec<&str> {
    outside_code(text).flat_map(|line| inline_links(line).chain(reference(line))).collect()
}

/// Returns the lines of a document that are in no code block.
fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
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
    assert_eq!(heading_id("The server's `URL`, in short"), "the-servers-url-in-short");
    assert!(has_fragment(Path::new("a.md"), "# B c\n```\n# d\n```", "b-c"));
    assert!(!has_fragment(Path::new("a.md"), "# B c\n```\n# d\n```", "d"));
    assert!(
        has_fragment(Path::new("a.rs"), "1\n2", "L2")
            && !has_fragment(Path::new("a.rs"), "1", "L2")
    );
    assert!(!is_relative("https://m") && !is_relative("#n") && is_relative("b.md"));
}
