//! Tests of step 4: capabilities.

use smtp_client::{
    given::{Capabilities, Reply},
    step_04_capabilities::capabilities,
};

/// Compares what is found in a reply to EHLO with these lines.
#[track_caller]
fn check(lines: &[&str], wanted: &Capabilities, why: &str) {
    let reply = Reply { code: 250, lines: lines.iter().map(|&line| line.to_owned()).collect() };
    let found = capabilities(&reply);
    assert!(
        found == *wanted,
        "\nThe server announced:\n  {}\n\nthe capabilities\n  should be  {wanted:?}\n  but are    {found:?}\
         \n\nWhy: {why}\n",
        lines.join("\n  ")
    );
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn finds_each_capability() {
    check(
        &[
            "mail.example.test",
            "SIZE 35882577",
            "8BITMIME",
            "STARTTLS",
            "AUTH PLAIN LOGIN",
            "PIPELINING",
        ],
        &Capabilities {
            starttls: true,
            pipelining: true,
            auth: names(&["PLAIN", "LOGIN"]),
            size: Some(35_882_577),
        },
        "each line after the first is a name and its parameters",
    );
}

#[test]
fn finds_nothing_where_nothing_is() {
    check(&["mail.example.test"], &Capabilities::default(), "the first line is a greeting");
    check(
        &["STARTTLS PIPELINING", "HELP"],
        &Capabilities::default(),
        "the first line is a greeting, whatever it says",
    );
}

#[test]
fn capitals_do_not_matter() {
    check(
        &["mail.example.test", "starttls", "Auth Login", "size 10"],
        &Capabilities {
            starttls: true,
            auth: names(&["LOGIN"]),
            size: Some(10),
            ..Default::default()
        },
        "names are compared without regard to capitals; `auth` keeps them in capitals",
    );
}

#[test]
fn names_count_as_a_whole() {
    check(
        &["mail.example.test", "STARTTLSX", "X-PIPELINING", "AUTHX PLAIN", "XSIZE 5", ""],
        &Capabilities::default(),
        "STARTTLSX is another extension",
    );
}

#[test]
fn a_size_may_mean_no_limit() {
    for line in ["SIZE", "SIZE 0", "SIZE many"] {
        check(
            &["mail.example.test", line],
            &Capabilities::default(),
            "0 means that there is no limit, and so does a missing or unreadable number",
        );
    }
}
