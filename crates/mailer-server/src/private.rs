//! Files and directories that only their owner can open, whatever the umask.
//!
//! The mode is part of the creation, so that other users never have access. The umask can clear
//! bits of that mode, so it is set again afterwards.

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::{
    fs::{self, DirBuilder, File},
    io,
    path::Path,
};

use tempfile::NamedTempFile;

/// Creates a directory with mode 0700, and its missing parents too. Directories that exist keep their
/// mode, which is their owner's choice.
///
/// # Errors
/// If a directory cannot be created, or a file has its name.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_directory(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// Creates a file for writing, with mode 0600.
///
/// # Errors
/// If the file cannot be created, or exists.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Creates a temporary file in a directory for writing, with mode 0600. It is removed unless it is persisted.
///
/// # Errors
/// If the file cannot be created.
pub(crate) fn temporary_file(directory: &Path) -> io::Result<NamedTempFile> {
    let file = NamedTempFile::new_in(directory)?;
    #[cfg(unix)]
    file.as_file().set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Writes the entries of a directory to the disk, so that they survive a crash of the machine.
///
/// # Errors
/// If the disk reports an error. A file system that cannot sync a directory causes none.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[test]
    fn new_entries_are_private_and_existing_ones_keep_their_mode() {
        let root = tempfile::tempdir().expect("a directory");
        let open = root.path().join("open");
        fs::create_dir(&open).expect("created");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).expect("changed");
        create_directory(&open.join("one/two")).expect("created");
        let file = open.join("one/two/file");
        create_file(&file).expect("created");
        assert!(create_file(&file).is_err(), "it exists");
        assert_eq!(
            [&open, &open.join("one"), &open.join("one/two"), &file].map(|path| mode(path)),
            [0o755, 0o700, 0o700, 0o600]
        );
        assert!(create_directory(&file).is_err(), "a file has its name");
    }
}
