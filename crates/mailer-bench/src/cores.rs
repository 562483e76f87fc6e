//! Which cores the client and the server run on.
//!
//! A request and its reply take 14 µs on one core and 58 µs across two. Where the scheduler moves
//! processes between cores, results have two peaks. So each process is pinned before it starts a
//! thread.

use std::thread;

use serde::{Deserialize, Serialize};

/// How the cores are divided between client and server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pinning {
    /// The client gets one half of the cores and the server the other, as if on two machines.
    #[default]
    Separate,
    /// Both run on the same core.
    Shared,
    /// Client and server run on any core, as the scheduler decides.
    None,
}

impl Pinning {
    /// All ways to divide the cores, in the order of `--help`.
    pub const ALL: &'static [Self] = &[Self::Separate, Self::Shared, Self::None];

    /// Returns the name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Shared => "shared",
            Self::None => "none",
        }
    }
}

/// The cores of client and server, by their numbers in the system. An empty list means that the
/// scheduler decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// The cores of the client.
    pub client: Vec<usize>,
    /// The cores of the server.
    pub server: Vec<usize>,
}

impl Cores {
    /// Divides the cores that this process may use. Call it before anything is pinned: afterwards
    /// this process may use fewer.
    #[must_use]
    pub fn divide(pinning: Pinning) -> Self {
        Self::divide_these(pinning, &allowed())
    }

    /// Returns the first core that this process may use for the client and the last one for the
    /// server; nothing if the system does not report which it may use. Call it before anything is
    /// pinned.
    #[must_use]
    pub fn one_each() -> Self {
        let cores = allowed();
        let [client, server] = [cores.first(), cores.last()];
        Self {
            client: client.copied().into_iter().collect(),
            server: server.copied().into_iter().collect(),
        }
    }

    /// Returns the number of cores that the server can use: without pinning, all of this process.
    pub(crate) fn server_count(&self) -> usize {
        match self.server.len() {
            0 => thread::available_parallelism().map_or(1, usize::from),
            pinned => pinned,
        }
    }

    fn divide_these(pinning: Pinning, allowed: &[usize]) -> Self {
        let (client, server) = allowed.split_at(allowed.len() / 2);
        match pinning {
            Pinning::Separate if !client.is_empty() => {
                Self { client: client.to_vec(), server: server.to_vec() }
            }
            Pinning::Separate | Pinning::None => Self::default(),
            Pinning::Shared => {
                let first: Vec<usize> = allowed.iter().copied().take(1).collect();
                Self { client: first.clone(), server: first }
            }
        }
    }
}

/// Keeps this thread, and the threads and processes it starts from now on, on these cores. An empty
/// list changes nothing. Returns whether the system pinned it.
pub fn pin(cores: &[usize]) -> bool {
    !cores.is_empty() && pin_to(cores)
}

/// The cores that this process may run on; empty if the system does not report them.
#[cfg(target_os = "linux")]
fn allowed() -> Vec<usize> {
    use nix::{
        sched::{CpuSet, sched_getaffinity},
        unistd::Pid,
    };
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|core| set.is_set(*core) == Ok(true)).collect()
}

#[cfg(target_os = "linux")]
fn pin_to(cores: &[usize]) -> bool {
    use nix::{
        sched::{CpuSet, sched_setaffinity},
        unistd::Pid,
    };
    let mut set = CpuSet::new();
    cores.iter().all(|core| set.set(*core).is_ok())
        && sched_setaffinity(Pid::from_raw(0), &set).is_ok()
}

/// Pinning is only done on Linux.
#[cfg(not(target_os = "linux"))]
fn allowed() -> Vec<usize> {
    Vec::new()
}

/// Pinning is only done on Linux.
#[cfg(not(target_os = "linux"))]
fn pin_to(_: &[usize]) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_and_server_get_a_half_each_and_a_single_core_is_not_divided() {
        let separate = Cores::divide_these(Pinning::Separate, &[0, 1, 4, 5, 6]);
        assert_eq!((separate.client, separate.server), (vec![0, 1], vec![4, 5, 6]));
        assert_eq!(Cores::divide_these(Pinning::Separate, &[3]), Cores::default());
        assert_eq!(Cores::divide_these(Pinning::None, &[0, 1]), Cores::default());
        let shared = Cores::divide_these(Pinning::Shared, &[2, 3]);
        assert_eq!((shared.client, shared.server), (vec![2], vec![2]));
    }
}
