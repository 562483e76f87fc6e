//! The folder with the files that an external client reads.

use std::{fs::OpenOptions, io, io::Write as _, path::Path};

use mailer::Server;
use tempfile::TempDir;

use super::command::{CA, EML};

/// Creates a folder with the files that placeholders name. It is deleted when dropped. Only its owner can
/// read it and its files, whatever the umask is, since the mail may be confidential.
pub(super) fn create(server: &Server, content: &[u8]) -> io::Result<TempDir> {
    let folder = create_private()?;
    let authorities: Vec<&str> = server.trust.added().collect();
    write(&folder.path().join(CA), authorities.concat().as_bytes())?;
    write(&folder.path().join(EML), content)?;
    Ok(folder)
}

#[cfg(unix)]
fn create_private() -> io::Result<TempDir> {
    use std::{fs::Permissions, fs::set_permissions, os::unix::fs::PermissionsExt as _};

    let private = || Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(private()).tempdir()?;
    // A umask removes permissions, even the owner's.
    set_permissions(folder.path(), private())?;
    Ok(folder)
}

/// On other systems, each user has a separate folder for temporary files.
#[cfg(not(unix))]
fn create_private() -> io::Result<TempDir> {
    tempfile::tempdir()
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(content)
}
