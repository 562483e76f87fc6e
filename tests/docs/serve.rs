//! docs/serve.md: its rules are valid.

use std::{fs, path::Path};

use mailer_server::{Fault, Point};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    fs::read_to_string(path).expect("there is a page")
}

#[test]
fn the_rules_of_the_page_are_valid_and_name_every_point() {
    let page = page("serve.md");
    let (_, rules) = page.split_once("```text\n").expect("there are rules");
    let (rules, _) = rules.split_once("```").expect("the block ends");
    let rules = Fault::parse_rules(rules).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rules.len(), 6);
    for point in Point::ALL {
        assert!(page.contains(&format!("`{}`", point.name())), "{} is missing", point.name());
    }
}
