//! Where servers differ in what they make of a client's flights.

/// What becomes of input that comes before its time: a group where PIPELINING is not announced, or
/// more input after a command that RFC 2920 §3.1 allows only as the last of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyInput {
    /// Taken in order, as most servers do.
    #[default]
    Tolerated,
    /// Answered with 500, and the connection closed.
    Refused,
}

/// What becomes of commands that follow the content of DATA before its reply.
///
/// RFC 2920 §3.1 lets content begin a group, so where PIPELINING is announced they are in their
/// place; two servers in the field take them nevertheless for an attempt at smuggling, or lose
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PipelinedInput {
    /// Taken in order, as most servers do.
    #[default]
    Taken,
    /// What came in the same TLS record as the end of the content, or in the clear in the same
    /// read, is dropped without a word. What comes in a record or a read of its own is taken.
    Dropped,
    /// The server waits a moment before it answers the content, and then answers each command that
    /// has come meanwhile with 503. What comes later is taken.
    Refused,
}

/// What becomes of a transaction whose last chunk (BDAT) was refused because no recipient was
/// taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusedChunk {
    /// It stays open, as after a refused DATA: who goes on with the next mail and does not say RSET
    /// gets 503 for MAIL, and then 250 for its recipients and its content, **from the previous
    /// sender**.
    #[default]
    LeavesTransactionOpen,
    /// The transaction ends with it.
    EndsTransaction,
}

/// What becomes of a chunk (BDAT) that makes a mail larger than SIZE, of which MAIL did not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OversizedChunk {
    /// It is read and thrown away, then answered with 552.
    #[default]
    ReadAway,
    /// It is answered with 552 at once, and its octets are read as commands.
    TakenForCommands,
}

/// How many mails a connection may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailLimit {
    /// Any number.
    #[default]
    None,
    /// So many; each further MAIL gets 452.
    Busy(u64),
    /// So many; each further MAIL gets 421, though the connection stays open.
    Closing(u64),
}
