//! Console examples of the book: each command in a block "```console" is run, and what it prints is written into
//! the page, or compared with it.
//!
//! The commands of a page run in one folder, in order. `mailer serve` runs in the background until the end of
//! the page, as in a terminal of its own. The system chooses its port, which stands in the page as [`PORT`].

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _},
    mem,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use mailer_tests::{
    binary, blocks,
    console::{self, Example},
};

/// The port of the server in the pages.
const PORT: &str = "2525";

/// The seconds after which a command is killed, far more than any needs.
const LIMIT: &str = "60";

/// How a block of console examples begins, and how it ends.
const FENCES: (&str, &str) = ("```console", "```");

/// How often a page may be run until it prints what it shows: a busy machine can make a count of round trips
/// or stalls differ.
pub(crate) const ATTEMPTS: usize = 3;

/// Runs all examples of a page, and compares what they print with the page; with `UPDATE_DOCS` writes it.
pub(crate) fn check(page: &str) {
    let examples = examples(&blocks::read(page));
    let is_as_shown = |printed: &[String]| {
        let mut pairs = examples.iter().zip(printed);
        pairs.all(|(example, printed)| normalise(&example.output) == normalise(printed))
    };
    let mut printed = run_all(&examples);
    for _ in 1..ATTEMPTS {
        if !is_as_shown(&printed) {
            printed = run_all(&examples);
        }
    }
    for (number, (example, printed)) in examples.iter().zip(&printed).enumerate() {
        if normalise(&example.output) == normalise(printed) {
            continue;
        }
        if env::var_os("UPDATE_DOCS").is_some() {
            blocks::rewrite(page, |text| with_output(text, number, printed));
            continue;
        }
        panic!(
            "{page}: `{}` prints\n{printed}\nand not\n{}\n\
             UPDATE_DOCS=1 cargo test --package mailer-tests --test docs writes it",
            example.command.trim_end(),
            example.output
        );
    }
}

/// Returns the lines of a text, and of each whether it is in a block of console examples.
fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut inside = false;
    text.split_inclusive('\n').map(move |line| {
        if line.trim_end() == if inside { FENCES.1 } else { FENCES.0 } {
            inside = !inside;
            return (line, false);
        }
        (line, inside)
    })
}

/// Returns the examples of a text, in order.
fn examples(text: &str) -> Vec<Example> {
    console::sections(text).into_iter().flat_map(|(_, examples)| examples).collect()
}

/// Returns the text with this output for one of its examples.
fn with_output(text: &str, number: usize, output: &str) -> String {
    let (mut written, mut seen, mut in_command) = (String::new(), 0, false);
    for (line, inside) in lines(text) {
        in_command = inside && (line.starts_with("$ ") || in_command);
        if inside && line.starts_with("$ ") {
            seen += 1;
        }
        if !inside || in_command || seen != number + 1 {
            written.push_str(line);
        }
        let ends = in_command && !line.ends_with("\\\n");
        if ends && seen == number + 1 {
            written.push_str(output);
        }
        in_command = in_command && !ends;
    }
    written
}

/// Runs the examples, and returns what each prints.
fn run_all(examples: &[Example]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    // Where examples write files, as in the root of the repository.
    fs::create_dir(folder.path().join("target")).expect("a folder");
    let mut servers: Vec<(usize, Served)> = Vec::new();
    let mut printed = Vec::new();
    for (number, example) in examples.iter().enumerate() {
        let line = &example.command;
        let output = match line.contains("mailer serve") {
            true => {
                servers.push((number, Served::start(line, folder.path())));
                String::new()
            }
            false => run(line, folder.path(), servers.last().map(|(_, served)| &*served.port)),
        };
        printed.push(output);
    }
    for (number, served) in servers {
        printed[number] = served.stop();
    }
    printed
}

/// Runs a command, and returns what it prints.
fn run(line: &str, folder: &Path, port: Option<&str>) -> String {
    let port = port.unwrap_or(PORT);
    // The commands run in a folder of their own, and the page's reader is in the root of the repository.
    let line = line.replace("docs/book/", &format!("{}/", blocks::path("docs/book").display()));
    let line = format!("exec 2>&1\n{}", line.replace(PORT, port));
    let output = shell(&line, folder).output().expect("bash runs");
    let text = String::from_utf8(output.stdout).expect("a terminal shows text");
    let mut text = text.replace(port, PORT);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn shell(line: &str, folder: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args([LIMIT, "bash", "-c", line]).current_dir(folder);
    command.env("PATH", console::search_path()).stdin(Stdio::null());
    for name in binary::SETTINGS {
        command.env_remove(name);
    }
    command
}

/// A server in the background.
struct Served {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Its first line.
    first: String,
    port: String,
    /// Where it keeps its CA, instead of the folder of the user's data.
    data: PathBuf,
}

impl Served {
    fn start(line: &str, folder: &Path) -> Self {
        // `exec`: a signal has to reach the server, and not the shell.
        let line = line.replacen("mailer serve", "exec mailer serve", 1);
        let line = line.replace(&format!(":{PORT}"), ":0");
        let mut command = shell(&line, folder);
        // The CA that the server keeps must not be the user's own.
        let data = folder.join("data");
        command.env("XDG_DATA_HOME", &data).stderr(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("bash runs");
        let mut output = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let mut first = String::new();
        output.read_line(&mut first).expect("the server prints its address");
        let after_colon = first.rsplit(':').next().unwrap_or_default();
        let port = after_colon.chars().take_while(char::is_ascii_digit).collect();
        let served = Self { child, output, first, port, data };
        assert!(served.port.parse::<u16>().is_ok(), "no port: {}", served.first);
        served
    }

    /// Stops the server, and returns what it has printed, without the fields of each message's header: the pages
    /// leave them out, as docs/book/README.md describes.
    fn stop(mut self) -> String {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
        let mut text = mem::take(&mut self.first);
        self.output.read_to_string(&mut text).expect("the server prints text");
        self.child.wait().expect("it was started");
        let data = self.data.display().to_string();
        let text = text.replace(&self.port, PORT).replace(&data, "~/.local/share");
        text.split_inclusive('\n').filter(|line| !line.starts_with("  ")).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Both fail if the server has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what is the same in every run: no times, dates, identifiers, and widths that depend on these.
fn normalise(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("Date: "));
    lines.map(normalise_line).collect::<Vec<_>>().join("\n")
}

fn normalise_line(line: &str) -> String {
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
    // A row of times in a table keeps its label, and which of its cells are empty.
    let is_of_times = line.contains(", ms ");
    let words = line.split_whitespace().map(|word| match is_of_times && is_number(word) {
        true => "#",
        false => without_time(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns a word, or what stands for every time or every identifier.
pub(crate) fn without_time(word: &str) -> &str {
    let bare = word.trim_end_matches(['.', ',', ')', ';']).trim_start_matches('(');
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_time = bare.split_once('.').is_some_and(|(s, ms)| is_number(s) && is_number(ms));
    let is_identifier = bare.contains("@example.test>") && bare.len() > 40;
    let is_file = bare.contains("/new/");
    if is_time || is_identifier || is_file { "#" } else { word }
}

#[test]
fn outputs_are_replaced() {
    let text =
        "a\n```console\n$ one \\\n  two\n1\n2\n$ three\n```\n$ b\n```console\n$ four\n4\n```\n";
    assert_eq!(examples(text).len(), 3);
    assert_eq!(with_output(text, 0, "5\n"), text.replace("1\n2\n", "5\n"));
    assert_eq!(with_output(text, 1, "6\n"), text.replace("three\n", "three\n6\n"));
    assert_eq!(with_output(text, 2, "7\n"), text.replace("4\n", "7\n"));
}

#[test]
fn times_and_identifiers_vary_and_counts_do_not() {
    assert_eq!(normalise("9   1.25 ms"), normalise("9  123.456 ms"));
    assert_eq!(normalise("stall, ms  12.5 -"), normalise("stall, ms   1843 -"));
    assert_ne!(normalise("stall, ms  12.5 -"), normalise("stall, ms   - -"));
    assert_eq!(normalise("Date: Mon\nx"), normalise("x"));
    assert_ne!(normalise("9 round trips"), normalise("8 round trips"));
    assert_ne!(normalise("250 2.1.5"), normalise("250 2.1.0"));
}
