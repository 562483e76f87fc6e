//! The backend `raw`, which writes every byte of SMTP itself.
//!
//! It builds on `std::net::TcpStream` and a TLS library only, native-tls or rustls, and implements the trait
//! [`mailer::Mailer`]. The protocol is in [`mailer_protocol`], which has no sockets; this crate moves the
//! protocol's bytes.
//!
//! ```
//! use mailer::{Envelope, Mail, Mailer, Message, Outcome};
//! use mailer_raw::{Flow, RawMailer};
//! use mailer_server::{Config, EmbeddedServer};
//!
//! let embedded = EmbeddedServer::start(Config::plain())?;
//! let server = format!("smtp://{}?tls=none", embedded.addr()).parse()?;
//! let envelope = Envelope::new(Some("ann@example.com".parse()?), vec!["bob@example.com".parse()?])?;
//! let mail = Mail::new(envelope, Message::from_bytes("Subject: Hello\n\nHello, Bob.\n")?);
//! let mut mailer = RawMailer::new(&server, Flow::Auto)?;
//! assert_eq!(mailer.send(&mail).outcome, Outcome::Accepted);
//! mailer.close()?;
//! assert_eq!(embedded.mails().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ## Where to go next
//!
//! - `connection.rs` has **the loop**: it asks the session what to do next, and does it. Start here.
//! - `wire.rs` is the TCP stream below TLS, with a deadline for every read and write.
//! - `tls.rs` runs the handshake and interprets its failures; `tls/` has one file for each TLS library.
//! - `queue.rs` holds the mails to send.
//! - [`render()`] renders a draft as a message.
//! - [`Flow`] lists the ways to group commands into flights.

// No input from a server may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod connect;
mod connection;
mod connection_options;
mod cost;
mod deadline;
mod inbox;
mod queue;
mod raw_mailer;
mod render;
mod server_hello;
mod stream;
mod tls;
mod tracer;
mod wire;

pub use cost::RoundTrips;
pub use mailer_protocol::{Announcement, Capabilities, Flow, Pipelining, Window};
pub use render::render;

pub use raw_mailer::RawMailer;
#[doc(hidden)]
pub use wire::TLS_BATCH;
