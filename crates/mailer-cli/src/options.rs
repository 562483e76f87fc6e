//! Options that several commands share.

mod backend;
mod link;
mod mail;
mod password;
mod server;
mod tls;
mod tls_library;
mod values;

pub(crate) use backend::{BackendOptions, DEFAULT_BACKEND, Tuning, backends, flow_help, flows};
pub(crate) use link::{LinkOptions, bandwidth};
pub(crate) use mail::{MailOptions, mailboxes};
pub(crate) use password::PasswordOptions;
pub(crate) use server::{ServerOptions, mechanism_named, mechanisms};
pub(crate) use tls::{Tls, tls_help};
pub(crate) use tls_library::{TlsLibraryOptions, library};
pub(crate) use values::{optional_path, reverse_path, seconds, with_values};
