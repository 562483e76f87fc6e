//! Moves this process into a user and a network namespace, by safe calls only.

use std::{fs, io};

use nix::{
    sched::{CloneFlags, unshare},
    unistd::{getgid, getuid},
};

use crate::TextResult;

/// Enters new namespaces, in which this process may configure the network. Its user and group stay the same.
pub(super) fn enter() -> TextResult<()> {
    let (user, group) = (getuid(), getgid());
    let refused = |error: &dyn std::fmt::Display| {
        format!("this system refuses a user and network namespace: {error}")
    };
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|e| refused(&e))?;
    // An unprivileged process may map its group only after giving up setgroups(2) (user_namespaces(7)).
    let maps = [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ];
    for (name, map) in maps {
        fs::write(format!("/proc/self/{name}"), map).map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// Selects the congestion control of RFC 5681, which every kernel has and every process may select. Another one
/// that is this machine's default may space packets out in time.
pub(super) fn settle_congestion_control() -> io::Result<()> {
    fs::write("/proc/sys/net/ipv4/tcp_congestion_control", "reno")
}
