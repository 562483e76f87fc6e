//! The kernel's path on systems other than Linux, where it cannot be opened.

use std::{net::Ipv4Addr, time::Duration};

use mailer_link::Connection;

use crate::TextResult;

/// The address that servers would listen on.
pub const NEAR: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// The address that clients would connect to.
pub const FAR: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A path that cannot exist.
#[derive(Debug)]
pub enum Tunnel {}

impl Tunnel {
    /// Reports that there is no such path.
    ///
    /// # Errors
    /// Always.
    pub fn open() -> TextResult<Self> {
        Err("it needs network namespaces, which only Linux has".to_owned())
    }

    /// Delays nothing.
    pub fn set_round_trip(&self, _: Duration) {
        match *self {}
    }

    /// Returns no connections.
    pub fn finish(&self, _: u16) -> Vec<Connection> {
        match *self {}
    }

    /// Returns no number.
    pub fn retransmitted(&self) -> u64 {
        match *self {}
    }

    /// Returns no times.
    pub fn late(&self) -> Vec<Duration> {
        match *self {}
    }
}
