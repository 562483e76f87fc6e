//! Observes the dialogue that lettre does not expose.
//!
//! lettre returns an error or the final reply. Only its debug events show whether the end of a message
//! was sent, which recipient was refused, and what the server replied to each command. [`dispatch`]
//! returns a subscriber for them, and [`Dialogue`] converts them back into commands and replies.

mod dialogue;
mod listener;
mod mask;
mod replies;
mod report;
mod source;
mod state;

pub(crate) use dialogue::Dialogue;
pub(crate) use listener::dispatch;
pub(crate) use replies::parse_start as parse_reply_start;
pub(crate) use report::{Report, Reporter};
pub(crate) use source::warm_up;
pub(crate) use state::Progress;
