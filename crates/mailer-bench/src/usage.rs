//! The CPU time and memory that this process has used so far.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The CPU time of a process: of all its threads, and of the processes that it started, once they have
/// ended and been waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpu {
    /// In the program and its libraries.
    pub user: Duration,
    /// In the kernel on its behalf.
    pub system: Duration,
}

impl Cpu {
    /// Returns the sum of both.
    #[must_use]
    pub fn total(self) -> Duration {
        self.user + self.system
    }

    /// Returns the sum of this and another process's CPU time.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { user: self.user + other.user, system: self.system + other.system }
    }

    /// Returns what was used since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
        }
    }
}

/// Returns the CPU time of this process and of its children, to the microsecond; `None` on systems other
/// than Unix. A child counts when it has ended and was waited for.
#[cfg(unix)]
#[must_use]
pub fn cpu() -> Option<Cpu> {
    Some(cpu_of(nix::sys::resource::UsageWho::RUSAGE_SELF)?.and(cpu_of_children()?))
}

/// Returns the CPU time of the ended children of this process alone; `None` on systems other than Unix.
#[cfg(unix)]
#[must_use]
pub fn cpu_of_children() -> Option<Cpu> {
    cpu_of(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)
}

#[cfg(unix)]
fn cpu_of(whose: nix::sys::resource::UsageWho) -> Option<Cpu> {
    use nix::sys::{
        resource::getrusage,
        time::{TimeVal, TimeValLike},
    };
    let usage = getrusage(whose).ok()?;
    let time = |value: TimeVal| {
        Duration::from_micros(u64::try_from(value.num_microseconds()).unwrap_or_default())
    };
    Some(Cpu { user: time(usage.user_time()), system: time(usage.system_time()) })
}

/// Only Unix has `getrusage`.
#[cfg(not(unix))]
#[must_use]
pub fn cpu() -> Option<Cpu> {
    None
}

/// Only Unix has `getrusage`.
#[cfg(not(unix))]
#[must_use]
pub fn cpu_of_children() -> Option<Cpu> {
    None
}

/// Returns the peak memory of this process in bytes (`VmHWM`); `None` on systems other than Linux.
///
/// `getrusage` does not serve: its `ru_maxrss` starts with the memory that the parent had when it
/// started the process, so the parent would count for every contender.
pub(crate) fn peak_memory() -> Option<u64> {
    parse_peak_memory(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Returns the memory of this process that is in RAM now, in bytes (`VmRSS`); `None` on systems other than
/// Linux.
#[must_use]
pub fn resident_memory() -> Option<u64> {
    bytes_of("VmRSS:", &std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Returns the peak memory in bytes that the line `VmHWM` of `/proc/PID/status` reports.
pub fn parse_peak_memory(status: &str) -> Option<u64> {
    bytes_of("VmHWM:", status)
}

/// Returns the value in bytes of a line of `/proc/PID/status`.
fn bytes_of(label: &str, status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(label))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        let status = "Name:\tmailer\nVmPeak:\t  999 kB\nVmHWM:\t    5124 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(parse_peak_memory(status), Some(5124 * 1024));
        assert_eq!(parse_peak_memory("VmHWM: much kB"), None);
        assert_eq!(parse_peak_memory(""), None);
    }

    #[cfg(unix)]
    #[test]
    fn work_uses_cpu_time() {
        let before = cpu().unwrap();
        let mut product = 1_u64;
        while cpu().unwrap().since(before).total() < Duration::from_millis(2) {
            product = std::hint::black_box(product.wrapping_mul(3));
        }
        assert!(cpu().unwrap().total() > before.total());
    }

    #[cfg(unix)]
    #[test]
    fn a_child_s_cpu_time_counts_once_it_has_ended() {
        let own = cpu_of(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
        let counts = "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done";
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", counts]).status().unwrap().success());
        let children = cpu_of_children().unwrap();
        assert!(children.total() > Duration::ZERO);
        assert!(cpu().unwrap().total() >= own.and(children).total());
    }
}
