//! Profiles: settings of servers and messages in the user's configuration file.

mod keys;
mod place;
mod settings;

use std::{
    env, io,
    path::{Path, PathBuf},
};

use mailer::{Error, Kind};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use self::place::Place;
pub(crate) use self::settings::{Profile, ProfileSecret};
use crate::input;

/// The profile that `send` and `check` use without `--profile`.
const DEFAULT: &str = "default";

/// Returns the profile with this name, or the default profile if none is named and the file has it.
///
/// # Errors
/// [`Kind::Configuration`] if the file cannot be read or has an error, or if it has no profile with this name.
pub(crate) fn load(name: Option<&str>) -> Result<Option<Profile>, Error> {
    let Some(path) = path() else {
        return name.map_or(Ok(None), |name| {
            Err(unknown(name, "neither XDG_CONFIG_HOME nor HOME is set"))
        });
    };
    let text = match input::read_text(&path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let missing = format!("there is no file {}", path.display());
            return name.map_or(Ok(None), |name| Err(unknown(name, &missing)));
        }
        Err(cause) => {
            let what = format!("cannot read {}", path.display());
            return Err(Error::new(Kind::Configuration, what).with_cause(cause));
        }
    };
    let mut profiles = parse(&path, &text)?;
    let wanted = name.unwrap_or(DEFAULT);
    let at = profiles.iter().position(|(found, _)| found == wanted);
    match (at, name) {
        (Some(at), _) => Ok(Some(profiles.swap_remove(at).1)),
        (None, None) => Ok(None),
        (None, Some(name)) => {
            let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
            let has = match names.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            };
            Err(unknown(name, &format!("{} has {has}", path.display())))
        }
    }
}

fn unknown(name: &str, why: &str) -> Error {
    Error::new(Kind::Configuration, format!("there is no profile \"{name}\": {why}")).with_hint(
        "a profile is a table [NAME] in the file mailer/config.toml of the configuration folder",
    )
}

/// Returns the path of the file. A relative `XDG_CONFIG_HOME` is ignored, as the XDG specification requires.
fn path() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
    Some(folder?.join("mailer").join("config.toml"))
}

/// Parses all profiles of a file.
fn parse(path: &Path, text: &str) -> Result<Vec<(String, Profile)>, Error> {
    let place = Place { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| span.start);
        let key = at.and_then(|at| place.key(at));
        let key = key.map_or_else(String::new, |key| format!("the key {key}: "));
        place.error(at, &format!("{key}{}", error.message()))
    })?;
    let mut profiles = Vec::new();
    for (name, value) in in_order(table.get_ref()) {
        let DeValue::Table(table) = value.get_ref() else {
            let what = format!("the key {} is outside of a profile", name.get_ref());
            let error = place.error(Some(name.span().start), &what);
            return Err(error.with_hint("put it below the name of a profile, such as [default]"));
        };
        profiles.push((name.get_ref().to_string(), profile(place, table)?));
    }
    Ok(profiles)
}

/// Returns the entries of a table in the order of the file, so that the first error is reported.
fn in_order<'a, 'b>(
    table: &'a DeTable<'b>,
) -> Vec<(&'a Spanned<DeString<'b>>, &'a Spanned<DeValue<'b>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// Returns the settings of a profile.
fn profile(place: Place<'_>, table: &DeTable<'_>) -> Result<Profile, Error> {
    let mut profile = Profile::default();
    for (key, value) in in_order(table) {
        let at = key.span().start;
        let is_secret = keys::set(&mut profile, place, key.get_ref(), value)?;
        if is_secret {
            place.check_private(at, key.get_ref())?;
        }
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, Profile)>, Error> {
        parse(Path::new("/etc/config.toml"), text)
    }

    #[test]
    fn a_file_has_several_profiles() {
        let profiles = parsed(
            "[default]\nserver = 'smtp://mail.example.com'\nuser = 'ann@example.com'\ntimeout = 2.5\n\
             [work]\nca = 'ca.pem'\nreply-to = 'a@example.com'\nheaders = ['X-A: b', 'X-C: d']\n",
        );
        let profiles = profiles.unwrap();
        let names: Vec<&str> = profiles.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["default", "work"]);
        let (first, second) = (&profiles[0].1, &profiles[1].1);
        assert_eq!(first.user.as_deref(), Some("ann@example.com"));
        assert_eq!(first.timeout, Some(Duration::from_millis(2500)));
        assert_eq!(second.ca.as_deref(), Some(Path::new("/etc/ca.pem")));
        assert_eq!(second.headers, ["X-A: b", "X-C: d"]);
        assert_eq!(second.reply_to, ["a@example.com"]);
    }

    #[test]
    fn an_error_names_the_file_the_line_and_the_key() {
        for (text, line, words) in [
            ("[a]\nservr = 'x'\n", 2, "servr"),
            ("user = 'x'\n", 1, "user"),
            ("[a]\n\nuser = 5\n", 3, "user"),
            ("[a]\ntimeout = 'soon'\n", 2, "timeout"),
            ("[a]\ntimeout = 0\n", 2, "timeout"),
            ("[a]\nheaders = ['X-A: b',\n 5]\n", 2, "headers"),
            ("[a]\nheaders = ['Subject: b']\n", 2, "headers"),
            ("[a]\nserver = 'http://h'\n", 2, "server"),
            ("[a]\nfrom = 'ann'\n", 2, "from"),
            ("[a]\nauth = 'none'\n", 2, "auth"),
            ("[a]\nbackend = 'pigeon'\n", 2, "backend"),
            ("[a]\nuser = 'x'\nuser = 'y'\n", 3, "user"),
            ("[a]\nuser = \n", 2, ""),
            ("[a\n", 1, ""),
            ("[a]\npassword-file = 'x'\npassword-command = 'y'\n", 3, "password-command"),
        ] {
            let error = parsed(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration, "{text}");
            let shown = error.to_string();
            let start = format!("/etc/config.toml, line {line}: ");
            assert!(shown.starts_with(&start) && shown.contains(words), "{text}{shown}");
        }
    }
}
