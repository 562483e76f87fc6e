//! The certificate of the server, and what clients have to trust.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use clap::Args;
use mailer::{Error, Kind};
use mailer_server::{Authority, Config, Identity, StartError};

use crate::{data_folder::data_folder, input, output};

/// The CA's certificate, for clients, in the folder of the CA.
const CERTIFICATE: &str = "ca.pem";
/// The CA's certificate and its key, for this program.
const WITH_KEY: &str = "ca-key.pem";

#[derive(Args)]
pub(super) struct TrustOptions {
    /// Keep the CA in DIR [default: user's data]
    ///
    /// The CA signs the server's certificate, and clients must trust it: its certificate is DIR/ca.pem. It is
    /// made the first time and renewed when it expires. Only its owner can read its key, DIR/ca-key.pem. The
    /// default is mailer/ca in $XDG_DATA_HOME, or in ~/.local/share.
    #[arg(long, value_name = "DIR", help_heading = "Certificate", conflicts_with_all = ["cert", "key"])]
    ca_dir: Option<PathBuf>,
    /// Also write the CA certificate to FILE (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Certificate")]
    ca_out: Option<PathBuf>,
    /// Present the certificate in FILE (PEM)
    ///
    /// FILE has the server's certificate, followed by those of the CAs between it and the root.
    #[arg(long, value_name = "FILE", help_heading = "Certificate", requires = "key")]
    cert: Option<PathBuf>,
    /// Read the certificate's key from FILE (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Certificate", requires = "cert")]
    key: Option<PathBuf>,
}

impl TrustOptions {
    /// Sets the certificate of the server. Returns the file that clients have to trust; `None` if the system's
    /// CAs are to be enough, or if no file has the CA.
    pub(super) fn apply(&self, config: &mut Config) -> Result<Option<PathBuf>, Error> {
        let named = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => {
                let identity = Identity::from_pem(&read(cert)?, &read(key)?).map_err(|cause| {
                    let files = format!("cannot use {} and {}", cert.display(), key.display());
                    Error::new(Kind::Configuration, files).with_cause(cause)
                })?;
                let trusted = identity.is_self_signed().then(|| cert.clone());
                config.identity = Some(identity);
                trusted
            }
            _ => self.authority(config)?,
        };
        let file = named.or_else(|| self.ca_out.clone().filter(|_| self.cert.is_none()));
        Ok(file.map(|file| std::path::absolute(&file).unwrap_or(file)))
    }

    /// Writes the CA to the file of `--ca-out`.
    pub(super) fn write(&self, ca_pem: &str) -> Result<(), Error> {
        let Some(file) = &self.ca_out else { return Ok(()) };
        fs::write(file, ca_pem).map_err(|cause| {
            Error::new(Kind::Configuration, format!("cannot write {}", file.display()))
                .with_cause(cause)
        })
    }

    /// Loads the kept CA, or makes it, and returns the file of its certificate. Where the user's own folder
    /// cannot be used, the CA is for this run only.
    fn authority(&self, config: &mut Config) -> Result<Option<PathBuf>, Error> {
        let (folder, is_named) = match &self.ca_dir {
            Some(folder) => (folder.clone(), true),
            None => match data_folder() {
                Some(folder) => (folder.join("ca"), false),
                None => {
                    output::note(
                        "mailer: the CA is for this run only: neither XDG_DATA_HOME nor HOME is set",
                    );
                    return Ok(None);
                }
            },
        };
        match load(&folder) {
            Ok((authority, file)) => {
                config.authority = Some(authority);
                Ok(Some(file))
            }
            Err(cause) if is_named => Err(Error::new(Kind::Configuration, "cannot keep the CA")
                .with_cause(cause)
                .with_hint("choose another --ca-dir: a directory that you may write to")),
            Err(cause) => {
                output::note(&format!("mailer: the CA is for this run only: {cause}"));
                Ok(None)
            }
        }
    }
}

fn load(folder: &Path) -> Result<(Authority, PathBuf), StartError> {
    let authority = Authority::load_or_create(folder.join(WITH_KEY))?;
    let file = folder.join(CERTIFICATE);
    let pem = authority.certificate_pem();
    let written = match fs::read_to_string(&file) {
        Ok(found) if found == pem => Ok(()),
        _ => write_whole(folder, &file, pem),
    };
    written.map_err(|cause| StartError::Authority(file.clone(), cause))?;
    Ok((authority, file))
}

/// Writes a file in one step, so that no client reads a part of it.
fn write_whole(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        whole.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    whole.persist(file).map(drop).map_err(|failed| failed.error)
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    input::read_text(file).map(String::into_bytes).map_err(|cause| {
        Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
            .with_cause(cause)
            .with_hint("check the file's name and permissions")
    })
}
