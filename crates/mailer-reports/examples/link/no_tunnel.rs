//! The kernel's path on systems other than Linux, where it cannot be opened.

use std::{net::Ipv4Addr, time::Duration};

use mailer_link::Connection;

use crate::TextResult;

pub(crate) const NEAR: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub(crate) const FAR: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A path that cannot exist.
pub(crate) enum Tunnel {}

impl Tunnel {
    pub(crate) fn open() -> TextResult<Self> {
        Err("it needs network namespaces, which only Linux has".to_owned())
    }

    pub(crate) fn set_round_trip(&self, _: Duration) {
        match *self {}
    }

    pub(crate) fn finish(&self, _: u16) -> Vec<Connection> {
        match *self {}
    }

    pub(crate) fn retransmitted(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn late(&self) -> Vec<Duration> {
        match *self {}
    }
}
