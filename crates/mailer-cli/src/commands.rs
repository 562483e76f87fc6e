//! The commands, one per module.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod compare;
mod consent;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod merge;
pub(crate) mod send;
pub(crate) mod serve;
pub(crate) mod worker;
