//! Which core a side runs on.
//!
//! A request and its reply take 14 µs on one core and 58 µs across two: where the scheduler moves
//! client and server about, figures have two peaks. So a process says where it runs before it
//! starts a thread.

/// The cores of the two sides of a dialogue, by their numbers in the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    /// The client's.
    pub client: usize,
    /// The server's: the same one where there is no other.
    pub server: usize,
}

impl Cores {
    /// The first and the last that this process may run on; `None` if the system does not tell. To
    /// be asked before anybody is pinned: afterwards there is only one left.
    #[must_use]
    pub fn of_this_process() -> Option<Self> {
        let cores = allowed();
        Some(Self { client: *cores.first()?, server: *cores.last()? })
    }
}

/// The cores that this process may run on, by their numbers; none if the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn allowed() -> Vec<usize> {
    use nix::{
        sched::{CpuSet, sched_getaffinity},
        unistd::Pid,
    };
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|core| set.is_set(*core) == Ok(true)).collect()
}

/// Keeps this thread, and those it will start, on these cores; tells whether the system let it.
#[cfg(target_os = "linux")]
#[must_use]
pub fn pin(cores: &[usize]) -> bool {
    use nix::{
        sched::{CpuSet, sched_setaffinity},
        unistd::Pid,
    };
    let mut set = CpuSet::new();
    cores.iter().all(|core| set.set(*core).is_ok())
        && sched_setaffinity(Pid::from_raw(0), &set).is_ok()
}

/// Other systems pin in ways of their own, or not at all.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allowed() -> Vec<usize> {
    Vec::new()
}

/// Other systems pin in ways of their own, or not at all.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn pin(_: &[usize]) -> bool {
    false
}
