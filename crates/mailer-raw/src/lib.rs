//! The low-level way: every byte of SMTP written here.
//!
//! Below this crate there are only `std::net::TcpStream` and `native-tls`; above it only the trait
//! [`mailer::Mailer`]. What SMTP says is in `mailer-protocol`, which has no sockets. What is left for
//! this crate is to move the protocol's bytes:
//!
//! - `connection.rs` has **the loop**: it asks the session what to do next, and does it. That is the
//!   place to begin.
//! - `wire.rs` is the TCP stream below TLS, with a deadline on everything.
//! - `tls.rs` does the handshake, and says what its failures mean.
//! - `queue.rs` holds the mails that are still to be sent.
//! - `render.rs` makes a message out of a draft, by hand.

// Nothing that a server sends may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod connect;
mod connection;
mod connection_options;
mod deadline;
mod inbox;
mod queue;
mod raw_mailer;
mod render;
mod server_hello;
mod stream;
mod tls;
mod wire;

pub use mailer_protocol::{Flow, Pipelining, Window};
pub use render::render;

pub use raw_mailer::RawMailer;
