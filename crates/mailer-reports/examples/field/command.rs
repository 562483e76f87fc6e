//! The command that runs a client, with the placeholders filled in.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use mailer::{Security, Server};
use mailer_compare::external_client::fill;

use super::{TextResult, arguments::security_name, clients::Client};

pub(super) const FROM: &str = "ann@example.test";
pub(super) const TO: &str = "bob@example.test";
/// The client's own name in EHLO. Without it some clients would ask a name server.
const HELLO: &str = "client.example.test";

/// The placeholders and their meanings.
pub(super) const PLACEHOLDERS: [(&str, &str); 18] = [
    ("{host}", "the address of the link, `127.0.0.1`"),
    ("{port}", "the port of the link"),
    ("{hello}", "`client.example.test`"),
    ("{from}", "`ann@example.test`"),
    ("{to}", "`bob@example.test`"),
    ("{user}", "the user of the server's account"),
    ("{password}", "the password of the account"),
    ("{ca}", "a file with the CA to trust"),
    ("{crlf}", "a file with the message"),
    ("{unended}", "the same file without its last line end, for clients that append one"),
    ("{lf}", "the same file with LF as line ends, for clients that convert them to CRLF"),
    ("{message}", "the content of `{lf}`"),
    ("{messages}", "the number of messages"),
    ("{connections}", "the number of connections"),
    ("{security}", "`none`, `starttls` or `implicit`"),
    ("{name}", "the contender's name"),
    ("{clients}", "`crates/mailer-reports/clients`"),
    ("{tls}", "the options for TLS and login"),
];

/// The values of environment variables that are left out without TLS, because there is then no login and no
/// certificate to check.
const FOR_TLS: [&str; 2] = ["{password}", "{ca}"];

/// What a client is to do.
pub(super) struct Task<'a> {
    pub(super) server: &'a Server,
    /// The number of messages to send, or of connections to open.
    pub(super) repetitions: u32,
    /// The folder with the files, which only this user can read.
    pub(super) folder: &'a Path,
}

/// Writes the files that every task with this message needs.
pub(super) fn write_files(folder: &Path, server: &Server, message: &[u8]) -> std::io::Result<()> {
    let unended = message.strip_suffix(b"\r\n").unwrap_or(message);
    // The message has no CR except in line ends.
    let lf: Vec<u8> = message.iter().copied().filter(|byte| *byte != b'\r').collect();
    fs::write(folder.join("ca"), server.trust.added().collect::<Vec<_>>().concat())?;
    fs::write(folder.join("crlf"), message)?;
    fs::write(folder.join("unended"), unended)?;
    fs::write(folder.join("lf"), lf)
}

impl Task<'_> {
    /// Returns the command that runs the client's program.
    pub(super) fn command(&self, client: &Client, program: &Path) -> TextResult<Command> {
        let security = self.server.security;
        let words = arguments_of(client, security).and_then(|line| shlex::split(&line));
        let words = words.ok_or_else(|| format!("{} cannot do that", client.name))?;
        let mut command = Command::new(program);
        command.args(words.iter().map(|word| self.fill(word, client))).env_clear();
        // Other variables could configure the client.
        let kept = ["PATH", "LD_LIBRARY_PATH"].into_iter();
        command.envs(kept.filter_map(|name| Some((name, env::var_os(name)?))));
        for (name, value) in environment_of(client, security) {
            command.env(name, self.fill(value, client));
        }
        command.stdin(self.input(client).map_err(|error| format!("its input: {error}"))?);
        Ok(command)
    }

    /// Returns the standard input as a file, so that nothing has to be written while the client runs.
    fn input(&self, client: &Client) -> std::io::Result<fs::File> {
        let [each, between] = input_of(client, self.server.security);
        let messages = vec![self.fill(&each, client); self.repetitions as usize];
        let file = self.folder.join("input");
        fs::write(&file, messages.join(&between))?;
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
            "{user}" => account.map_or("no-user", |account| account.user()).into(),
            "{password}" => account?.secret().reveal().into(),
            "{ca}" => file("ca"),
            "{crlf}" => file("crlf"),
            "{unended}" => file("unended"),
            "{lf}" => file("lf"),
            "{message}" => fs::read_to_string(self.folder.join("lf")).ok()?,
            "{messages}" | "{connections}" => self.repetitions.to_string(),
            "{security}" => security_name(self.server.security).into(),
            "{name}" => client.name.into(),
            "{clients}" => clients_folder().to_string_lossy().into_owned(),
            _ => return None,
        })
    }
}

/// Returns the client's arguments, with `{tls}` filled in; `None` if it cannot do that.
pub(super) fn arguments_of(client: &Client, security: Security) -> Option<String> {
    Some(client.arguments.replace("{tls}", client.tls(security)?))
}

/// Returns the client's input for each message and between two, with `{tls}` filled in.
pub(super) fn input_of(client: &Client, security: Security) -> [String; 2] {
    client.input.map(|text| text.replace("{tls}", client.tls(security).unwrap_or_default()))
}

/// Returns the client's environment variables.
pub(super) fn environment_of(
    client: &Client,
    security: Security,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_needed = move |value: &str| security != Security::None || !FOR_TLS.contains(&value);
    client.environment.iter().copied().filter(move |(_, value)| is_needed(value))
}

/// Returns the folder with the sources of clients.
pub(super) fn clients_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients")
}

#[cfg(test)]
mod tests {
    use super::{
        super::clients::{CLIENTS, OPENERS},
        *,
    };

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
        let task = Task { server: &server, repetitions: 3, folder: folder.path() };
        for client in CLIENTS.iter().chain(&OPENERS) {
            for (placeholder, _) in PLACEHOLDERS.iter().filter(|(name, _)| *name != "{tls}") {
                assert_ne!(task.fill(placeholder, client), *placeholder);
            }
            let texts = [client.arguments, client.input[0], client.input[1]];
            let environment = client.environment.iter().map(|(_, value)| *value);
            let tls = client.tls.into_iter().flatten();
            for text in texts.into_iter().chain(tls).chain(environment) {
                let filled = fill(text, |name| {
                    PLACEHOLDERS.iter().any(|(known, _)| *known == name).then(String::new)
                });
                assert!(!filled.contains(['{', '}']), "{}: {text}", client.name);
            }
        }
    }

    #[test]
    fn no_argument_contains_a_password() {
        for client in &CLIENTS {
            // curl reads the value of `{tls}` from its standard input.
            let is_argument = client.arguments.contains("{tls}");
            let tls = client.tls.into_iter().flatten().filter(|_| is_argument);
            let found = tls.chain([client.arguments]).find(|text| text.contains("{password}"));
            assert_eq!(found, None, "{}", client.name);
        }
    }
}
