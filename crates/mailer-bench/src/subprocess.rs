//! A process of a run, as the process that started it sees it.

use std::{
    io::BufReader,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use mailer::{Error, Kind};
use serde::{Serialize, de::DeserializeOwned};

use crate::json_lines::{self, broken};

/// How long a process may take to end after its last request.
const END_LIMIT: Duration = Duration::from_secs(3);

/// A child process that answers requests with responses of type `R`.
///
/// Dropping it ends its requests, upon which the process ends. It is killed if it does not.
pub(crate) struct Subprocess<R> {
    child: Child,
    requests: Option<ChildStdin>,
    responses: Receiver<R>,
}

impl<R: DeserializeOwned + Send + 'static> Subprocess<R> {
    pub(crate) fn start(mut command: Command) -> Result<Self, Error> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        detach_from_terminal(&mut command);
        let start = |cause| {
            Error::new(Kind::Internal, "cannot start a process of the run").with_cause(cause)
        };
        let mut child = command.spawn().map_err(start)?;
        let requests = child.stdin.take();
        let (sender, responses) = mpsc::channel();
        let mut from = child.stdout.take().map(BufReader::new);
        let read = move || {
            while let Some(Ok(Some(response))) = from.as_mut().map(json_lines::read) {
                if sender.send(response).is_err() {
                    break;
                }
            }
        };
        let process = Self { child, requests, responses };
        thread::Builder::new().name("responses".into()).spawn(read).map_err(broken)?;
        Ok(process)
    }

    pub(crate) fn request(&mut self, request: &impl Serialize) -> Result<(), Error> {
        let to = self.requests.as_mut().ok_or_else(|| broken("it has ended"))?;
        json_lines::write(to, request).map_err(broken)
    }

    /// Returns the next response; `None` if there is none within `limit`.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn response_within(&self, limit: Duration) -> Result<Option<R>, Error> {
        match self.responses.recv_timeout(limit) {
            Ok(response) => Ok(Some(response)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(broken("it has ended")),
        }
    }
}

impl<R> Drop for Subprocess<R> {
    fn drop(&mut self) {
        drop(self.requests.take());
        // The channel closes when the process's stdout does, that is, when it ends.
        while let Ok(_late) = self.responses.recv_timeout(END_LIMIT) {}
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            // Killing fails only if the process has just ended.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Puts the process in a group of its own, so that Ctrl-C reaches only the process that the user
/// started, which then asks the others to stop.
#[cfg(unix)]
fn detach_from_terminal(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Other systems have no process groups of this kind.
#[cfg(not(unix))]
fn detach_from_terminal(_: &mut Command) {}
