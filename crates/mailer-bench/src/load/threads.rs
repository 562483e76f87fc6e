//! Runs connections in parallel, each on a thread that can be abandoned.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use mailer::Error;

use super::connection_loop::ConnectionLoop;
use crate::json_lines::broken;

/// How often the caller decides whether to go on waiting.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `task` on every connection at the same time, and returns the connections that finished while
/// `goes_on` returned true.
///
/// A call into a backend cannot be cut short: it takes as long as the server and the backend's timeouts
/// let it. So a connection that does not finish in time stays with its thread. The thread drops it when
/// the call returns, and ends with the process at the latest.
///
/// # Errors
/// If the system provides no thread, and every error of `goes_on`.
pub(super) fn run_all(
    connections: Vec<ConnectionLoop>,
    task: impl Fn(&mut ConnectionLoop) + Clone + Send + 'static,
    mut goes_on: impl FnMut() -> Result<bool, Error>,
) -> Result<Vec<ConnectionLoop>, Error> {
    let (sender, finished) = mpsc::channel();
    for mut connection in connections {
        let (sender, task) = (sender.clone(), task.clone());
        let run = move || {
            task(&mut connection);
            // Sending fails if the connection was abandoned.
            let _ = sender.send(connection);
        };
        thread::Builder::new().name("connection".into()).spawn(run).map_err(broken)?;
    }
    drop(sender);
    let mut done = Vec::new();
    while goes_on()? {
        match finished.recv_timeout(CHECK_INTERVAL) {
            Ok(connection) => done.push(connection),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(done)
}
