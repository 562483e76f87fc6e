//! Options that several commands share.

mod mail;
mod password;
mod server;

pub(crate) use mail::MailOptions;
pub(crate) use password::PasswordOptions;
pub(crate) use server::{BackendOptions, ServerOptions};
