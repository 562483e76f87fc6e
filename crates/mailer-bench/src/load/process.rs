//! A process of a run, as the one that started it sees it.

use std::{
    io::BufReader,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use mailer::{Error, Kind};
use serde::{Serialize, de::DeserializeOwned};

use super::messages::{broken, hear, say};

/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// A process that takes orders of one kind and gives answers of another.
///
/// Dropped, it gets no more orders, upon which it ends; one that does not is killed.
pub(super) struct Process<A> {
    child: Child,
    orders: Option<ChildStdin>,
    answers: Receiver<A>,
}

impl<A: DeserializeOwned + Send + 'static> Process<A> {
    pub(super) fn start(mut command: Command) -> Result<Self, Error> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        apart(&mut command);
        let start =
            |cause| Error::new(Kind::Internal, "cannot start a process of the run").because(cause);
        let mut child = command.spawn().map_err(start)?;
        let orders = child.stdin.take();
        let (sender, answers) = mpsc::channel();
        let mut from = child.stdout.take().map(BufReader::new);
        let read = move || {
            while let Some(Ok(Some(answer))) = from.as_mut().map(hear) {
                if sender.send(answer).is_err() {
                    break;
                }
            }
        };
        let process = Self { child, orders, answers };
        thread::Builder::new().name("answers".into()).spawn(read).map_err(broken)?;
        Ok(process)
    }

    pub(super) fn order(&mut self, order: &impl Serialize) -> Result<(), Error> {
        let to = self.orders.as_mut().ok_or_else(|| broken("it has ended"))?;
        say(to, order).map_err(broken)
    }

    /// The next answer; `None` if none comes within that time.
    ///
    /// # Errors
    /// If the process has ended.
    pub(super) fn answer_within(&self, time: Duration) -> Result<Option<A>, Error> {
        match self.answers.recv_timeout(time) {
            Ok(answer) => Ok(Some(answer)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(broken("it has ended")),
        }
    }
}

impl<A> Drop for Process<A> {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Its stdout ends when it does.
        while let Ok(_late) = self.answers.recv_timeout(GRACE) {}
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            // It may end just now, and then there is nothing to kill.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Ctrl-C is for the process that people started; it then tells the others what to do.
#[cfg(unix)]
fn apart(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Other systems have no groups of that kind.
#[cfg(not(unix))]
fn apart(_: &mut Command) {}
