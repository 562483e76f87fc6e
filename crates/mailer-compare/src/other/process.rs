//! Runs a program, bounded in time and in what is kept of its output.

use std::{
    io::{self, PipeReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::{Duration, Instant},
};

use mailer::{Error, Kind};

/// Octets of output that are kept: the last ones, where programs say what went wrong.
const KEPT: usize = 4 * 1024;
/// How often it is asked whether it has ended. Its own times come from the link.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// How long the rest of its output may take once it has ended: a child of its own may hold it open.
const GRACE: Duration = Duration::from_secs(1);

/// Why a program was killed that had time left.
const INTERRUPTED: &str = "it was killed, since no more was wanted";

/// What became of a program.
pub struct Ran {
    ended: Ended,
    /// The end of what it wrote to stdout and stderr, in that order.
    pub output: String,
}

enum Ended {
    NotStarted(io::Error),
    By(ExitStatus),
    Killed { after: Duration },
    Interrupted,
}

/// The command of these words. It reads nothing, and cannot see a password that is meant for another
/// server.
pub(super) fn command(words: &[String]) -> Command {
    // One without words is refused before it comes here.
    let (program, arguments) = words.split_first().map_or(("", words), |(it, rest)| (it, rest));
    let mut command = Command::new(program);
    command.args(arguments).env_remove("SMTP_PASSWORD").env_remove("SMTP_URL");
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end, or kills it and its children when the time is over or people want no more.
#[must_use]
pub fn run(command: Command, limit: Duration, interrupted: &AtomicBool) -> Ran {
    let (ended, output) = match start(command) {
        Ok((mut child, output)) => {
            let ended = wait(&mut child, limit, interrupted);
            (ended, output.recv_timeout(GRACE).unwrap_or_default())
        }
        Err(cause) => (Ended::NotStarted(cause), Vec::new()),
    };
    Ran { ended, output: String::from_utf8_lossy(&output).into_owned() }
}

fn start(mut command: Command) -> io::Result<(Child, Receiver<Vec<u8>>)> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    group::make(&mut command);
    let output = end_of(reader)?;
    let child = command.spawn()?;
    // The command holds the pipe's other end: without it, the output ends when the program does.
    drop(command);
    Ok((child, output))
}

/// Reads on a thread, so that a program that writes much is not held up.
fn end_of(mut from: PipeReader) -> io::Result<Receiver<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let (mut kept, mut block) = (Vec::new(), [0; KEPT]);
        while let Ok(count @ 1..) = from.read(&mut block) {
            kept.extend_from_slice(block.get(..count).unwrap_or_default());
            let surplus = kept.len().saturating_sub(KEPT);
            kept.drain(..surplus);
        }
        // Nobody listens any more after the grace.
        let _ = sender.send(kept);
    };
    thread::Builder::new().name("output".into()).spawn(read)?;
    Ok(receiver)
}

fn wait(child: &mut Child, limit: Duration, interrupted: &AtomicBool) -> Ended {
    let started = Instant::now();
    let why = loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ended::By(status),
            // It has a group of its own, which Ctrl-C does not reach.
            Ok(None) if interrupted.load(Ordering::Relaxed) => break Ended::Interrupted,
            Ok(None) if started.elapsed() < limit => thread::sleep(ASK_EVERY),
            Ok(None) | Err(_) => break Ended::Killed { after: limit },
        }
    };
    group::kill(child);
    // It is killed: this returns.
    let _ = child.wait();
    why
}

impl Ran {
    /// What is wrong with how it ended, if anything is.
    #[must_use]
    pub fn trouble(&self) -> Option<Error> {
        match &self.ended {
            Ended::NotStarted(cause) => {
                Some(Error::new(Kind::Configuration, format!("it cannot be run: {cause}")))
            }
            _ => self.status_failure(&self.output),
        }
    }

    /// Why a mail that it was to send was not sent, as far as the program can tell.
    pub(super) fn failure(&self, output: &str) -> Error {
        let error = match &self.ended {
            Ended::NotStarted(cause) => {
                let what = format!("it cannot be run: {cause}");
                return Error::new(Kind::Configuration, what).hint("check the name after --with");
            }
            Ended::Killed { after } => {
                let seconds = after.as_secs_f64();
                Error::new(Kind::TimedOut, format!("it was killed after {seconds} s"))
            }
            Ended::Interrupted => return because(Error::new(Kind::Lost, INTERRUPTED), output),
            Ended::By(status) => {
                Error::new(Kind::Configuration, format!("it sent no mail ({status})"))
            }
        };
        because(error, output).hint("check its options after --with")
    }

    /// What went wrong with it although the mail may have been sent.
    pub(super) fn status_failure(&self, output: &str) -> Option<Error> {
        let what = match &self.ended {
            Ended::By(status) if !status.success() => format!("it ended with {status}"),
            Ended::Killed { .. } => "it did not end, and was killed".into(),
            Ended::Interrupted => INTERRUPTED.into(),
            _ => return None,
        };
        Some(because(Error::new(Kind::Configuration, what), output))
    }
}

fn because(error: Error, output: &str) -> Error {
    match output.trim() {
        "" => error,
        said => error.because(format!("it printed: {said}")),
    }
}

/// A process group of its own, so that children end with the program.
#[cfg(unix)]
mod group {
    use std::{
        os::unix::process::CommandExt as _,
        process::{Child, Command},
    };

    use nix::{
        sys::signal::{Signal, killpg},
        unistd::Pid,
    };

    pub(super) fn make(command: &mut Command) {
        command.process_group(0);
    }

    /// The program has not been waited for, so the number is still its own.
    pub(super) fn kill(child: &mut Child) {
        let killed = i32::try_from(child.id()).map(|id| killpg(Pid::from_raw(id), Signal::SIGKILL));
        if !matches!(killed, Ok(Ok(()))) {
            // It may have ended just now.
            let _ = child.kill();
        }
    }
}

/// Without groups of processes only the program itself can be ended.
#[cfg(not(unix))]
mod group {
    use std::process::{Child, Command};

    pub(super) fn make(_: &mut Command) {}

    pub(super) fn kill(child: &mut Child) {
        // It may have ended just now.
        let _ = child.kill();
    }
}
