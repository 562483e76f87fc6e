//! # Step 15: pipelining
//!
//! Over a long path a session takes as long as its round trips: the client sends, and waits for an answer. With
//! 100 ms for each, the client of step 14 needs more than a second for one message. Count them:
//!
//! ```text
//! EHLO · STARTTLS · the handshake · EHLO · AUTH · MAIL · RCPT · RCPT · DATA · the letter · QUIT      11
//! ```
//!
//! Most of these have to wait: what follows depends on the answer. MAIL, RCPT and DATA do not. If the server
//! announces PIPELINING, they may leave together, in one write, and the replies come back together:
//!
//! ```text
//! C: MAIL FROM:<ann@example.test>\r\nRCPT TO:<bob@example.test>\r\nRCPT TO:<eve@example.test>\r\nDATA\r\n
//! S: 250 Sender valid\r\n250 Recipient valid\r\n550 No such user\r\n354 Go ahead\r\n
//! ```
//!
//! The client reads one reply for each command, in order: no more, no less. The replies may arrive in any
//! pieces. What is new is that DATA has left before the client knows the replies to RCPT. If none is a yes,
//! most servers refuse DATA too. But a server may answer 354 all the same, and now waits for a letter: the
//! client sends none. It ends the empty letter at once, with `.\r\n`, and reads the reply.
//!
//! Without PIPELINING in the reply to EHLO, the client must wait as before.
//!
//! RFC 2920 §3.1
//!
//! ## To do
//!
//! Write the two functions. **The budget is 8 round trips**, with any number of recipients, and the server
//! counts. Addresses may still contain line ends, and each must be refused before anything is sent.

use crate::given::{Connection, Mail, Outcome, Server};

/// Sends one message over an open session whose server has announced PIPELINING: MAIL, every RCPT and DATA
/// leave in one write.
pub fn deliver_pipelined(connection: &mut Connection, mail: &Mail) -> Outcome {
    todo!("send the group, then read a reply for each command")
}

/// Like `send` of step 14, but pipelined if the server announces it.
pub fn send(server: &Server, mail: &Mail) -> Outcome {
    todo!("choose how to deliver")
}
