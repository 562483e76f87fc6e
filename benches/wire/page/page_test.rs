//! The stored page is the one that would be written, but for what is measured.

use std::{env, fs};

use mailer_benches::{link_error, page::root};

use super::*;
use crate::questions::questions;

/// The page of runs that nobody made.
fn page(pace: &Pace) -> String {
    let answered = questions(pace).into_iter().map(|question| {
        let outcomes = question.trials.iter().map(|_| vec![made_up(Counts::All)]).collect();
        Answered { question, outcomes }
    });
    let row = |columns: usize| vec![vec![String::new(); columns]];
    let path = PathFacts { late: Vec::new(), again: 0 };
    let own_error = [
        Table::new(link_error::LATE, row(link_error::LATE.len())),
        Table::new(link_error::RATES, row(link_error::RATES.len())),
    ];
    Page::of(pace, answered.collect(), &path, own_error).unwrap().text().unwrap()
}

fn made_up(counts: Counts) -> Compared {
    let of = |median: f64| Quartiles { lower: median * 0.5, median, upper: median * 2.0 };
    let passed = |bytes_in| LinkCounts {
        connections: 1,
        flights: 2,
        round_trips: 3,
        bytes_out: 40,
        bytes_in,
    };
    let (on_kernel, on_link) = (passed(50), passed(48));
    let (kernel, link, difference) = (of(0.1), of(0.102), of(0.02));
    Compared { name: "a work".into(), kernel, link, difference, counts, on_kernel, on_link }
}

/// Whether a line changes with each run: facts of the head, and rows of figures.
fn is_measured(line: &str, before: &str) -> bool {
    let is_row = line.starts_with("| ") && before.starts_with('|') && !line.starts_with("| ---");
    is_row || FACTS.iter().any(|fact| line.starts_with(&format!("- {fact}: ")))
}

const FACTS: [&str; 5] = ["date", "host", "versions", "rounds", "the kernel's path"];

/// Its lines in groups of measured ones and others, in turns; the first group is of others.
fn groups(page: &str) -> Vec<String> {
    let (mut groups, mut before) = (vec![String::new()], "");
    for line in page.split_inclusive('\n') {
        let is_measured = is_measured(line, before);
        if is_measured == (groups.len() % 2 == 1) {
            groups.push(String::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push_str(line);
        }
        before = line;
    }
    groups
}

/// `UPDATE_DOCS=1` writes the rest anew around the figures, if there are as many tables.
#[test]
fn what_is_not_measured_is_up_to_date() {
    let stored = fs::read_to_string(root().join(FILE)).unwrap();
    let is_quick = stored.contains("--quick` run");
    let fresh = page(if is_quick { &Pace::QUICK } else { &Pace::FULL });
    let (stored_groups, fresh) = (groups(&stored), groups(&fresh));
    assert_eq!(stored_groups.len(), fresh.len(), "`{COMMAND}` writes {FILE} anew");
    let pairs = stored_groups.into_iter().zip(fresh).enumerate();
    let wanted: String =
        pairs.map(|(place, (stored, fresh))| if place % 2 == 1 { stored } else { fresh }).collect();
    if stored == wanted {
        return;
    }
    assert!(env::var_os("UPDATE_DOCS").is_some(), "UPDATE_DOCS=1 writes {FILE} anew");
    fs::write(root().join(FILE), wanted).unwrap();
}

#[test]
fn figures_are_told_apart_from_the_rest() {
    let page =
        "Text.\n\n- date: today\n\n| a | b |\n| --- | ---: |\n| c | 1 |\n| d | 2 |\n\nMore.\n";
    let wanted = ["Text.\n\n", "- date: today\n", "\n| a | b |\n| --- | ---: |\n"];
    let groups = groups(page);
    assert_eq!(groups[..3], wanted);
    assert_eq!(groups[3..], ["| c | 1 |\n| d | 2 |\n", "\nMore.\n"]);
}

#[test]
fn rows_say_what_is_the_same_and_by_how_much_the_rest_is_not() {
    let row = |counts| row(&made_up(counts)).join(" | ");
    let times =
        "a work | 100 ms | 50.0 to 200 ms | 102 ms | 51.0 to 204 ms | +2.0 % | +1.0 % to +4.0 %";
    assert_eq!(row(Counts::All), format!("{times} | 40 + 50, the same | 3, the same"));
    assert_eq!(row(Counts::Nothing), format!("{times} | 40 + 50, link +0 and -2 | 3, link 3"));
    assert!(table(&[made_up(Counts::Octets)]).is_whole());
}

#[test]
fn the_path_tells_its_own_error() {
    let late = (0..200).map(Duration::from_micros).collect();
    let wanted = "packets late by 100 µs in the median, by 198 µs at 99 %; 3 sent again";
    assert_eq!(PathFacts { late, again: 3 }.to_string(), wanted);
}

#[test]
fn only_what_has_to_be_the_same_can_be_wrong() {
    assert!(made_up(Counts::All).wrong().is_some_and(|what| what.contains("bytes_in: 48")));
    assert!(made_up(Counts::Octets).wrong().is_some());
    assert!(made_up(Counts::Nothing).wrong().is_none());
}
