//! The settings of a profile.

use std::{path::PathBuf, time::Duration};

use mailer::{Secret, TlsLibrary};

/// The settings of a profile. What is not set is `None` or empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// A URL, which may contain a password.
    pub(crate) server: Option<Secret>,
    pub(crate) user: Option<String>,
    /// At most one of the password and the access token is set.
    pub(crate) password: ProfileSecret,
    pub(crate) token: ProfileSecret,
    pub(crate) auth: Option<String>,
    pub(crate) tls_library: Option<TlsLibrary>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) hello: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) backend: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) reply_to: Vec<String>,
    pub(crate) envelope_from: Option<String>,
    pub(crate) headers: Vec<String>,
}

/// Where a password or an access token of a profile comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum ProfileSecret {
    #[default]
    None,
    Text(Secret),
    File(PathBuf),
    Command(String),
}
