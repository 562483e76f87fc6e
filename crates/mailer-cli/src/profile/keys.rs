//! The keys of a profile, and their values.

use std::{borrow::Cow, env, path::PathBuf, time::Duration};

use mailer::{
    Error, HeaderField, HelloName, Mailbox, Mechanism, Secret, ServerUrl, TlsLibrary, UnknownName,
};
use mailer_backends::find;
use toml::{Spanned, de::DeValue};

use super::{
    place::Place,
    settings::{Profile, ProfileSecret},
};
use crate::options::{reverse_path, seconds};

/// The keys, for the hint about an unknown one.
const KEYS: [&str; 19] = [
    "server",
    "user",
    "password",
    "password-file",
    "password-command",
    "token-file",
    "token-command",
    "auth",
    "tls-library",
    "ca",
    "cert",
    "key",
    "hello",
    "timeout",
    "backend",
    "from",
    "reply-to",
    "envelope-from",
    "headers",
];

/// A value with its position.
type Value<'a> = Spanned<DeValue<'a>>;

/// A key with its value, for errors.
#[derive(Clone, Copy)]
struct Entry<'a> {
    place: Place<'a>,
    key: &'a str,
    value: &'a Value<'a>,
}

/// Sets a key of a profile. Returns whether its value contains a password.
pub(super) fn set(
    profile: &mut Profile,
    place: Place<'_>,
    key: &str,
    value: &Value<'_>,
) -> Result<bool, Error> {
    let entry = Entry { place, key, value };
    match key {
        "server" => {
            let text = entry.text()?;
            let url: ServerUrl = entry.check(text.parse())?;
            profile.server = Some(text.into_owned().into());
            return Ok(url.password.is_some());
        }
        "user" => profile.user = Some(entry.text()?.into_owned()),
        "password" => {
            let password: Secret = entry.text()?.into_owned().into();
            profile.password = entry.only_secret(profile, ProfileSecret::Text(password))?;
            return Ok(true);
        }
        "password-file" => profile.password = entry.secret_file(profile)?,
        "password-command" => profile.password = entry.secret_command(profile)?,
        "token-file" => profile.token = entry.secret_file(profile)?,
        "token-command" => profile.token = entry.secret_command(profile)?,
        "auth" => profile.auth = Some(entry.mechanism()?),
        "tls-library" => profile.tls_library = Some(entry.tls_library()?),
        "ca" => profile.ca = Some(entry.path()?),
        "cert" => profile.cert = Some(entry.path()?),
        "key" => profile.key = Some(entry.path()?),
        "hello" => profile.hello = Some(entry.parsed::<HelloName>()?),
        "timeout" => profile.timeout = Some(entry.seconds()?),
        "backend" => {
            let name = entry.text()?.into_owned();
            entry.check(find(&name))?;
            profile.backend = Some(name);
        }
        "from" => profile.from = Some(entry.parsed::<Mailbox>()?),
        "reply-to" => {
            profile.reply_to = entry.texts()?;
            for list in &profile.reply_to {
                entry.check(Mailbox::parse_list(list))?;
            }
        }
        "envelope-from" => {
            let text = entry.text()?.into_owned();
            entry.check(reverse_path(&text))?;
            profile.envelope_from = Some(text);
        }
        "headers" => {
            profile.headers = entry.texts()?;
            for field in &profile.headers {
                entry.check(field.parse::<HeaderField>())?;
            }
        }
        _ => {
            let error = entry.error(&format!("the key {key} is not known"));
            return Err(error.with_hint(format!("the keys are {}", KEYS.join(", "))));
        }
    }
    Ok(false)
}

impl<'a> Entry<'a> {
    fn error(self, what: &str) -> Error {
        self.place.error(Some(self.value.span().start), what)
    }

    fn wrong_type(self, wanted: &str) -> Error {
        self.error(&format!("the value of {} is not {wanted}", self.key))
    }

    /// Returns the value, or the error with the place and the key.
    fn check<T>(self, checked: Result<T, Error>) -> Result<T, Error> {
        checked.map_err(|error| {
            let shown = self.error(&format!("the value of {} is not valid: {error}", self.key));
            match error.hint() {
                Some(hint) => shown.with_hint(hint.to_owned()),
                None => shown,
            }
        })
    }

    fn text(self) -> Result<Cow<'a, str>, Error> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(Cow::Borrowed(text)),
            _ => Err(self.wrong_type("a text in quotes")),
        }
    }

    /// Returns a text that can be parsed as this type.
    fn parsed<T: std::str::FromStr<Err = Error>>(self) -> Result<String, Error> {
        let text = self.text()?;
        self.check(text.parse::<T>())?;
        Ok(text.into_owned())
    }

    /// Returns a text, or a list of texts.
    fn texts(self) -> Result<Vec<String>, Error> {
        let DeValue::Array(values) = self.value.get_ref() else {
            return self.text().map(|text| vec![text.into_owned()]);
        };
        let text = |value: &Value<'_>| match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong_type("a list of texts in quotes")),
        };
        values.iter().map(text).collect()
    }

    /// Returns a path. It is relative to the folder of the file, and `~/` is the user's home.
    fn path(self) -> Result<PathBuf, Error> {
        let text = self.text()?;
        let home = text.strip_prefix("~/").zip(env::var_os("HOME"));
        if let Some((rest, home)) = home {
            return Ok(PathBuf::from(home).join(rest));
        }
        let folder = self.place.path.parent().unwrap_or(self.place.path);
        Ok(folder.join(&*text))
    }

    fn seconds(self) -> Result<Duration, Error> {
        let text = match self.value.get_ref() {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => return Err(self.wrong_type("a number of seconds")),
        };
        seconds(text).map_err(|why| self.error(&format!("the value of {} is {why}", self.key)))
    }

    fn tls_library(self) -> Result<TlsLibrary, Error> {
        let text = self.text()?;
        text.parse().map_err(|unknown: UnknownName| {
            self.wrong_type(&format!("one of {}", unknown.names().join(", ")))
        })
    }

    fn mechanism(self) -> Result<String, Error> {
        let text = self.text()?;
        let names: Vec<String> =
            Mechanism::ALL.iter().map(|mechanism| mechanism.name().to_lowercase()).collect();
        if names.iter().any(|name| **name == *text) {
            return Ok(text.into_owned());
        }
        Err(self.wrong_type(&format!("one of {}", names.join(", "))))
    }

    fn secret_file(self, profile: &Profile) -> Result<ProfileSecret, Error> {
        self.only_secret(profile, ProfileSecret::File(self.path()?))
    }

    fn secret_command(self, profile: &Profile) -> Result<ProfileSecret, Error> {
        self.only_secret(profile, ProfileSecret::Command(self.text()?.into_owned()))
    }

    /// Returns the secret, or an error if the profile has one already.
    fn only_secret(self, profile: &Profile, secret: ProfileSecret) -> Result<ProfileSecret, Error> {
        let has_secret =
            [&profile.password, &profile.token].iter().any(|it| !matches!(it, ProfileSecret::None));
        if !has_secret {
            return Ok(secret);
        }
        let error =
            self.error(&format!("the profile has a password or a token, and {} too", self.key));
        Err(error.with_hint(
            "keep one of password, password-file, password-command, token-file and token-command",
        ))
    }
}
