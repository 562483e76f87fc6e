//! What the tests of an exercise said.

use std::fs;

use crate::course::{Exercise, root};

/// The results of some tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// The names of the tests that passed.
    pub(crate) passed: Vec<String>,
    pub(crate) failed: Vec<Failure>,
}

/// A test that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) name: String,
    /// What it printed.
    pub(crate) output: String,
}

impl Report {
    /// Reads the output of libtest.
    pub(crate) fn parse(output: &str) -> Self {
        let passed = output.lines().filter_map(|line| {
            line.strip_prefix("test ")?.strip_suffix(" ... ok").map(str::to_owned)
        });
        let mut report = Self { passed: passed.collect(), failed: Vec::new() };
        for block in output.split("\n---- ").skip(1) {
            let Some((name, text)) = block.split_once(" stdout ----\n") else { continue };
            let text = text.split("\n\n\nfailures:\n").next().unwrap_or(text);
            report.failed.push(Failure { name: name.to_owned(), output: text.trim().to_owned() });
        }
        report
    }

    pub(crate) fn is_passed(&self) -> bool {
        self.failed.is_empty() && !self.passed.is_empty()
    }

    /// Prints the first failure in the order of the file, and how many tests pass.
    pub(crate) fn print(&self, exercise: &Exercise) {
        let Exercise { number, title, .. } = exercise;
        let count = crate::course::EXERCISES.len();
        println!("Exercise {number} of {count}: {title}");
        println!("Write in  {}", exercise.file());
        println!("Tests in  {}", exercise.test_file());
        println!();
        let source = fs::read_to_string(root().join(exercise.test_file())).unwrap_or_default();
        let place = |failure: &&Failure| {
            let name = failure.name.rsplit("::").next().unwrap_or_default();
            source.find(&format!("fn {name}(")).or_else(|| source.find(name))
        };
        let first = self.failed.iter().min_by_key(place);
        if let Some(first) = first {
            println!("✗ {}", sentence(&first.name));
            println!("{}\n", first.lesson());
        }
        let lost = self.failed.iter().filter(|failure| failure.is_lost());
        for failure in lost.filter(|failure| first != Some(failure)) {
            println!("✗ {}\n    {}", sentence(&failure.name), failure.lost());
        }
        let all = self.passed.len() + self.failed.len();
        println!("{} of {all} tests of this exercise pass.", self.passed.len());
    }
}

impl Failure {
    /// The output without the line of libtest about the thread.
    fn lesson(&self) -> String {
        if let Some(task) = self.unwritten() {
            return format!("\nThis function is not written yet: {task}\n  {}", self.place());
        }
        let lines = self.output.lines();
        let is_own = self.place().starts_with("client/src/");
        let panicked = if is_own {
            format!("\nYour code panics at {}:\n", self.place())
        } else {
            String::new()
        };
        let kept =
            lines.filter(|line| !line.starts_with("thread '") && !line.starts_with("note: "));
        let message = kept.collect::<Vec<_>>().join("\n");
        panicked + message.trim_end()
    }

    /// Whether it is a case of the last exercise, which says what would have been lost.
    fn is_lost(&self) -> bool {
        !self.lost().is_empty()
    }

    /// The line that says what would have been lost; empty in the other exercises.
    fn lost(&self) -> &str {
        self.output.lines().find(|line| line.starts_with("Lost: ")).unwrap_or_default()
    }

    /// What a function that is not written should do, if it was reached.
    fn unwritten(&self) -> Option<&str> {
        let (_, rest) = self.output.split_once("not yet implemented: ")?;
        rest.lines().next()
    }

    /// The file and line of a function that is not written, if one was reached.
    pub(crate) fn unwritten_at(&self) -> Option<String> {
        self.unwritten().map(|_| self.place())
    }

    /// The file and line of the panic, without its column.
    fn place(&self) -> String {
        let after = self.output.split("panicked at ").nth(1).and_then(|rest| rest.lines().next());
        let place = after.unwrap_or_default().trim_end_matches(':');
        place.rsplit_once(':').map_or(place, |(place, _)| place).to_owned()
    }
}

/// A test's name as words.
fn sentence(name: &str) -> String {
    let inner = name.split_once("::").map_or(name, |(_, inner)| inner);
    if inner.contains("::") { inner.to_owned() } else { inner.replace('_', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
running 3 tests
test step_08_base64::the_end_is_filled_up ... FAILED
test step_08_base64::three_bytes ... ok
test step_08_base64::unwritten ... FAILED

failures:

---- step_08_base64::the_end_is_filled_up stdout ----

thread 'step_08_base64::the_end_is_filled_up' (1) panicked at client/tests/x.rs:9:5:

encode(b\"f\")
  should be  \"Zg==\"

note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

---- step_08_base64::unwritten stdout ----

thread '<unnamed>' (2) panicked at client/src/step_08_base64.rs:31:5:
not yet implemented: do it


failures:
    step_08_base64::the_end_is_filled_up
    step_08_base64::unwritten

test result: FAILED. 1 passed; 2 failed; 0 ignored
";

    #[test]
    fn results_are_read() {
        let report = Report::parse(OUTPUT);
        assert_eq!(report.passed, ["step_08_base64::three_bytes"]);
        let names: Vec<_> = report.failed.iter().map(|failure| failure.name.as_str()).collect();
        assert_eq!(names, ["step_08_base64::the_end_is_filled_up", "step_08_base64::unwritten"]);
        assert!(!report.is_passed());
        assert!(!Report::parse("running 0 tests").is_passed());
    }

    #[test]
    fn a_lesson_is_the_message_alone() {
        let report = Report::parse(OUTPUT);
        assert_eq!(report.failed[0].lesson(), "\nencode(b\"f\")\n  should be  \"Zg==\"");
        assert_eq!(report.failed[0].unwritten_at(), None);
        let place = report.failed[1].unwritten_at();
        assert_eq!(place.as_deref(), Some("client/src/step_08_base64.rs:31"));
        assert!(report.failed[1].lesson().contains("do it"));
        let output = "thread 'x' panicked at client/src/step_02_replies.rs:4:9:\nout of bounds";
        let panic = Failure { name: "a::b".into(), output: output.into() };
        let lesson = "\nYour code panics at client/src/step_02_replies.rs:4:\nout of bounds";
        assert_eq!(panic.lesson(), lesson);
    }

    #[test]
    fn a_name_is_a_sentence_or_that_of_a_case() {
        assert_eq!(sentence("step_08_base64::the_end_is_filled_up"), "the end is filled up");
        assert_eq!(sentence("step_16_hostile::quit::quit_closes"), "quit::quit_closes");
    }
}
