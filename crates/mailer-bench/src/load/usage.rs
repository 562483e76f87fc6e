//! What this process has used of the machine so far.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// CPU time of a process: all its threads, and the processes that it has started, once they have ended
/// and been waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// In its own code and in libraries.
    pub user: Duration,
    /// In the kernel on its behalf.
    pub system: Duration,
}

impl Cpu {
    /// Both together.
    #[must_use]
    pub fn total(self) -> Duration {
        self.user + self.system
    }

    /// That and what another has used.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { user: self.user + other.user, system: self.system + other.system }
    }

    /// What was used since then.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

/// The CPU time of this process and of its children, to the microsecond; `None` where the system does not
/// tell. A child counts when it has ended and was waited for.
#[cfg(unix)]
pub(super) fn cpu() -> Option<Cpu> {
    use nix::sys::resource::UsageWho;
    Some(cpu_of(UsageWho::RUSAGE_SELF)?.and(cpu_of(UsageWho::RUSAGE_CHILDREN)?))
}

#[cfg(unix)]
fn cpu_of(who: nix::sys::resource::UsageWho) -> Option<Cpu> {
    use nix::sys::{
        resource::getrusage,
        time::{TimeVal, TimeValLike},
    };
    let usage = getrusage(who).ok()?;
    let time = |value: TimeVal| {
        Duration::from_micros(u64::try_from(value.num_microseconds()).unwrap_or_default())
    };
    Some(Cpu { user: time(usage.user_time()), system: time(usage.system_time()) })
}

/// Other systems are not asked.
#[cfg(not(unix))]
pub(super) fn cpu() -> Option<Cpu> {
    None
}

/// The most memory that this process has had in RAM at once, in octets; `None` where the system does
/// not tell.
///
/// From `VmHWM`, and not from `getrusage`: its `ru_maxrss` begins with what the parent had when it
/// started the process, which would charge every contender for the parent.
pub(super) fn peak_memory() -> Option<u64> {
    high_water(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The same in bytes, from the line `VmHWM` of `/proc/PID/status`.
pub fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_octets() {
        let status = "Name:\tmailer\nVmPeak:\t  999 kB\nVmHWM:\t    5124 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(high_water(status), Some(5124 * 1024));
        assert_eq!(high_water("VmHWM: much kB"), None);
        assert_eq!(high_water(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn work_takes_time() {
        let before = cpu().unwrap();
        let mut product = 1_u64;
        while cpu().unwrap().since(before).total() < Duration::from_millis(2) {
            product = std::hint::black_box(product.wrapping_mul(3));
        }
        assert!(cpu().unwrap().total() > before.total());
    }

    #[cfg(unix)]
    #[test]
    fn what_a_child_has_used_counts_when_it_has_ended() {
        use nix::sys::resource::UsageWho;
        let own = cpu_of(UsageWho::RUSAGE_SELF).unwrap();
        let counts = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done";
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", counts]).status().unwrap().success());
        let children = cpu_of(UsageWho::RUSAGE_CHILDREN).unwrap();
        assert!(children.total() > Duration::ZERO);
        assert!(cpu().unwrap().total() >= own.and(children).total());
    }
}
