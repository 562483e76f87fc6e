//! Helpers that several test suites share.

pub mod authorities;
pub mod binary;
pub mod blocks;
pub mod broken;
pub mod child;
pub mod console;
pub mod contender;
pub mod launched_server;
pub mod mails;
pub mod read_back;
pub mod refusing_port;
pub mod require;
pub mod wait;
