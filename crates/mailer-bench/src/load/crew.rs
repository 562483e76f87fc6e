//! Connections at work, each on a thread of its own that can be left behind.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use mailer::Error;

use super::{lane::Lane, messages::broken};

/// How often is looked at whether to go on waiting.
const TICK: Duration = Duration::from_millis(50);

/// Lets every connection do `task`, all at the same time, and returns those that have done it while
/// `goes_on` said so.
///
/// A call into a backend cannot be cut short: it takes as long as the server and its own time-outs let
/// it. So a connection that is not back in time stays with its thread, which drops it when the call
/// returns, and ends with the process at the latest.
///
/// # Errors
/// If the system gives no thread, or what `goes_on` returns.
pub(super) fn work(
    lanes: Vec<Lane>,
    task: impl Fn(&mut Lane) + Clone + Send + 'static,
    mut goes_on: impl FnMut() -> Result<bool, Error>,
) -> Result<Vec<Lane>, Error> {
    let (sender, back) = mpsc::channel();
    for mut lane in lanes {
        let (sender, task) = (sender.clone(), task.clone());
        let run = move || {
            task(&mut lane);
            // Nobody listens to one that comes late.
            let _ = sender.send(lane);
        };
        thread::Builder::new().name("connection".into()).spawn(run).map_err(broken)?;
    }
    drop(sender);
    let mut done = Vec::new();
    while goes_on()? {
        match back.recv_timeout(TICK) {
            Ok(lane) => done.push(lane),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(done)
}
