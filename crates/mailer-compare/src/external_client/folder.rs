//! The folder with the files that a program is given.

use std::{fs::OpenOptions, io, io::Write as _, path::Path};

use mailer::Server;
use tempfile::TempDir;

use super::command::{CA, EML};

/// Makes a folder with what placeholders name, gone when dropped. Only its owner can read it, and the
/// files in it, whatever the umask is: the mail may be confidential.
pub(super) fn folder(server: &Server, content: &[u8]) -> io::Result<TempDir> {
    let folder = make()?;
    let authorities: Vec<&str> = server.trust.added().collect();
    write(&folder.path().join(CA), authorities.concat().as_bytes())?;
    write(&folder.path().join(EML), content)?;
    Ok(folder)
}

#[cfg(unix)]
fn make() -> io::Result<TempDir> {
    use std::{fs::Permissions, fs::set_permissions, os::unix::fs::PermissionsExt as _};

    let private = || Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().permissions(private()).tempdir()?;
    // A umask takes permissions away, the owner's too.
    set_permissions(folder.path(), private())?;
    Ok(folder)
}

/// Elsewhere a user's folder for temporary files is the user's own.
#[cfg(not(unix))]
fn make() -> io::Result<TempDir> {
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
