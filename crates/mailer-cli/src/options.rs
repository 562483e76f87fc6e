//! Options that several commands share.

mod backend;
mod link;
mod mail;
mod password;
mod server;

pub(crate) use backend::BackendOptions;
pub(crate) use link::LinkOptions;
pub(crate) use mail::MailOptions;
pub(crate) use password::PasswordOptions;
pub(crate) use server::ServerOptions;
