//! When the relay acknowledges what it has received. The relay terminates TCP, so each end gets the relay's
//! acknowledgements instead of the other end's.

use std::{
    collections::VecDeque,
    net::TcpStream,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Instant,
};

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

/// Acknowledges at each of these times what has arrived on the socket by then. If the connection `was_cut`, this returns
/// as soon as no more times can follow, because the connection is closed, and RST is sent, only after that.
pub(crate) fn acknowledge_on_time(
    socket: &TcpStream,
    times: &mpsc::Receiver<Instant>,
    was_cut: impl Fn() -> bool,
) {
    timer::wake_on_time();
    let mut pending = VecDeque::new();
    loop {
        let Some(&due) = pending.front() else {
            let Ok(time) = times.recv() else { return };
            pending.push_back(time);
            continue;
        };
        let left = due.saturating_duration_since(Instant::now());
        match times.recv_timeout(left) {
            Ok(time) if !left.is_zero() => {
                pending.push_back(time);
                continue;
            }
            Ok(time) => pending.push_back(time),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if was_cut() => return,
            Err(RecvTimeoutError::Disconnected) => thread::sleep(left),
        }
        pending.pop_front();
        acknowledge(socket, true);
        acknowledge(socket, false);
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Duration};

    use super::*;

    #[test]
    fn a_cut_connection_does_not_wait_for_its_last_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (sender, times) = mpsc::channel();
        sender.send(Instant::now() + Duration::from_secs(3600)).unwrap();
        drop(sender);
        let (done, returned) = mpsc::channel();
        thread::spawn(move || {
            acknowledge_on_time(&socket, &times, || true);
            done.send(()).unwrap();
        });
        assert!(returned.recv_timeout(Duration::from_secs(60)).is_ok());
    }
}
