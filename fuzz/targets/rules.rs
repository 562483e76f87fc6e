//! The fault rules of `mailer serve`: a file has the rules of its lines, and an error names the first line that is
//! wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_server::Fault;

fuzz_target!(|text: &str| {
    let lines = text.lines().map(str::trim);
    let is_rule = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let parsed: Vec<_> = lines.map(|line| (line, line.parse::<Fault>())).collect();
    let rules = parsed.iter().filter(|(line, _)| is_rule(line));
    let wrong = parsed.iter().position(|(line, fault)| is_rule(line) && fault.is_err());
    match (Fault::parse_rules(text), wrong) {
        (Ok(faults), None) => {
            let by_line: Vec<String> =
                rules.map(|(_, fault)| format!("{:?}", fault.as_ref().expect("a fault"))).collect();
            let whole: Vec<String> = faults.iter().map(|fault| format!("{fault:?}")).collect();
            assert_eq!(whole, by_line);
        }
        (Err(error), Some(at)) => {
            let shown = error.to_string();
            assert!(shown.starts_with(&format!("line {}", at + 1)), "{shown}");
            assert!(!shown.contains(char::is_control), "{shown:?}");
        }
        (parsed, wrong) => panic!("{parsed:?}, but by lines {wrong:?}"),
    }
});
