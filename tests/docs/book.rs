//! docs/book: its console examples, tables and pictures.

mod code_links;
mod cuts;
mod drawing;
mod ladder;
mod pictures;
mod wire;

use std::{collections::BTreeSet, fs};

use mailer_tests::blocks;

use crate::transcripts;

/// Defines a test of the console examples of each chapter, and `CHAPTERS` with the names of their files.
macro_rules! chapters {
    ($($test:ident = $file:literal;)*) => {
        const CHAPTERS: &[&str] = &[$($file),*];
        $(#[test]
        fn $test() {
            let page = concat!("docs/book/", $file);
            code_links::check(page);
            transcripts::check(page);
        })*
    };
}

chapters! {
    introduction = "README.md";
    chapter_1 = "01-one-mail-two-programs.md";
    chapter_2 = "02-lines-and-replies.md";
    chapter_3 = "03-what-can-you-do.md";
    chapter_4 = "04-envelope-and-letter.md";
    chapter_5 = "05-the-lone-dot.md";
    chapter_6 = "06-locking-the-line.md";
    chapter_7 = "07-proving-identity.md";
    chapter_8 = "08-fifteen-steps.md";
    chapter_9 = "09-distance.md";
    chapter_10 = "10-flights.md";
    chapter_11 = "11-the-hidden-40-ms.md";
    chapter_12 = "12-did-it-arrive.md";
    chapter_13 = "13-what-an-abstraction-gives.md";
    chapter_14 = "14-measuring-honestly.md";
    chapter_15 = "15-a-protocol-without-io.md";
}

#[test]
fn every_chapter_is_tested_and_in_the_summary() {
    let folder = blocks::path("docs/book");
    let entries = fs::read_dir(folder).expect("the book has a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    let pages: BTreeSet<String> = names
        .map(|name| name.expect("a name in UTF-8"))
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(pages, CHAPTERS.iter().map(|&name| name.to_owned()).collect());
    let summary = blocks::read("docs/book/SUMMARY.md");
    for name in CHAPTERS {
        assert!(summary.contains(&format!("]({name})")), "SUMMARY.md has no {name}");
    }
}

#[test]
fn every_transcript_is_generated_and_every_picture_is_shown() {
    let mut text = String::new();
    for name in CHAPTERS {
        let page = blocks::read(&format!("docs/book/{name}"));
        let mut generated = false;
        for line in page.lines() {
            generated =
                (generated || line.starts_with("<!-- generated: ")) && line != "<!-- end -->";
            let is_code = line.starts_with("```") && !["```", "```console"].contains(&line);
            assert!(generated || !is_code, "{name}: no test runs or writes the block {line}");
        }
        text += &page;
    }
    let folder = blocks::path("docs/book");
    for entry in fs::read_dir(folder).expect("the book has a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        let is_picture = name.ends_with(".svg");
        assert!(!is_picture || text.contains(&format!("]({name})")), "no chapter shows {name}");
    }
}
