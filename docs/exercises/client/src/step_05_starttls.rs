//! # Step 5: STARTTLS
//!
//! Until now every router on the path can read the session, and change it. The client asks for TLS:
//!
//! ```text
//! C: STARTTLS\r\n
//! S: 220 2.0.0 Ready to start TLS\r\n
//! ```
//!
//! After the 220 both sides speak TLS on the same connection, which is step 6. Three things can go wrong
//! before that, and each is an attack that has been used:
//!
//! - An attacker on the path removes `STARTTLS` from the reply to EHLO. A client that goes on without TLS
//!   sends its password in the clear. TLS is not optional here: without it the step fails, and the client
//!   does not even ask.
//! - The server, or the attacker, refuses. The step fails.
//! - The attacker adds bytes after the 220, `220 go ahead\r\n250 AUTH PLAIN\r\n`, in the clear. A client that
//!   keeps them takes them for a reply that came through TLS. After the 220 nothing may be unread.
//!
//! RFC 3207 §4, §6
//!
//! ## To do
//!
//! Write the function.

use crate::given::{Capabilities, Connection, Error};

/// Asks for TLS, and returns once the server is ready for the handshake.
///
/// If the server has not announced STARTTLS, this is [`Error::Tls`], and nothing is sent. Bytes after the 220
/// are [`Error::Protocol`].
pub fn starttls(connection: &mut Connection, capabilities: &Capabilities) -> Result<(), Error> {
    todo!("send STARTTLS, if it is announced, and expect 220")
}
