//! Runs a program, bounded in time and in what is kept of its output.

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

/// Octets of output that are kept: the last ones, where programs say what went wrong.
const KEPT: usize = 4 * 1024;
/// How often it is asked whether it has ended. Its own times come from the link.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// How long the rest of its output may take once it has ended: a child that was not found may hold it
/// open.
const GRACE: Duration = Duration::from_secs(1);

/// Why a program was killed that had time left.
const INTERRUPTED: &str = "it was killed, since no more was wanted";

/// What became of a program.
pub struct ProgramRun {
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

/// The command of these words, with these variables in its environment. It reads nothing, and cannot
/// see a password that is meant for another server.
pub(super) fn command(words: &[String], variables: &[(String, String)]) -> Command {
    // One without words is refused before it comes here.
    let (program, arguments) = words.split_first().map_or(("", words), |(it, rest)| (it, rest));
    let mut command = Command::new(program);
    command.args(arguments).env_remove("SMTP_PASSWORD").env_remove("SMTP_URL");
    command.envs(variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

/// Runs a command to its end, or kills it when the time is over or people want no more. Its children
/// end with it.
#[must_use]
pub fn run(command: Command, limit: Duration, interrupted: &AtomicBool) -> ProgramRun {
    let (ended, output) = match start(command) {
        Ok(mut started) => {
            let ended = started.wait(limit, interrupted);
            (ended, started.output.recv_timeout(GRACE).unwrap_or_default())
        }
        Err(cause) => (Ended::NotStarted(cause), Vec::new()),
    };
    ProgramRun { ended, output: String::from_utf8_lossy(&output).into_owned() }
}

/// A program that runs.
struct Started {
    child: Child,
    /// What marks its children.
    mark: String,
    output: Receiver<Vec<u8>>,
}

fn start(mut command: Command) -> io::Result<Started> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mark = descendants::prepare(&mut command);
    let output = end_of(reader)?;
    let child = command.spawn()?;
    // The command holds the pipe's other end: without it, the output ends when the program does.
    drop(command);
    Ok(Started { child, mark, output })
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

impl Started {
    /// Waits for its end, or ends it; then its children.
    fn wait(&mut self, limit: Duration, interrupted: &AtomicBool) -> Ended {
        let killed = self.until_it_ends(limit, interrupted);
        descendants::end(&mut self.child, &self.mark);
        // It has ended or is killed: this returns.
        match (killed, self.child.wait()) {
            (Some(why), _) => why,
            (None, Ok(status)) => Ended::By(status),
            (None, Err(_)) => Ended::Killed { after: limit },
        }
    }

    /// Why it has to be killed; `None` if it ends by itself.
    fn until_it_ends(&mut self, limit: Duration, interrupted: &AtomicBool) -> Option<Ended> {
        let started = Instant::now();
        loop {
            match descendants::has_ended(&mut self.child) {
                Ok(true) => return None,
                // It has a group of its own, which Ctrl-C does not reach.
                Ok(false) if interrupted.load(Ordering::Relaxed) => {
                    return Some(Ended::Interrupted);
                }
                Ok(false) if started.elapsed() < limit => thread::sleep(ASK_EVERY),
                Ok(false) | Err(_) => return Some(Ended::Killed { after: limit }),
            }
        }
    }
}

impl ProgramRun {
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
                return Error::new(Kind::Configuration, what)
                    .with_hint("check the name after --with");
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
        because(error, output).with_hint("check its options after --with")
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
        said => error.with_cause(format!("it printed: {said}")),
    }
}
