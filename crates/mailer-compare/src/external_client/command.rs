//! The command line of an external client, and the values of its placeholders.

use std::{fmt, net::SocketAddr, path::Path, str::FromStr};

use mailer::{Address, Error, Kind, Mail, Server, escape};

/// The files for `{ca}` and `{eml}`, in the folder of the run.
pub(super) const CA: &str = "ca.pem";
pub(super) const EML: &str = "message.eml";

/// The placeholders and their meanings.
pub const PLACEHOLDERS: [(&str, &str); 9] = [
    ("{host}", "the address to connect to"),
    ("{port}", "its port"),
    ("{ca}", "a file with the CA to trust (PEM)"),
    ("{user}", "the user to log in as"),
    ("{password}", "that user's password"),
    ("{from}", "the sender's address"),
    ("{to}", "the recipients' addresses, separated by commas"),
    ("{eml}", "a file with the message, header and body"),
    ("{mails}", "how often to send it over one connection (--messages)"),
];

/// A command line, split into words as a shell would do it. No shell runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    name: String,
    words: Vec<String>,
}

/// Why a text is not a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandLineError {
    /// It has no words.
    Empty,
    /// A quote is not closed, or nothing follows a backslash.
    Open,
}

impl fmt::Display for CommandLineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it names no program",
            Self::Open => "a quote is not closed, or nothing follows its last backslash",
        })
    }
}

impl std::error::Error for CommandLineError {}

impl FromStr for CommandLine {
    type Err = CommandLineError;

    fn from_str(text: &str) -> Result<Self, CommandLineError> {
        let words = shlex::split(text).ok_or(CommandLineError::Open)?;
        let program =
            words.first().filter(|word| !word.is_empty()).ok_or(CommandLineError::Empty)?;
        let name = Path::new(program).file_name().unwrap_or(program.as_ref());
        Ok(Self { name: escape(&name.to_string_lossy()).into_owned(), words })
    }
}

/// The source of the placeholders' values in one run.
pub(super) struct Values<'a> {
    pub(super) addr: SocketAddr,
    pub(super) server: &'a Server,
    pub(super) mail: &'a Mail,
    pub(super) mails: usize,
    pub(super) folder: &'a Path,
}

impl CommandLine {
    /// Returns the program's name without its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the same command line under another name, to distinguish several.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// Checks that this mail's addresses can be filled in safely. An address may come from a prepared
    /// message of unknown origin, and a script would run it as code.
    ///
    /// # Errors
    /// [`Kind::Message`] if an address would become code in `sh -c '... {to}'` and the like, or an
    /// option.
    pub fn check(&self, mail: &Mail) -> Result<(), Error> {
        let before = std::iter::once("").chain(self.words.iter().map(String::as_str));
        for (before, word) in before.zip(&self.words) {
            for (name, value) in addresses(mail).filter(|(name, _)| word.contains(name)) {
                let is_code =
                    is_script_option(before) && word != name && !value.chars().all(is_plain);
                let is_option = word.starts_with(name) && value.starts_with('-');
                if is_code || is_option {
                    return Err(unsafe_to_fill(name, &value, is_code));
                }
            }
        }
        Ok(())
    }

    /// Returns the words with every placeholder filled in.
    pub(super) fn filled(&self, values: &Values<'_>) -> Vec<String> {
        let known = |name: &str| PLACEHOLDERS.iter().any(|(placeholder, _)| *placeholder == name);
        let value = |name: &str| known(name).then(|| values.get(name));
        self.words.iter().map(|word| fill(word, value)).collect()
    }
}

/// Fills in the placeholders of a text. `value` returns the value of a word in braces, given with its
/// braces. Values are not searched for placeholders, and a word without a value stays as it is.
#[must_use]
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('{').map(|at| rest.split_at(at)) {
        filled.push_str(before);
        let name = from.find('}').and_then(|end| from.get(..=end));
        let (value, length) = match name.and_then(|name| Some((value(name)?, name.len()))) {
            Some(known) => known,
            None => ("{".into(), 1),
        };
        filled.push_str(&value);
        rest = from.split_at(length).1;
    }
    filled + rest
}

/// The addresses of a mail, with their placeholders.
fn addresses(mail: &Mail) -> impl Iterator<Item = (&'static str, String)> {
    [("{from}", sender(mail)), ("{to}", recipients(mail))].into_iter()
}

fn sender(mail: &Mail) -> String {
    mail.envelope().sender().map_or("", Address::as_str).into()
}

fn recipients(mail: &Mail) -> String {
    let all: Vec<&str> = mail.envelope().recipients().iter().map(Address::as_str).collect();
    all.join(",")
}

/// Whether the next word is a script: `sh -c`, `bash -lc`, `perl -e`, `python3 -c`.
fn is_script_option(option: &str) -> bool {
    option
        .strip_prefix('-')
        .is_some_and(|flags| !flags.starts_with('-') && flags.ends_with(['c', 'e', 'E']))
}

/// Whether every shell and language reads the character as text, quoted or not.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "@.,_-+=".contains(c)
}

fn unsafe_to_fill(name: &str, value: &str, is_code: bool) -> Error {
    let what = if is_code { "code in the script" } else { "an option" };
    let variable = variable(name);
    Error::new(Kind::Message, format!("{value} would become {what} in the place of {name}"))
        .with_hint(format!("in a script write \"${variable}\" instead; see --with in docs/cli.md"))
}

/// The environment variable of a placeholder: `MAILER_HOST` for `{host}`.
fn variable(placeholder: &str) -> String {
    format!("MAILER_{}", placeholder.trim_matches(['{', '}']).to_ascii_uppercase())
}

impl Values<'_> {
    /// Returns the values as environment variables. A shell does not run what they contain, and no other
    /// user can read the password there.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        PLACEHOLDERS.iter().map(|(name, _)| (variable(name), self.get(name))).collect()
    }

    fn get(&self, placeholder: &str) -> String {
        let account = self.server.credentials.as_ref();
        let file = |name| self.folder.join(name).to_string_lossy().into_owned();
        match placeholder {
            "{host}" => self.addr.ip().to_string(),
            "{port}" => self.addr.port().to_string(),
            "{ca}" => file(CA),
            "{eml}" => file(EML),
            "{mails}" => self.mails.to_string(),
            "{user}" => account.map_or("", |account| account.user()).into(),
            "{password}" => account.map_or("", |account| account.secret().reveal()).into(),
            "{from}" => sender(self.mail),
            _ => recipients(self.mail),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use mailer::{Credentials, Envelope, Message, Security};

    use super::*;
    use mailer_lab::sample;

    fn filled(text: &str) -> Vec<String> {
        let mut server = Server::new("localhost".parse().unwrap(), 25, Security::Required);
        server.credentials = Some(Credentials::new("ann", "a {to} b").unwrap());
        let id = "1@example.test".parse().unwrap();
        let mail = sample::mail(SystemTime::UNIX_EPOCH, id).unwrap();
        let addr = SocketAddr::from(([127, 0, 0, 1], 2525));
        let folder = Path::new("folder");
        let values = Values { addr, server: &server, mail: &mail, mails: 3, folder };
        text.parse::<CommandLine>().unwrap().filled(&values)
    }

    #[test]
    fn words_are_split_as_in_a_shell_and_filled_in() {
        let words = filled("swaks --server {host}:{port} --from '<{from}>' -d \"a b\" {eml} {ca}");
        let wanted = [
            "swaks",
            "--server",
            "127.0.0.1:2525",
            "--from",
            "<ann@example.test>",
            "-d",
            "a b",
            "folder/message.eml",
            "folder/ca.pem",
        ];
        assert_eq!(words, wanted);
    }

    #[test]
    fn values_are_not_filled_in_again_and_other_braces_stay() {
        assert_eq!(filled("smtp-source -m {mails}"), ["smtp-source", "-m", "3"]);
        assert_eq!(
            filled("x {password} {} {what} {{user}"),
            ["x", "a {to} b", "{}", "{what}", "{ann"]
        );
    }

    #[test]
    fn an_address_that_would_become_code_or_an_option_is_refused() {
        let mail = |to: &str| {
            let envelope = Envelope::new(None, vec![to.parse().unwrap()]).unwrap();
            Mail::new(envelope, Message::from_bytes(b"A: b\r\n\r\nc\r\n".to_vec()).unwrap())
        };
        let check = |command: &str, to: &str| {
            command.parse::<CommandLine>().unwrap().check(&mail(to)).map_err(|e| e.kind())
        };
        let code =
            ["`id`@example.test", "a|id|@example.test", "\"$(id) '\"@example.test", "a&b@x.test"];
        for to in code {
            for command in ["sh -c 'x {to}'", "bash -lc \"x '{to}'\"", "python3 -c 'x(\"{to}\")'"] {
                assert_eq!(check(command, to), Err(Kind::Message), "{command} {to}");
            }
            for command in
                ["swaks --to {to}", "sh -c 'x \"$MAILER_TO\"'", "sh -c 'x \"$1\"' sh {to}"]
            {
                assert_eq!(check(command, to), Ok(()), "{command} {to}");
            }
        }
        assert_eq!(check("sendmail {to}", "-Xlog@example.test"), Err(Kind::Message));
        assert_eq!(check("swaks --to '<{to}>'", "-Xlog@example.test"), Ok(()));
        assert_eq!(check("sh -c 'x {to}'", "ann.b+c_d-e=f@example.test"), Ok(()));
    }

    #[test]
    fn every_placeholder_has_a_variable() {
        assert_eq!(variable("{host}"), "MAILER_HOST");
        let names: Vec<String> = PLACEHOLDERS.iter().map(|(name, _)| variable(name)).collect();
        assert!(names.contains(&"MAILER_PASSWORD".into()) && names.contains(&"MAILER_EML".into()));
    }

    #[test]
    fn every_placeholder_has_a_value() {
        for (name, _) in PLACEHOLDERS {
            assert!(
                filled(&format!("x {name}")).iter().all(|word| word != name && !word.is_empty())
            );
        }
    }

    #[test]
    fn a_command_needs_a_program_and_closed_quotes() {
        assert_eq!("".parse::<CommandLine>(), Err(CommandLineError::Empty));
        assert_eq!("''".parse::<CommandLine>(), Err(CommandLineError::Empty));
        assert_eq!("a 'b".parse::<CommandLine>(), Err(CommandLineError::Open));
        assert_eq!("/usr/bin/swaks -h".parse::<CommandLine>().unwrap().name(), "swaks");
    }
}
