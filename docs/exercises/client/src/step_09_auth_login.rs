//! # Step 9: AUTH LOGIN
//!
//! The older way to log in. The server asks two questions, and both sides speak base64:
//!
//! ```text
//! C: AUTH LOGIN\r\n
//! S: 334 VXNlcm5hbWU6\r\n            "Username:"
//! C: YW5u\r\n                        "ann"
//! S: 334 UGFzc3dvcmQ6\r\n            "Password:"
//! C: c2VzYW1l\r\n                    "sesame"
//! S: 235 2.7.0 Welcome\r\n
//! ```
//!
//! 334 means "continue". The texts of the questions differ between servers, and a client does not read them:
//! the first answer is the user name, the second the password. 235 is the yes. A refusal (mostly 535) may
//! come at any point. After it the server reads commands again, so a client that goes on anyway sends the
//! password as a command, which ends up in the server's log.
//!
//! RFC 4954 §4 (AUTH); LOGIN itself has only a draft, draft-murchison-sasl-login
//!
//! ## To do
//!
//! Write the function. Use `encode` of step 8.

use crate::given::{Connection, Error, Login};

/// Logs in by AUTH LOGIN.
pub fn auth_login(connection: &mut Connection, login: &Login) -> Result<(), Error> {
    todo!("answer two questions, and expect 235")
}
