//! The header of a prepared RFC 5322 message: its fields, its addresses and the envelope they name.
//!
//! `mailer send --eml` reads files that people and programs wrote: from a mail client's folder, from
//! an mbox, through a pipe, by hand. This crate answers three questions about such a file. It does no
//! I/O:
//!
//! 1. Where does the message start? [`Header::parse`] skips what is not part of it (a byte order mark,
//!    an mbox separator). It refuses a file that is not a message (UTF-16, a ZIP archive) with the reason.
//! 2. Which addresses are the sender and the recipients? [`Header::sender`] and [`Header::recipients`]
//!    parse every field by the grammar of RFC 5322 §3.4 with its obsolete forms. Text that cannot become a
//!    recipient is an error, because a recipient that is dropped silently is a lost message.
//! 3. Which bytes are sent? [`Header::without_bcc`] is the header without Bcc and Resent-Bcc.
//!
//! ```
//! use mailer_prepared::Header;
//!
//! let file = b"From ann Tue Jan  2 16:34:35 2024\nFrom: ann@example.com\nTo: Bob <bob@example.com>\n\
//!              Bcc: cid@example.com\n\nHello.\n";
//! let header = Header::parse(file, true)?.expect("the file is whole");
//! assert_eq!(header.notes().len(), 1, "the mbox separator was dropped");
//! assert_eq!(header.sender()?.value.as_str(), "ann@example.com");
//! let recipients = header.recipients()?.value;
//! assert_eq!(recipients.iter().map(|to| to.as_str()).collect::<Vec<_>>(), ["bob@example.com", "cid@example.com"]);
//! assert_eq!(header.without_bcc(), b"From: ann@example.com\r\nTo: Bob <bob@example.com>\r\n");
//! assert_eq!(&file[header.body_start()..], b"\nHello.\n");
//! # Ok::<(), mailer::Error>(())
//! ```

// No input file may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]
#![warn(missing_debug_implementations)]

mod addr_spec;
mod address_list;
mod envelope;
mod field;
mod first_line;
mod header;
mod lines;
mod magic;
mod remark;
mod resent;
mod tokens;

pub use address_list::{Element, Found, address_list};
pub use field::Field;
pub use header::{Header, is_property_list};
pub use remark::{Remark, Remarked};
