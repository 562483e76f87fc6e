//! # Step 2: replies
//!
//! Everything that a server sends is a reply, and the greeting is the first. A reply has a code of three
//! digits and some text for people:
//!
//! ```text
//! 250 OK\r\n
//! ```
//!
//! The first digit says what it means: 2 is yes, 3 is "continue", 4 is "not now, try again later", and 5 is
//! "no, and never". There is no code below 200, and none above 599.
//!
//! A reply may have several lines. The character after the code says whether another line follows: `-` means
//! yes, a space means that this line is the last. All lines have the same code:
//!
//! ```text
//! 250-mail.example.test\r\n
//! 250-PIPELINING\r\n
//! 250 HELP\r\n
//! ```
//!
//! The text may be missing, and with it the space: `250\r\n` is a complete reply. A client that stops at the
//! first line takes the second for the reply to its next command, and from then on understands nothing.
//!
//! RFC 5321 §4.2 (replies), §4.2.1 (lines)
//!
//! ## To do
//!
//! Write the three functions. Use `read_line` of step 1.

use crate::given::{Connection, Error, Reply};

/// Takes one line of a reply apart: its code, whether another line follows, and its text.
///
/// A line that is not of this form is [`Error::Protocol`].
pub fn parse_line(line: &str) -> Result<(u16, bool, &str), Error> {
    todo!("split the line into code, separator and text")
}

/// Reads one complete reply. Lines with different codes are [`Error::Protocol`].
pub fn read_reply(connection: &mut Connection) -> Result<Reply, Error> {
    todo!("read lines until the last one")
}

/// Returns the reply if its code is one of these.
///
/// Any other code that begins with 4 or 5 is [`Error::Refused`]: a server may always say no. Any other code
/// is [`Error::Protocol`]: the client cannot know what it means here.
pub fn expect(reply: Reply, codes: &[u16]) -> Result<Reply, Error> {
    todo!("compare the code of the reply")
}
