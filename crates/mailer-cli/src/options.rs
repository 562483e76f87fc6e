//! Options that several commands share.

mod backend;
mod link;
mod mail;
mod password;
mod server;
mod tls;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};

pub(crate) use backend::{BackendOptions, Tuning};
pub(crate) use link::LinkOptions;
pub(crate) use mail::MailOptions;
pub(crate) use password::PasswordOptions;
pub(crate) use server::{ServerOptions, seconds};
pub(crate) use tls::Tls;

/// Reads a path that may be empty, which is as good as none; clap's own parser refuses it.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}
