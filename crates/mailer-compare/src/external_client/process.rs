//! Runs a program with limits on its time and on the output that is kept.

mod descendants;

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

/// The number of output bytes that are kept: the last ones, where programs report what went wrong.
const KEPT: usize = 4 * 1024;
/// How often the program is polled for its end. The times in the report come from the link.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How long the rest of the output may take after the program has ended: a child that was not found may
/// hold the pipe open.
const GRACE: Duration = Duration::from_secs(1);

/// Why a program was killed before its time limit.
const INTERRUPTED: &str = "it was killed, since the run was interrupted";

/// How a program ended, and what it printed.
#[derive(Debug)]
pub struct ProgramRun {
    ended: Ended,
    /// The last part of what it wrote to stdout and stderr.
    pub output: String,
}

#[derive(Debug)]
enum Ended {
    NotStarted(io::Error),
    By(ExitStatus),
    Killed { after: Duration },
    Interrupted,
}

/// The environment variables that may have a password or an access token.
const SECRET_VARIABLES: [&str; 3] = ["SMTP_URL", "SMTP_PASSWORD", "SMTP_TOKEN"];

/// Keeps the environment variables that may have a password or an access token from a program. A program that
/// `mailer` starts does not need them: they are meant for another server.
pub fn remove_secrets(command: &mut Command) {
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
}

/// Returns the command of these words with these environment variables. Its stdin is empty, and it does
/// not see [the secrets of another server](remove_secrets).
pub(super) fn command(words: &[String], variables: &[(String, String)]) -> Command {
    // A command line without words was refused when it was parsed.
    let (program, arguments) = words.split_first().map_or(("", words), |(it, rest)| (it, rest));
    let mut command = Command::new(program);
    command.args(arguments);
    remove_secrets(&mut command);
    command.envs(variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

/// Runs a command until it ends, its time is over, or the run is interrupted. Its children end with it.
#[must_use]
pub fn run(command: Command, limit: Duration, interrupted: &AtomicBool) -> ProgramRun {
    let (ended, output) = match start(command) {
        Ok(mut running) => {
            let ended = running.wait(limit, interrupted);
            (ended, running.output.recv_timeout(GRACE).unwrap_or_default())
        }
        Err(cause) => (Ended::NotStarted(cause), Vec::new()),
    };
    ProgramRun { ended, output: String::from_utf8_lossy(&output).into_owned() }
}

/// A running program.
struct Running {
    child: Child,
    /// The environment variable that marks its children.
    mark: String,
    output: Receiver<Vec<u8>>,
}

fn start(mut command: Command) -> io::Result<Running> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mark = descendants::prepare(&mut command);
    let output = read_tail(reader)?;
    let child = command.spawn()?;
    // The command holds the pipe's other end. Once it is dropped, the output ends when the program does.
    drop(command);
    Ok(Running { child, mark, output })
}

/// Reads on a thread, so that a program that writes much does not block.
fn read_tail(mut from: PipeReader) -> io::Result<Receiver<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let (mut kept, mut block) = (Vec::new(), [0; KEPT]);
        while let Ok(count @ 1..) = from.read(&mut block) {
            kept.extend_from_slice(block.get(..count).unwrap_or_default());
            let surplus = kept.len().saturating_sub(KEPT);
            kept.drain(..surplus);
        }
        // The receiver is gone after the grace period.
        let _ = sender.send(kept);
    };
    thread::Builder::new().name("output".into()).spawn(read)?;
    Ok(receiver)
}

impl Running {
    /// Waits for its end or kills it, and then kills its children.
    fn wait(&mut self, limit: Duration, interrupted: &AtomicBool) -> Ended {
        let killed = self.wait_or_kill_reason(limit, interrupted);
        descendants::end(&mut self.child, &self.mark);
        // It has ended or was killed, so this returns.
        match (killed, self.child.wait()) {
            (Some(why), _) => why,
            (None, Ok(status)) => Ended::By(status),
            (None, Err(_)) => Ended::Killed { after: limit },
        }
    }

    /// Waits for its end. Returns why it has to be killed, or `None` if it ended by itself.
    fn wait_or_kill_reason(&mut self, limit: Duration, interrupted: &AtomicBool) -> Option<Ended> {
        let started = Instant::now();
        loop {
            match descendants::has_ended(&mut self.child) {
                Ok(true) => return None,
                // It has its own process group, which Ctrl-C does not reach.
                Ok(false) if interrupted.load(Ordering::Relaxed) => {
                    return Some(Ended::Interrupted);
                }
                Ok(false) if started.elapsed() < limit => thread::sleep(POLL_INTERVAL),
                Ok(false) | Err(_) => return Some(Ended::Killed { after: limit }),
            }
        }
    }
}

impl ProgramRun {
    /// Returns an error if it could not run or did not succeed.
    #[must_use]
    pub fn trouble(&self) -> Option<Error> {
        match &self.ended {
            Ended::NotStarted(cause) => {
                Some(Error::new(Kind::Configuration, format!("it cannot be run: {cause}")))
            }
            _ => self.status_failure(&self.output),
        }
    }

    /// Returns why the mail was not sent, as far as the program shows it.
    pub(super) fn failure(&self, output: &str) -> Error {
        let error = match &self.ended {
            Ended::NotStarted(cause) => {
                let what = format!("it cannot be run: {cause}");
                return Error::new(Kind::Configuration, what)
                    .with_hint("check the name after --with");
            }
            Ended::Killed { after } => {
                let seconds = after.as_secs_f64();
                Error::new(Kind::TimedOut, format!("it was killed after {seconds} s"))
            }
            Ended::Interrupted => return because(Error::new(Kind::Lost, INTERRUPTED), output),
            Ended::By(status) => {
                Error::new(Kind::Configuration, format!("it sent no message ({status})"))
            }
        };
        because(error, output).with_hint("check its options after --with")
    }

    /// Returns what went wrong with the program although the mail may have been sent.
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
        text => error.with_cause(format!("it printed: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_does_not_see_the_secrets_of_another_server() {
        let command = command(&["client".to_owned()], &[]);
        for name in SECRET_VARIABLES {
            assert!(command.get_envs().any(|variable| variable == (name.as_ref(), None)), "{name}");
        }
    }
}
