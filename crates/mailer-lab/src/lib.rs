//! What `mailer-compare` and `mailer-bench` share.
//!
//! - [`Contender`]: a backend as a value, under the name that reports show. Neither crate knows a backend by
//!   itself: the caller passes them in, and a [`Contender`] can be made of any [`mailer::Mailer`].
//! - [`embedded`]: starts the embedded server and returns the [`mailer::Server`] that reaches it.
//! - [`sample`]: the message for commands that are given none.
//! - [`machine`]: the host and the versions, for the head of a report.
//! - [`resolve`]: the addresses of a server, before any clock starts, and [`is_remote`]: whether one of them is beyond
//!   loopback, so that its owner has to agree to what is sent.
//! - [`tls_connector`]: TLS for clients that are no backend, such as a floor.
//! - [`page`](mod@page): the frame of an HTML report.
//!
//! To measure a backend of your own, continue with the page of `mailer-bench`; to see its dialogue beside
//! another backend's, with the page of `mailer-compare`.

#![warn(missing_debug_implementations)]

mod contender;
pub mod embedded;
pub mod machine;
pub mod page;
mod resolver;
pub mod sample;
mod tls;

pub use contender::{Contender, Make, label};
pub use resolver::{is_remote, resolve};
pub use tls::tls_connector;
