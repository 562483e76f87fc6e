//! docs/ci.md: the steps of its workflow run as shown.

use std::{fs, net::TcpListener, path::Path, process::Command};

use mailer_tests::binary;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    fs::read_to_string(path).expect("there is a page")
}

/// Returns the script of the step with this name: the lines below `run: |`, which are indented further.
fn step(page: &str, name: &str) -> String {
    let lines: Vec<&str> = page.lines().collect();
    let at = lines.iter().position(|line| line.trim() == format!("- name: {name}"));
    let after = lines.iter().skip(at.unwrap_or_else(|| panic!("no step {name}")));
    let mut script = after.skip_while(|line| line.trim() != "run: |");
    let indent = |line: &str| line.len() - line.trim_start().len();
    let run = script.next().map(|line| indent(line)).expect("the step has a script");
    script.take_while(|line| indent(line) > run).map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn the_workflow_measures_twice_and_the_second_time_against_the_first() {
    let page = page("ci.md");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let (start, measure) = (step(&page, "Start the server"), step(&page, "Measure"));
    // What follows the steps ends the server, whatever they did.
    let script = format!("{start}trap 'kill $!' EXIT\n{measure}test -s baseline.json\n{measure}");
    let script = script.replace("2525", &port.port().to_string());
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = binary::mailer();
    let bin = Path::new(mailer.get_program()).parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", &script]).current_dir(folder.path());
    shell.env("PATH", format!("{bin}:{path}")).env_remove("SMTP_URL");
    let output = shell.output().expect("there is a shell");
    assert!(output.status.success(), "{script}\n{output:#?}");
    let baseline = fs::read_to_string(folder.path().join("baseline.json")).expect("it is kept");
    let document: serde_json::Value = serde_json::from_str(&baseline).expect("it is JSON");
    assert_eq!(document["baseline"]["changes"][0]["name"], "raw (auto)");
    assert_eq!(document["results"][0]["outcomes"]["accepted"], 200);
}
