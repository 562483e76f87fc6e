//! Sleeping no longer than was asked for.

/// Asks the system not to gather this thread's timers: by default Linux wakes a sleeper up to 50 µs
/// late, which would be counted as somebody's latency.
pub fn wake_on_time() {
    #[cfg(target_os = "linux")]
    {
        // Refused, it is as late as it would have been.
        let _ = nix::sys::prctl::set_timerslack(1);
    }
}
