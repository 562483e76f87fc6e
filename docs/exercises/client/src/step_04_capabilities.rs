//! # Step 4: capabilities
//!
//! The reply to EHLO lists what the server can do. The first line is a greeting; each line after it is the
//! name of an extension, and perhaps its parameters:
//!
//! ```text
//! 250-mail.example.test at your service\r\n
//! 250-SIZE 35882577\r\n
//! 250-STARTTLS\r\n
//! 250-AUTH PLAIN LOGIN\r\n
//! 250 PIPELINING\r\n
//! ```
//!
//! This server accepts messages of up to 35882577 bytes (RFC 1870), offers TLS (RFC 3207), two ways to log in
//! (RFC 4954), and commands in groups (RFC 2920). Capitals do not matter: `starttls` is the same name. A client
//! uses what it knows, and ignores all other lines.
//!
//! A name counts only as a whole, and only after the first line: neither `STARTTLSX` nor a server that is
//! called `starttls.example.test` offers TLS.
//!
//! RFC 5321 §4.1.1.1
//!
//! ## To do
//!
//! Write the function. `Capabilities` is in `given.rs`.

use crate::given::{Capabilities, Reply};

/// Reads the capabilities from a reply to EHLO.
pub fn capabilities(reply: &Reply) -> Capabilities {
    todo!("look at each line after the first")
}
