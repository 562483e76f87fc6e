//! The connection to the master: made, used, lost and made again.

use std::{thread, time::Instant};

use mailer::{Error, Kind};

use super::{
    Link, Session, TICK, Worker,
    stop_state::{Reason, Stopping},
};
use crate::{dealer::Dealer, message::ToMaster};

impl Session<'_> {
    /// Connects as a new worker, or pauses if there is no connection to be had.
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        let Worker { master, host, timing, .. } = self.worker;
        // Until its users have ended, a worker could not follow the master's next spawn.
        if self.stopping.is_some() || Instant::now() < self.next_connect {
            thread::sleep(TICK);
            return Ok(());
        }
        let random = getrandom::u64().map_err(|cause| {
            Error::new(Kind::Internal, "the system provides no random numbers").with_cause(cause)
        })?;
        let node = format!("{host:.200}_{random:016x}");
        match Dealer::connect(master, &node, timing.connect) {
            Ok(dealer) => {
                let (index, introduced, spawned) = (None, Instant::now(), 0.0);
                self.link = Some(Link { dealer, node, index, introduced, spawned });
                self.unreachable = None;
                self.send(&ToMaster::ClientReady);
                Ok(())
            }
            Err(error) if error.kind() == Kind::Unreachable => {
                self.next_connect = Instant::now() + timing.reconnect;
                let cause = error.cause();
                if self.unreachable.is_none() {
                    let why = cause.as_deref().unwrap_or_default();
                    self.note(&format!("waiting for the Locust master at {master}: {why}"));
                }
                self.unreachable = cause;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Fails if the master has not been heard for too long.
    pub(super) fn check_master(&self) -> Result<(), Error> {
        let limit = self.worker.timing.master_gone;
        if self.heard.elapsed() < limit || self.is_ending() {
            return Ok(());
        }
        let what = format!(
            "no message of the Locust master at {} for {} s",
            self.worker.master,
            limit.as_secs_f64()
        );
        let error = Error::new(Kind::Unreachable, what)
            .with_hint("start the worker again when the master is back");
        Err(match &self.unreachable {
            Some(cause) => error.with_cause(cause.clone()),
            None => error,
        })
    }

    /// Sends a message, if there is a connection. Returns whether all of it has left.
    pub(super) fn send(&mut self, message: &ToMaster<'_>) -> bool {
        let Some(link) = &mut self.link else { return false };
        let sent = match message.encode(&link.node) {
            Ok(body) => link.dealer.send(&body).map_err(|cause| cause.to_string()),
            Err(cause) => Err(cause.to_string()),
        };
        match sent {
            Ok(()) => true,
            Err(cause) => {
                self.lose(&cause);
                false
            }
        }
    }

    /// Drops the connection. Without its master, the worker sends nothing to the server.
    pub(super) fn lose(&mut self, cause: &str) {
        self.link = None;
        self.next_connect = Instant::now() + self.worker.timing.reconnect;
        if self.is_ending() {
            return;
        }
        self.note(&format!("lost the master at {}: {cause}", self.worker.master));
        self.stop_users(Reason::Lost);
    }

    /// Returns whether the worker ends as soon as its users have ended.
    pub(super) fn is_ending(&self) -> bool {
        self.stopping.as_ref().is_some_and(Stopping::is_final)
    }
}
