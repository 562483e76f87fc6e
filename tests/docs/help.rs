//! docs/cli.md: the output of `--help`.

use mailer_tests::{binary::mailer, blocks};

fn help(arguments: &[&str]) -> String {
    let output = mailer().args(arguments).arg("--help").env("COLUMNS", "100").output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("help is text")
}

#[test]
fn docs_cli_shows_the_help_texts() {
    blocks::check("docs/cli.md", "mailer --help", &blocks::code(&help(&[])));
    for command in [
        "send",
        "compare",
        "explain",
        "bench",
        "check",
        "serve",
        "worker",
        "merge",
        "completions",
        "man",
    ] {
        let name = format!("mailer {command} --help");
        blocks::check("docs/cli.md", &name, &blocks::code(&help(&[command])));
    }
}
