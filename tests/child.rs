//! Runs programs, and never leaves one running.

use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use crate::wait;

/// The time limit of a program; most need a second or two.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The time limit for reading the rest of the output after a program has ended.
const GRACE: Duration = Duration::from_secs(5);

/// A running program, which is killed when this is dropped.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    /// Starts a program with an empty input.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        Self::start_with(command, Stdio::null())
    }

    /// Waits until the program ends, and returns its result with what it printed to its pipes. After the time limit it
    /// is killed.
    ///
    /// # Errors
    /// If it takes longer.
    pub fn finish(mut self, limit: Duration) -> Result<Finished, String> {
        let stdout = read(self.0.stdout.take());
        let stderr = read(self.0.stderr.take());
        let ended = wait::until(limit, || self.0.try_wait().transpose());
        let text = |all: Receiver<Vec<u8>>| {
            let all = all.recv_timeout(GRACE).unwrap_or_default();
            String::from_utf8_lossy(&all).into_owned()
        };
        match ended {
            Some(Ok(status)) => Ok(Finished { status, stdout: text(stdout), stderr: text(stderr) }),
            Some(Err(cause)) => Err(format!("it cannot be waited for: {cause}")),
            None => {
                drop(self);
                let (stdout, stderr) = (text(stdout), text(stderr));
                Err(format!("it took over {} s\n{stdout}{stderr}", limit.as_secs()))
            }
        }
    }

    fn start_with(command: &mut Command, stdin: Stdio) -> Result<Self, String> {
        let child = command.stdin(stdin).spawn();
        child.map(Self).map_err(|cause| format!("cannot run {}: {cause}", name(command)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Errors do not matter: a program that has ended needs no kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The result of a program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
}

impl Finished {
    /// Returns the exit status; None if a signal ended the program.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// Runs a program to its end, or kills it after the time limit.
///
/// # Errors
/// If it cannot be started, or takes longer.
pub fn run(command: &mut Command, limit: Duration) -> Result<Finished, String> {
    run_with(command, Stdio::null(), limit)
}

/// Runs a program with an input.
///
/// # Errors
/// If it cannot be started, or takes longer than the time limit.
pub fn run_with(command: &mut Command, stdin: Stdio, limit: Duration) -> Result<Finished, String> {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = Running::start_with(command, stdin)?;
    running.finish(limit).map_err(|problem| format!("{}: {problem}", name(command)))
}

/// Reads on a thread, so that a program that writes much does not block.
fn read(from: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (all, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // After an error the bytes before it are still shown.
            let _ = from.read_to_end(&mut bytes);
        }
        // After the grace period the receiver is gone.
        let _ = all.send(bytes);
    });
    receiver
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
