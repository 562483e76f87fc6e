//! Which core a side runs on.
//!
//! A request and its reply take 14 µs on one core and 58 µs across two: where the scheduler moves
//! client and server about, figures have two peaks. So a process says where it runs before it
//! starts a thread.

use core_affinity::CoreId;

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
        let cores = core_affinity::get_core_ids()?;
        Some(Self { client: cores.first()?.id, server: cores.last()?.id })
    }
}

/// Keeps this thread, and those it will start, on this core; tells whether the system let it.
#[must_use]
pub fn pin(core: usize) -> bool {
    core_affinity::set_for_current(CoreId { id: core })
}
