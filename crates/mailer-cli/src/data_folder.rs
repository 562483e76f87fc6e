//! The folder for what this program keeps, by the XDG Base Directory Specification.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Returns the folder `mailer` below `$XDG_DATA_HOME`, or below `~/.local/share`; `None` if neither is known.
pub(crate) fn data_folder() -> Option<PathBuf> {
    folder(env::var_os("XDG_DATA_HOME"), env::var_os("HOME"))
}

/// A relative path in either variable is not valid, and counts as not set.
fn folder(data: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute =
        |path: Option<OsString>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    let below_home = || absolute(home).map(|home| home.join(Path::new(".local/share")));
    absolute(data).or_else(below_home).map(|data| data.join("mailer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_comes_first_and_relative_paths_do_not_count() {
        let found = |data: Option<&str>, home: Option<&str>| {
            folder(data.map(OsString::from), home.map(OsString::from))
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(found(Some("/data"), Some("/ann")), path("/data/mailer"));
        for data in [None, Some(""), Some("data")] {
            assert_eq!(found(data, Some("/ann")), path("/ann/.local/share/mailer"));
        }
        assert_eq!(found(None, None), None);
    }
}
