//! The sessions of a comparison as a capture file (pcapng) that Wireshark opens and decrypts.
//!
//! The packets are what the link's relay read from both sides. Their IP and TCP headers are synthetic: the
//! relay sees bytes, not segments. The comment of the file says so.

mod blocks;
mod segments;

use std::time::{Instant, SystemTime};

use mailer::Security;

use self::{blocks::CaptureFile, segments::Conversation};
use crate::Comparison;

/// What the comment of the file says.
const ABOUT: &str = "Sessions of `mailer compare`. The packets are what a relay on loopback read from client \
    and server, each with the time of the read. IP and TCP headers are synthetic, and so is the server's port, \
    by which Wireshark recognises SMTP. The TLS secrets are inside: anyone with this file can read the \
    sessions, passwords included.";

/// The first of the client ports; each connection has its own.
const FIRST_CLIENT_PORT: u16 = 50_001;

/// Returns the capture file of a comparison whose link kept its packets.
///
/// `key_log` holds the TLS secrets of these sessions in the NSS key log format; without it the file can
/// be read up to STARTTLS only. Each session's first packet has a comment with the contender's name.
#[must_use]
pub fn pcapng(comparison: &Comparison, key_log: &str) -> Vec<u8> {
    let server_port = well_known_port(comparison.security);
    let clock = Clock::now();
    let mut file = CaptureFile::new(ABOUT, key_log);
    let connections = comparison.observations.iter().flat_map(|observation| {
        let title = observation.title();
        observation.connections.iter().flatten().map(move |connection| (title.clone(), connection))
    });
    for ((title, connection), client_port) in connections.zip(FIRST_CLIENT_PORT..) {
        let conversation = Conversation::new(client_port, server_port);
        for segment in conversation.segments(connection) {
            let comment = segment.opens.then_some(title.as_str());
            file.add(clock.time(segment.at), &segment.bytes, comment);
        }
    }
    file.bytes()
}

/// The port by which Wireshark takes the bytes for SMTP, and TLS from the first byte on 465 (RFC 8314 §3.3).
fn well_known_port(security: Security) -> u16 {
    match security {
        Security::Required | Security::Opportunistic => 587,
        Security::Implicit => 465,
        Security::None => 25,
    }
}

/// Turns the link's times into times of day.
struct Clock {
    instant: Instant,
    time: SystemTime,
}

impl Clock {
    fn now() -> Self {
        Self { instant: Instant::now(), time: SystemTime::now() }
    }

    fn time(&self, at: Instant) -> SystemTime {
        self.time - self.instant.saturating_duration_since(at)
    }
}
