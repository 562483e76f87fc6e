//! Options of a connection that do not depend on the server.

use mailer_protocol::Pipelining;

/// How raw uses its connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConnectionOptions {
    /// How commands are grouped into flights.
    pub(crate) pipelining: Pipelining,
    /// Whether Nagle's algorithm stays on (`TCP_NODELAY` off).
    pub(crate) nagle: bool,
    /// Whether the system may delay every ACK, also that of a part of an answer.
    pub(crate) delayed_ack: bool,
    /// The maximum number of bytes of TLS records that are written together, instead of the default.
    pub(crate) tls_batch: Option<usize>,
}
