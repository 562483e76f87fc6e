//! Programs that are run, and never left behind.

use std::{
    io::Read,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use crate::wait;

/// How long a program may take; most are done within a second or two.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// How long what a program wrote may take to be read once it has ended.
const GRACE: Duration = Duration::from_secs(5);

/// A program that runs; it is killed and waited for when this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        Self::start_with(command, Stdio::null())
    }

    fn start_with(command: &mut Command, stdin: Stdio) -> Result<Self, String> {
        let child = command.stdin(stdin).spawn();
        child.map(Self).map_err(|cause| format!("cannot run {}: {cause}", name(command)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Neither can fail where it matters: what has ended is not killed, only waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program that has ended said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The exit status; none if a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// Runs a program to its end, or kills it when the time is over.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Said, String> {
    run_with(command, Stdio::null(), limit)
}

/// The same, with something to read.
pub(crate) fn run_with(
    command: &mut Command,
    stdin: Stdio,
    limit: Duration,
) -> Result<Said, String> {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start_with(command, stdin)?;
    let stdout = read(running.0.stdout.take());
    let stderr = read(running.0.stderr.take());
    let ended = wait::until(limit, || running.0.try_wait().transpose());
    let text = |all: Receiver<Vec<u8>>| {
        let all = all.recv_timeout(GRACE).unwrap_or_default();
        String::from_utf8_lossy(&all).into_owned()
    };
    match ended {
        Some(Ok(status)) => Ok(Said { status, stdout: text(stdout), stderr: text(stderr) }),
        Some(Err(cause)) => Err(format!("cannot wait for {}: {cause}", name(command))),
        None => {
            drop(running);
            let (stdout, stderr) = (text(stdout), text(stderr));
            let seconds = limit.as_secs();
            Err(format!("{} took over {seconds} s\n{stdout}{stderr}", name(command)))
        }
    }
}

/// Reads on a thread, so that a program that writes much is never held up.
fn read(from: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (all, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            // What was read until an error is worth showing as well.
            let _ = from.read_to_end(&mut bytes);
        }
        // Nobody listens any more after the grace.
        let _ = all.send(bytes);
    });
    receiver
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
