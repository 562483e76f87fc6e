//! The two directions of a connection.

/// The direction in which bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    Out,
    /// From the server to the client.
    In,
}
