//! What README and the book show is what the commands print: every block between
//! `<!-- generated: NAME -->` and `<!-- end -->` is compared with what makes it.
//!
//! `UPDATE_DOCS=1 cargo test --package mailer-tests --test docs` writes the blocks anew.

mod compare;
mod differences;
mod help;
mod library;
mod notebook;
mod round_trips;
