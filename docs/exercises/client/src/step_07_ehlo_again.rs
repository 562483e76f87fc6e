//! # Step 7: EHLO again, and forget
//!
//! TLS is a new beginning. Everything that the client learned before it came over a line that an attacker
//! could change, so the client forgets it, and says EHLO again, inside TLS:
//!
//! ```text
//! C: STARTTLS\r\n
//! S: 220 2.0.0 Ready to start TLS\r\n
//! (TLS handshake)
//! C: EHLO client.example.test\r\n
//! S: 250-mail.example.test at your service\r\n
//! S: 250-PIPELINING\r\n
//! S: 250 AUTH PLAIN LOGIN\r\n
//! ```
//!
//! The server does not greet again, and it may announce other things than before: most announce AUTH only
//! now, and STARTTLS no longer. Only this list counts.
//!
//! RFC 3207 §4.2
//!
//! ## To do
//!
//! Write the function. It puts steps 5, 6, 3 and 4 together.

use crate::given::{Capabilities, Connection, Error, Tls};

/// Secures a connection whose server has replied to EHLO with the capabilities `before`. Returns the
/// connection inside TLS, and the capabilities that apply from now on. `hello` is the client's name.
pub fn upgrade(
    connection: Connection,
    before: &Capabilities,
    hello: &str,
    tls: &Tls,
) -> Result<(Connection, Capabilities), Error> {
    todo!("STARTTLS, the handshake, and EHLO again")
}
