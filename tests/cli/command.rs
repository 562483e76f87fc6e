//! Runs commands, bounded in time.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// The limit of every command, far above what any needs on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command with an empty stdin.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Ran {
    run_with(command, b"")
}

/// Runs a command with this on stdin.
#[track_caller]
pub(crate) fn run_with(command: &mut Command, stdin: &[u8]) -> Ran {
    run_piped(command.stdout(Stdio::piped()).stderr(Stdio::piped()), stdin)
}

/// Runs a command with this on stdin, and collects those of its outputs that are pipes.
#[track_caller]
pub(crate) fn run_piped(command: &mut Command, stdin: &[u8]) -> Ran {
    let (started, mut running) = (Instant::now(), Running::start(command, stdin));
    let stdout = running.0.stdout.take().map(in_background);
    let stderr = running.0.stderr.take().map(in_background);
    let text = |output: Option<Receiver<Vec<u8>>>| {
        let left = DEADLINE.saturating_sub(started.elapsed());
        // Pipes end when the command does.
        let bytes = output.map(|output| output.recv_timeout(left)).transpose();
        let bytes = bytes.unwrap_or_else(|_| panic!("still running: {command:?}"));
        String::from_utf8(bytes.unwrap_or_default()).expect("output is UTF-8")
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    let status = running.0.wait().expect("it was started").code().expect("it was not killed");
    Ran { status, stdout, stderr }
}

/// A running command; dropping this kills it.
pub(crate) struct Running(Child);

impl Running {
    /// Starts a command with this on stdin.
    pub(crate) fn start(command: &mut Command, stdin: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the command starts");
        let (pipe, bytes) = (child.stdin.take(), stdin.to_vec());
        // Writing fails if the command ends before it has read everything.
        thread::spawn(move || pipe.map(|mut pipe| pipe.write_all(&bytes)));
        Self(child)
    }

    /// Returns the process ID.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for the end, whatever the status.
    pub(crate) fn wait(mut self) {
        self.0.wait().expect("it was started");
    }

    /// Waits for the end and returns the status and the text on stdout, which must be a pipe.
    #[track_caller]
    pub(crate) fn end(mut self) -> (i32, String) {
        let stdout = in_background(self.0.stdout.take().expect("stdout is a pipe"));
        // The pipe ends when the command does.
        let bytes = stdout.recv_timeout(DEADLINE).expect("it ends");
        let status = self.0.wait().expect("it was started").code().expect("it was not killed");
        (status, String::from_utf8(bytes).expect("output is UTF-8"))
    }

    /// Sends a signal, such as `-TERM`.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits for the end and returns the status; there must be no more lines.
    #[track_caller]
    pub(crate) fn status(&mut self, lines: &Lines) -> i32 {
        let end = lines.0.recv_timeout(DEADLINE);
        assert_eq!(
            end,
            Err(RecvTimeoutError::Disconnected),
            "the command ends without another line"
        );
        self.0.wait().expect("it was started").code().expect("it was not killed")
    }

    /// Returns the lines on stdout, which must be a pipe.
    pub(crate) fn lines(&mut self) -> Lines {
        Lines::read(self.0.stdout.take().expect("stdout is a pipe"))
    }

    /// Returns the lines on stderr, which must be a pipe.
    pub(crate) fn errors(&mut self) -> Lines {
        Lines::read(self.0.stderr.take().expect("stderr is a pipe"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if the command has ended, as it should have.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lines as they are printed.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    fn read(pipe: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        let pipe = BufReader::new(pipe);
        thread::spawn(move || pipe.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Self(lines)
    }

    /// Waits for the next line.
    #[track_caller]
    pub(crate) fn next(&self) -> String {
        self.0.recv_timeout(DEADLINE).expect("one more line")
    }
}

impl Ran {
    /// Checks the exit status and returns the result.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Checks that the status is 0 and stderr is empty, and returns the result.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!((self.status, self.without_note()), (0, ""), "{self:#?}");
        self
    }

    /// Returns the error on stderr with its hint: one line, or two.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        self.find_error().unwrap_or_else(|| panic!("not one error: {self:#?}"))
    }

    /// Returns the error on stderr with its hint, if there is no more.
    pub(crate) fn find_error(&self) -> Option<&str> {
        let text = self.without_note().strip_prefix("mailer: ")?.strip_suffix('\n')?;
        let (_, hint) = text.split_once('\n').unwrap_or((text, "hint: "));
        (hint.starts_with("hint: ") && !hint.contains('\n')).then_some(text)
    }

    /// Returns stderr without the note about a missing greeting, which a busy machine may cause.
    fn without_note(&self) -> &str {
        match self.stderr.split_once('\n') {
            Some((first, rest)) if first.starts_with("mailer: still waiting for ") => rest,
            _ => &self.stderr,
        }
    }

    /// Parses stdout as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

fn in_background(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is returned.
        let _ = pipe.read_to_end(&mut bytes);
        sender.send(bytes)
    });
    receiver
}
