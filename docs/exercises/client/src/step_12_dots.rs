//! # Step 12: dots
//!
//! The letter itself follows line by line, and a line that is nothing but a dot ends it:
//!
//! ```text
//! C: Subject: Hello\r\n
//! C: \r\n
//! C: See you at nine.\r\n
//! C: .\r\n
//! ```
//!
//! What if the letter has such a line? Its rest would be read as commands, and a letter from outside could
//! contain commands on purpose. So a client puts one more dot before **each** line that begins with a dot, and
//! the server takes one away from each:
//!
//! ```text
//! the letter          on the wire
//! .\r\n               ..\r\n
//! .hidden\r\n         ..hidden\r\n
//! one.two\r\n         one.two\r\n
//! ```
//!
//! Only `\r\n` ends a line, but files have `\n` alone, and some have `\r`. A bare `\n` must not be sent: some
//! servers take `\n.\n` for the end and others do not, and between the two a second message can be smuggled in
//! (SMTP smuggling, 2023). So first every line end becomes `\r\n`, and only then the dots are added.
//!
//! RFC 5321 §4.5.2 (dots), §2.3.8 (line ends)
//!
//! ## To do
//!
//! Write the two functions. They work on bytes: a letter need not be UTF-8.

/// Replaces every line end (CR LF, CR, or LF) by CR LF.
pub fn with_crlf(text: &[u8]) -> Vec<u8> {
    todo!("turn each line end into CR LF")
}

/// Returns the letter as it goes over the wire: every line end is CR LF, the last line has one too, lines
/// that begin with a dot have another one before it, and the line that ends the letter follows.
pub fn stuff(text: &[u8]) -> Vec<u8> {
    todo!("add the dots, and the last line")
}
