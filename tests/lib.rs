//! What the tests of the whole share.

pub mod binary;
pub mod mails;
pub mod read_back;
