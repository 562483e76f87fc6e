//! When the relay acknowledges what it has received. The relay terminates TCP, so each end gets the relay's
//! acknowledgements instead of the other end's.

use std::{net::TcpStream, sync::mpsc, thread, time::Instant};

use crate::timer;

/// Sets whether the system acknowledges incoming bytes at once or delays that. Bytes that have arrived
/// already and are not acknowledged yet are acknowledged now, if that is set.
///
/// Linux forgets the setting after it has waited once or has sent something, so the relay repeats it.
#[cfg(target_os = "linux")]
pub(crate) fn acknowledge(socket: &TcpStream, at_once: bool) {
    use std::os::linux::net::TcpStreamExt as _;
    // If this fails, the system acknowledges as it would by default.
    let _ = socket.set_quickack(at_once);
}

/// Does nothing: other systems have no such option.
#[cfg(not(target_os = "linux"))]
pub(crate) fn acknowledge(_: &TcpStream, _: bool) {}

/// Acknowledges at each of these times what has arrived on the socket by then.
pub(crate) fn acknowledge_on_time(socket: &TcpStream, times: mpsc::Receiver<Instant>) {
    timer::wake_on_time();
    for due in times {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        acknowledge(socket, true);
        acknowledge(socket, false);
    }
}
