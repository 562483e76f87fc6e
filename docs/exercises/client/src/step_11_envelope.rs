//! # Step 11: the envelope
//!
//! A message travels in an envelope: the sender, and each recipient. One command each:
//!
//! ```text
//! C: MAIL FROM:<ann@example.test>\r\n
//! S: 250 2.1.0 Sender valid\r\n
//! C: RCPT TO:<bob@example.test>\r\n
//! S: 250 2.1.5 Recipient valid\r\n
//! C: RCPT TO:<eve@example.test>\r\n
//! S: 550 5.1.1 No such user\r\n
//! ```
//!
//! No space follows the colon, and the brackets are part of the command. The server delivers to the envelope;
//! it does not read `To:` in the letter. That is how a blind copy works: a RCPT without a `To:`.
//!
//! Each recipient has a reply of its own. A refused one does not stop the others: the message goes to bob, and
//! the caller must learn that it does not go to eve. Besides 250, the replies 251 ("forwarded") and 252
//! ("I cannot check, but I accept it") are a yes. If MAIL is refused, there is nothing to go on with.
//!
//! RFC 5321 §3.3, §4.1.1.2 (MAIL), §4.1.1.3 (RCPT)
//!
//! ## To do
//!
//! Write the function. Whatever fails other than by a refusal ends it with that error.

use crate::given::{Connection, Error, Refusal};

/// Sends the envelope, and returns the recipients that the server refused, in order.
///
/// A refused sender is [`Error::Refused`].
pub fn envelope(
    connection: &mut Connection,
    from: &str,
    to: &[String],
) -> Result<Vec<Refusal>, Error> {
    todo!("send MAIL, then RCPT for each recipient")
}
