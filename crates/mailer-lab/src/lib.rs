//! What a comparison and a benchmark share: the [`Contender`]s that take part, the [`embedded`]
//! server that they send to, the [`sample`] message, the [`machine`] a run ran on, and the frame of
//! an HTML [`page`](mod@page).
//!
//! This crate knows the trait [`mailer::Mailer`] and the embedded server, and no backend: backends
//! come in as values, each a [`Contender`].

mod contender;
pub mod embedded;
pub mod machine;
pub mod page;
pub mod sample;

pub use contender::{Contender, Make};
