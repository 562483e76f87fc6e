//! Threads that wake on time.

/// Makes this thread's sleeps end when they are due. By default Linux may wake a thread up to 50 µs late
/// (its timer slack), which a measurement would count as latency.
pub fn wake_on_time() {
    #[cfg(target_os = "linux")]
    {
        // If the system refuses, the thread wakes as late as by default.
        let _ = nix::sys::prctl::set_timerslack(1);
    }
}
