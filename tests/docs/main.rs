//! Generated blocks of README and docs are up to date: each test compares the text between
//! `<!-- generated: NAME -->` and `<!-- end -->` with its source.
//!
//! `UPDATE_DOCS=1 cargo test --package mailer-tests --test docs` writes the blocks.

mod book;
mod ci;
mod compare;
mod differences;
mod explain;
mod help;
mod how_to;
mod library;
mod notebook;
mod round_trips;
mod serve;
mod sessions;
mod teaching;
mod transcripts;
