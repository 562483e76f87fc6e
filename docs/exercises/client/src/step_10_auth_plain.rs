//! # Step 10: AUTH PLAIN
//!
//! The newer way needs one round trip instead of three. User name and password travel together, with a zero
//! byte before each, in base64 and in the command itself:
//!
//! ```text
//! C: AUTH PLAIN AGFubgBzZXNhbWU=\r\n     "\0ann\0sesame"
//! S: 235 2.7.0 Welcome\r\n
//! ```
//!
//! (What may stand before the first zero byte is the user to act as. It is empty: act as ann herself.) A zero
//! byte within the name or the password would shift the borders between them, so such a login is refused.
//!
//! The server says in its reply to EHLO which ways it knows: `AUTH PLAIN LOGIN`. A client takes the best of
//! those that it knows as well, here PLAIN before LOGIN. If there is none, it cannot log in. It must then not
//! go on without, and not guess either.
//!
//! RFC 4616 §2 (PLAIN), RFC 4954 §4
//!
//! ## To do
//!
//! Write the two functions.

use crate::given::{Capabilities, Connection, Error, Login};

/// Logs in by AUTH PLAIN. A zero byte in the login is [`Error::Invalid`], and then nothing is sent.
pub fn auth_plain(connection: &mut Connection, login: &Login) -> Result<(), Error> {
    todo!("send name and password in one command")
}

/// Logs in by PLAIN or, if the server does not announce that, by LOGIN. If it announces neither, this is
/// [`Error::Invalid`], and nothing is sent.
pub fn log_in(
    connection: &mut Connection,
    capabilities: &Capabilities,
    login: &Login,
) -> Result<(), Error> {
    todo!("choose between PLAIN and LOGIN")
}
