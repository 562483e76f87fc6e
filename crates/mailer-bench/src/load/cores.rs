//! Which cores client and server run on.
//!
//! A request and its reply cost a multiple across two cores of what they cost on one, and the
//! scheduler moves processes as it likes: figures of processes that are not pinned have two peaks.

use std::thread;

use serde::{Deserialize, Serialize};

/// Where the two sides of a run are put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pinning {
    /// The client on one half of the cores, the server on the other: as if on two machines.
    #[default]
    Apart,
    /// Both on the same core.
    Together,
    /// Wherever the scheduler likes.
    Free,
}

/// The cores of each side; none means that it is not pinned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// Where the contenders run, one at a time.
    pub client: Vec<usize>,
    /// Where the embedded server runs.
    pub server: Vec<usize>,
}

impl Cores {
    /// The division of the cores that this process may use.
    #[must_use]
    pub fn divide(pinning: Pinning) -> Self {
        Self::of(pinning, &crate::cores::allowed())
    }

    /// How many the server can use: where it is not pinned, as many as this process.
    pub(super) fn of_server(&self) -> usize {
        match self.server.len() {
            0 => thread::available_parallelism().map_or(1, usize::from),
            pinned => pinned,
        }
    }

    fn of(pinning: Pinning, allowed: &[usize]) -> Self {
        let (client, server) = allowed.split_at(allowed.len() / 2);
        match pinning {
            Pinning::Apart if !client.is_empty() => {
                Self { client: client.to_vec(), server: server.to_vec() }
            }
            Pinning::Apart | Pinning::Free => Self::default(),
            Pinning::Together => {
                let first: Vec<usize> = allowed.iter().copied().take(1).collect();
                Self { client: first.clone(), server: first }
            }
        }
    }
}

/// Puts this thread, and those that it starts from now on, on these cores; any if there are none.
pub(super) fn pin(cores: &[usize]) {
    if !cores.is_empty() {
        // Where the system does not let it, the scheduler goes on as before.
        let _ = crate::cores::pin(cores);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_gets_its_half_and_nobody_is_pinned_where_there_is_one_core() {
        let apart = Cores::of(Pinning::Apart, &[0, 1, 4, 5, 6]);
        assert_eq!((apart.client, apart.server), (vec![0, 1], vec![4, 5, 6]));
        assert_eq!(Cores::of(Pinning::Apart, &[3]), Cores::default());
        assert_eq!(Cores::of(Pinning::Free, &[0, 1]), Cores::default());
        let together = Cores::of(Pinning::Together, &[2, 3]);
        assert_eq!((together.client, together.server), (vec![2], vec![2]));
    }
}
