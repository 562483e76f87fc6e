//! The clients' commands for the page, from the same table that runs them.

use mailer::Security;

use super::{
    clients::{CLIENTS, Client, OPENERS, Tool},
    command::{arguments_of, environment_of, input_of},
};

/// The commands of a client, or of several with the same commands.
pub(super) struct CommandDocs {
    pub(super) names: String,
    pub(super) sends_several: bool,
    pub(super) has_tls: bool,
    /// Whether the client appends a line end to the content.
    pub(super) appends: bool,
    /// A title and a command, for each kind of security that the client can do.
    pub(super) commands: Vec<(&'static str, String)>,
}

/// The kinds of security on the page.
const SECURITIES: [(&str, Security); 2] =
    [("Without TLS", Security::None), ("With STARTTLS", Security::Required)];

/// Returns the commands that open several connections with TLS, each once.
pub(super) fn opener_commands() -> Vec<String> {
    let commands = OPENERS.iter().filter_map(|client| shell_command(client, Security::Required));
    let mut commands: Vec<String> = commands.collect();
    commands.dedup();
    commands
}

/// Returns the commands of all clients. Ours come first, because they have the same command: in one entry, and those
/// that take part only with TLS in another.
pub(super) fn command_docs() -> Vec<CommandDocs> {
    let (ours, others): (Vec<&Client>, Vec<&Client>) =
        CLIENTS.iter().partition(|client| client.is_ours());
    let (with_tls_only, ours): (Vec<&Client>, Vec<&Client>) =
        ours.into_iter().partition(|client| client.needs_tls());
    let ours = [ours, with_tls_only].into_iter().filter_map(|clients| {
        let names: Vec<&str> = clients.iter().map(|client| client.name).collect();
        let first = clients.first()?;
        Some(CommandDocs { names: names.join(", "), ..CommandDocs::new(first) })
    });
    ours.chain(others.into_iter().map(CommandDocs::new)).collect()
}

impl CommandDocs {
    fn new(client: &Client) -> Self {
        let command = |(title, security)| Some((title, shell_command(client, security)?));
        Self {
            names: client.name.into(),
            sends_several: client.sends_several,
            appends: !client.appends.is_empty(),
            has_tls: client.tls(Security::Required).is_some(),
            commands: SECURITIES.into_iter().filter_map(command).collect(),
        }
    }
}

/// Returns the client's environment, command line and input; `None` if it cannot do that.
fn shell_command(client: &Client, security: Security) -> Option<String> {
    let program = match client.tool {
        // The program that measures.
        Tool::Ours => "field".to_owned(),
        Tool::Built(folder) => format!("contender-{folder}"),
        Tool::Installed(program, _) => program.to_owned(),
    };
    let environment = environment_of(client, security);
    let environment: String = environment.map(|(name, value)| format!("{name}={value} ")).collect();
    let arguments = arguments_of(client, security)?;
    let command = format!("{environment}{program} {}", arguments.trim().replace("  ", " "));
    Some(match input_of(client, security) {
        [each, _] if each.is_empty() => command,
        [each, between] if between.is_empty() => {
            format!("{command}\n# standard input:\n{}", each.trim_end())
        }
        [each, between] => {
            let (each, between) = (each.trim_end(), between.trim_end());
            format!(
                "{command}\n# standard input, for each message:\n{each}\n# and between two messages:\n\
                 {between}"
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_of(name: &str, security: Security) -> Option<String> {
        shell_command(CLIENTS.iter().find(|client| client.name == name).unwrap(), security)
    }

    #[test]
    fn commands_are_those_of_a_shell() {
        let swaks = command_of("swaks", Security::Required).unwrap();
        assert!(swaks.starts_with("SWAKS_OPT_auth_password={password} swaks "), "{swaks}");
        assert!(swaks.contains(" --tls --tls-verify ") && !swaks.contains("{tls}"), "{swaks}");
        let clear = command_of("swaks", Security::None).unwrap();
        assert!(clear.starts_with("swaks ") && !clear.contains("password"), "{clear}");
        assert_eq!(command_of("smtp-source", Security::Required), None);
    }
}
