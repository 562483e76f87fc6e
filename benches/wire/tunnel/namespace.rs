//! A user and a network of this process's own, by safe calls only.

use std::{fs, io};

use nix::{
    sched::{CloneFlags, unshare},
    unistd::{getgid, getuid},
};

use crate::Outcome;

/// Enters both, in which this process may do with the network what it likes, and stays who it is.
pub(super) fn enter() -> Outcome<()> {
    let (user, group) = (getuid(), getgid());
    let refused = |error: &dyn std::fmt::Display| {
        format!("this system refuses a user and network namespace: {error}")
    };
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|e| refused(&e))?;
    // A group can be mapped by who is nobody outside only once it can drop none (user_namespaces(7)).
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

/// Lets TCP find out what it may send at once as RFC 5681 says. Others, which a machine may have been
/// given, may space packets out in time; this one every kernel has, and nobody is refused it.
pub(super) fn settle_congestion_control() -> io::Result<()> {
    fs::write("/proc/sys/net/ipv4/tcp_congestion_control", "reno")
}
