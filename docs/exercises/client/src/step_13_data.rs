//! # Step 13: DATA, and its two replies
//!
//! DATA announces the letter. The server asks for it with 354, and replies again after its end:
//!
//! ```text
//! C: DATA\r\n
//! S: 354 Go ahead\r\n
//! C: Subject: Hello\r\n
//! C: \r\n
//! C: See you at nine.\r\n
//! C: .\r\n
//! S: 250 2.0.0 Stored as 1-1\r\n
//! ```
//!
//! Without the 354, nothing of the letter may be sent: a server that refused DATA reads each line as a
//! command. Only the last 250 is the acceptance: with it the server takes over the responsibility for the
//! message. Neither the 354 nor the 250 to RCPT means that.
//!
//! RFC 5321 §3.3, §4.1.1.4, §6.1
//!
//! ## To do
//!
//! Write the two functions. They are two because the next step needs to know on which side of the letter
//! something failed.

use crate::given::{Connection, Error, Reply};

/// Sends DATA, and returns once the server asks for the letter.
pub fn begin_data(connection: &mut Connection) -> Result<(), Error> {
    todo!("send DATA and expect 354")
}

/// Sends the letter, prepared by `stuff` of step 12, and returns the reply to it, 250.
pub fn send_content(connection: &mut Connection, text: &[u8]) -> Result<Reply, Error> {
    todo!("send the letter and expect 250")
}
