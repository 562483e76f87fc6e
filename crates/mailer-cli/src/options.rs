//! Options that several commands share.

mod backend;
mod link;
mod mail;
mod password;
mod server;
mod tls;

pub(crate) use backend::{BackendOptions, Tuning};
pub(crate) use link::LinkOptions;
pub(crate) use mail::MailOptions;
pub(crate) use password::PasswordOptions;
pub(crate) use server::{ServerOptions, seconds};
pub(crate) use tls::Tls;
