//! What a client is asked, with the placeholders filled in.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use mailer::{Security, Server};
use mailer_compare::other::fill;

use super::{Outcome, arguments, clients::Client};

pub(super) const FROM: &str = "ann@example.test";
pub(super) const TO: &str = "bob@example.test";
/// What a client calls itself: some would ask a name server otherwise.
const HELLO: &str = "client.example.test";

/// The placeholders, and what they stand for.
pub(super) const PLACEHOLDERS: [(&str, &str); 17] = [
    ("{host}", "the link's address, `127.0.0.1`"),
    ("{port}", "its port"),
    ("{hello}", "`client.example.test`"),
    ("{from}", "`ann@example.test`"),
    ("{to}", "`bob@example.test`"),
    ("{user}", "the server's account"),
    ("{password}", "its password"),
    ("{ca}", "a file with the CA to believe"),
    ("{crlf}", "a file with the message"),
    ("{unended}", "the same without its last line end, for who adds one"),
    ("{lf}", "the message with lines ended by LF, for who makes CRLF of it"),
    ("{message}", "what is in `{lf}`"),
    ("{mails}", "how many mails"),
    ("{security}", "`none`, `starttls` or `implicit`"),
    ("{name}", "the contender's name"),
    ("{here}", "`benches/contenders`"),
    ("{tls}", "what is said of TLS and the login"),
];

/// What nobody is told in the clear: there is no login, and no authority to believe.
const FOR_TLS: [&str; 2] = ["{password}", "{ca}"];

/// What a client is to do: so many mails to this server.
pub(super) struct Task<'a> {
    pub(super) server: &'a Server,
    pub(super) mails: u32,
    /// Where the files are, which nobody else can read.
    pub(super) folder: &'a Path,
}

/// The files of a task: made once, for all who send this message.
pub(super) fn write_files(folder: &Path, server: &Server, message: &[u8]) -> std::io::Result<()> {
    let unended = message.strip_suffix(b"\r\n").unwrap_or(message);
    // It has no CR but those of its line ends.
    let lf: Vec<u8> = message.iter().copied().filter(|octet| *octet != b'\r').collect();
    fs::write(folder.join("ca"), server.trust.added().collect::<Vec<_>>().concat())?;
    fs::write(folder.join("crlf"), message)?;
    fs::write(folder.join("unended"), unended)?;
    fs::write(folder.join("lf"), lf)
}

impl Task<'_> {
    /// What runs the client at `program`.
    pub(super) fn command(&self, client: &Client, program: &Path) -> Outcome<Command> {
        let security = self.server.security;
        let words = arguments_of(client, security).and_then(|line| shlex::split(&line));
        let words = words.ok_or_else(|| format!("{} cannot be asked that", client.name))?;
        let mut command = Command::new(program);
        command.args(words.iter().map(|word| self.fill(word, client))).env_clear();
        // Others would tell programs more than is told here.
        let kept = ["PATH", "LD_LIBRARY_PATH"].into_iter();
        command.envs(kept.filter_map(|name| Some((name, env::var_os(name)?))));
        for (name, value) in environment_of(client, security) {
            command.env(name, self.fill(value, client));
        }
        command.stdin(self.input(client).map_err(|error| format!("its input: {error}"))?);
        Ok(command)
    }

    /// As a file, so that nobody has to write while the client runs.
    fn input(&self, client: &Client) -> std::io::Result<fs::File> {
        let [each, between] = input_of(client, self.server.security);
        let mails = vec![self.fill(&each, client); self.mails as usize];
        let file = self.folder.join("input");
        fs::write(&file, mails.join(&between))?;
        fs::File::open(file)
    }

    fn fill(&self, text: &str, client: &Client) -> String {
        fill(text, |name| self.value(name, client))
    }

    fn value(&self, placeholder: &str, client: &Client) -> Option<String> {
        let account = self.server.credentials.as_ref();
        let file = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        let address = self.server.connect_to;
        Some(match placeholder {
            "{host}" => address?.ip().to_string(),
            "{port}" => address?.port().to_string(),
            "{hello}" => HELLO.into(),
            "{from}" => FROM.into(),
            "{to}" => TO.into(),
            "{user}" => account.map_or("nobody", |account| account.user()).into(),
            "{password}" => account?.password().reveal().into(),
            "{ca}" => file("ca"),
            "{crlf}" => file("crlf"),
            "{unended}" => file("unended"),
            "{lf}" => file("lf"),
            "{message}" => fs::read_to_string(self.folder.join("lf")).ok()?,
            "{mails}" => self.mails.to_string(),
            "{security}" => arguments::name(self.server.security).into(),
            "{name}" => client.name.into(),
            "{here}" => here().to_string_lossy().into_owned(),
            _ => return None,
        })
    }
}

/// Its arguments with other placeholders than `{tls}`.
pub(super) fn arguments_of(client: &Client, security: Security) -> Option<String> {
    Some(client.arguments.replace("{tls}", client.tls(security)?))
}

/// The same of what it reads for each mail, and between two.
pub(super) fn input_of(client: &Client, security: Security) -> [String; 2] {
    client.input.map(|text| text.replace("{tls}", client.tls(security).unwrap_or_default()))
}

pub(super) fn environment_of(
    client: &Client,
    security: Security,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_needed = move |value: &str| security != Security::None || !FOR_TLS.contains(&value);
    client.environment.iter().copied().filter(move |(_, value)| is_needed(value))
}

/// The folder with what belongs to the clients.
pub(super) fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contenders")
}

#[cfg(test)]
mod tests {
    use super::{super::clients::CLIENTS, *};

    fn server() -> Server {
        let mut server = Server::new("localhost".parse().unwrap(), 25, Security::Required);
        server.connect_to = Some(([127, 0, 0, 1], 2525).into());
        server.credentials = Some(mailer::Credentials::new("ann", "secret").unwrap());
        server
    }

    #[test]
    fn every_placeholder_has_a_value() {
        let (server, folder) = (server(), tempfile::tempdir().unwrap());
        write_files(folder.path(), &server, b"Subject: x\r\n\r\ny\r\n").unwrap();
        let task = Task { server: &server, mails: 3, folder: folder.path() };
        for client in &CLIENTS {
            for (placeholder, _) in PLACEHOLDERS.iter().filter(|(name, _)| *name != "{tls}") {
                assert_ne!(task.fill(placeholder, client), *placeholder);
            }
            let told = [client.arguments, client.input[0], client.input[1]];
            let environment = client.environment.iter().map(|(_, value)| *value);
            for text in told.into_iter().chain(client.tls.into_iter().flatten()).chain(environment)
            {
                let filled = fill(text, |name| {
                    PLACEHOLDERS.iter().any(|(known, _)| *known == name).then(String::new)
                });
                assert!(!filled.contains(['{', '}']), "{}: {text}", client.name);
            }
        }
    }

    #[test]
    fn no_argument_has_a_password() {
        for client in &CLIENTS {
            // What curl is told of TLS, it reads.
            let is_argument = client.arguments.contains("{tls}");
            let tls = client.tls.into_iter().flatten().filter(|_| is_argument);
            let found = tls.chain([client.arguments]).find(|text| text.contains("{password}"));
            assert_eq!(found, None, "{}", client.name);
        }
    }
}
