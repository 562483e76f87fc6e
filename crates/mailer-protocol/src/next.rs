//! `Next`: what a session asks its caller to do.

use std::time::Duration;

use mailer::Step;

/// What to do next. The answer stays the same until the caller has done it.
#[derive(Debug)]
pub enum Next {
    /// Write [`Session::bytes`](crate::Session::bytes) and call
    /// [`Session::wrote`](crate::Session::wrote), or
    /// [`Session::advance`](crate::Session::advance) after a part of them.
    Write {
        /// The step that the bytes end with.
        step: Step,
        /// The time limit for each 64 KiB.
        limit: Duration,
    },
    /// Read what has arrived and call [`Session::received`](crate::Session::received). When the limit
    /// has passed, call [`Session::reply_timed_out`](crate::Session::reply_timed_out).
    Read {
        /// The step that the next reply belongs to.
        step: Step,
        /// The number of the reply. The limit starts again when it changes, and after each write.
        reply_number: u64,
        /// The time limit for the whole reply.
        limit: Duration,
    },
    /// Run the TLS handshake and call [`Session::secured`](crate::Session::secured).
    StartTls {
        /// The time limit for the whole handshake.
        limit: Duration,
    },
    /// Call [`Session::offer`](crate::Session::offer) with the next mail, or
    /// [`Session::no_more_mails`](crate::Session::no_more_mails).
    Mail,
    /// Call [`Session::content`](crate::Session::content) with the next block of the content of this
    /// mail.
    Content {
        /// The number of the mail.
        mail: u64,
        /// The maximum length of the block in bytes, at least 2, so that a block can end with a whole
        /// line end.
        max: usize,
    },
    /// This mail is settled: read [`Session::receipt`](crate::Session::receipt).
    Settled(Settled),
    /// Nothing is in flight, and the server accepts mails. Call
    /// [`Session::expect_mails`](crate::Session::expect_mails) or
    /// [`Session::quit`](crate::Session::quit), now or later.
    Idle,
    /// Close the connection. [`Session::failure`](crate::Session::failure) is the reason, unless the
    /// session ended with QUIT.
    Close,
}

/// A mail whose outcome is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The number that the mail was offered with.
    pub mail: u64,
    /// Whether to offer the mail once more on a new connection, with
    /// [`Outgoing::offered_before`](crate::Outgoing::offered_before) set, and to report the receipt of
    /// that attempt instead. No byte of its content was written, and one of these is the reason:
    ///
    /// - The connection, which had been used or idle before, was lost or given up by the server (421,
    ///   `4.4.2`, or 452 after accepted mails).
    /// - The server dropped the mail's commands, which followed a content. See
    ///   [`Session::overlap_refused`](crate::Session::overlap_refused).
    /// - The server did not know the mechanism of the AUTH in the same flight. See
    ///   [`Session::pipelined_mechanism_unknown`](crate::Session::pipelined_mechanism_unknown).
    pub offer_again: bool,
}

/// What to do with a block of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Nothing: the block is in the bytes to write.
    Buffered,
    /// Write [`Session::flight`](crate::Session::flight) with the block in its place, and then call
    /// [`Session::wrote`](crate::Session::wrote). This saves a copy.
    WriteThrough,
}

/// The bytes to write, around a block of content that the caller writes itself. Both sides are split where a
/// TLS record has to end; any part may be empty.
///
/// Some servers process a whole record, and drop what follows the end of a content in it.
#[derive(Clone, Copy, Debug)]
pub struct Flight<'a> {
    /// The step that the bytes end with.
    pub step: Step,
    /// The bytes before the block; all bytes if there is no block.
    pub before: [&'a [u8]; 2],
    /// The bytes after the block.
    pub after: [&'a [u8]; 2],
}
