//! Behaviour in which real servers differ.

/// How a server treats input that arrives too early: a group of commands without PIPELINING, or
/// input after a command that RFC 2920 §3.1 allows only as the last of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EarlyInput {
    /// It processes the commands in order, as most servers do.
    #[default]
    Tolerated,
    /// It answers with 500 and closes the connection.
    Refused,
}

/// How a server treats commands that arrive between the content of DATA and its reply.
///
/// RFC 2920 §3.1 lets content begin a group, so with PIPELINING these commands are correct. Two
/// servers in use refuse them as an attempt at SMTP smuggling, or lose them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PipelinedInput {
    /// It processes the commands in order, as most servers do.
    #[default]
    Accepted,
    /// It silently drops commands in the same TLS record as the end of the content (without TLS: in
    /// the same read), and processes commands in later records or reads.
    Dropped,
    /// It waits a moment before it answers the content, and then answers each command that arrived
    /// by then with 503. It processes later commands.
    Refused,
}

/// How a server treats a transaction whose last chunk (BDAT) was refused because it accepted no
/// recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RefusedChunk {
    /// The transaction stays open, as after a refused DATA. A client that continues with the next
    /// message without RSET gets 503 for its MAIL, and then 250 for its recipients and its content,
    /// which the server accepts **from the previous sender**.
    #[default]
    LeavesTransactionOpen,
    /// The refused chunk ends the transaction.
    EndsTransaction,
}

/// How a server treats a chunk (BDAT) that exceeds SIZE, when MAIL did not declare the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OversizedChunk {
    /// It reads and discards the chunk, and then answers with 552.
    #[default]
    Discarded,
    /// It answers with 552 at once, and reads the bytes of the chunk as commands.
    ReadAsCommands,
}

/// How a server sends the replies to commands that arrived together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GroupReplies {
    /// In one write, with Nagle's algorithm off (`TCP_NODELAY`).
    #[default]
    Together,
    /// In a small write each, with Nagle's algorithm on (RFC 896). The first leaves at once, and the others
    /// when the client's system has acknowledged it, which takes 40 ms or more if it delays its ACKs.
    OneByOne,
}

/// How many transactions a connection may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MailLimit {
    /// Any number.
    #[default]
    None,
    /// This many; each further MAIL is refused with 452.
    Busy(u64),
    /// This many; each further MAIL is refused with 421, although the connection stays open.
    Closing(u64),
}
