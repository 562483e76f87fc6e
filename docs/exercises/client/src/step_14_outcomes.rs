//! # Step 14: QUIT, and what became of the message
//!
//! The client says goodbye, and the whole session is complete:
//!
//! ```text
//! C: QUIT\r\n
//! S: 221 2.0.0 Bye\r\n
//! ```
//!
//! A message that the server accepted stays accepted, whatever becomes of QUIT.
//!
//! Now the client can say what became of a message. `Outcome` in `given.rs` has the five answers, and where
//! the session failed decides which one is true:
//!
//! ```text
//! failed at                              by a refusal         otherwise
//! connecting ... AUTH                    NotSent              NotSent
//! MAIL                                   Rejected             NotSent
//! RCPT, every one                        Rejected             NotSent
//! RCPT, some                             Partial, in the end  NotSent
//! DATA                                   Rejected             NotSent
//! the letter, or the reply to it         Rejected             Unknown
//! ```
//!
//! The last cell is the one that most programs get wrong. The letter was sent, and the reply did not come.
//! The server may have accepted it: a client that says "failed" makes its user send it twice, one that says
//! "sent" may lose it. The truth is `Unknown` (RFC 1047 is about nothing else).
//!
//! If every recipient is refused, no one is left to send the letter to, and so there is no DATA.
//!
//! RFC 5321 §4.1.1.10 (QUIT), §4.2.1 (replies), §6.1 (responsibility)
//!
//! ## To do
//!
//! Write the four functions. After them you have an SMTP client.

use crate::given::{Capabilities, Connection, Error, Mail, Outcome, Server};

/// Opens a session up to the point where the server would accept MAIL: connection, greeting (220), EHLO, TLS
/// if `server.tls` has it, and the login if `server.login` has one.
pub fn open(server: &Server) -> Result<(Connection, Capabilities), Error> {
    todo!("put steps 1 to 10 together")
}

/// Sends one message over an open session, and says what became of it.
pub fn deliver(connection: &mut Connection, mail: &Mail) -> Outcome {
    todo!("put steps 11 to 13 together")
}

/// Ends the session.
pub fn quit(connection: &mut Connection) -> Result<(), Error> {
    todo!("send QUIT and expect 221")
}

/// Opens a session, sends one message, and ends the session.
pub fn send(server: &Server, mail: &Mail) -> Outcome {
    todo!("open, deliver, quit")
}
