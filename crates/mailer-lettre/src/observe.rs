//! What it takes to see a dialogue that a library keeps to itself.
//!
//! lettre returns an error or the final reply. Whether the end of a message was sent, which recipient
//! was refused, and what the server replied to each command is only in its debug events.
//! [`dispatch`] makes the subscriber that hears them, and [`Dialogue`] turns them back into commands
//! and replies.

mod dialogue;
mod listener;
mod mask;
mod replies;
mod report;
mod source;
mod state;

pub(crate) use dialogue::Dialogue;
pub(crate) use listener::dispatch;
pub(crate) use replies::begun as begun_reply;
pub(crate) use report::{Report, Reporter};
pub(crate) use source::warm_up;
pub(crate) use state::Heard;
