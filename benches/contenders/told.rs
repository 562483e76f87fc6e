//! What each client is told, for people: from the same table that it is told from.

use mailer::Security;

use super::{
    asked::{arguments_of, environment_of, input_of},
    clients::{CLIENTS, Client, Tool},
};

/// What a client, or several alike, can do and are told.
pub(super) struct Told {
    /// Who it is.
    pub(super) names: String,
    pub(super) several: bool,
    pub(super) tls: bool,
    /// It puts a line end behind the content.
    pub(super) adds: bool,
    /// In the clear and with STARTTLS, as in a shell.
    pub(super) ways: Vec<(&'static str, String)>,
}

/// Those of the page.
const WAYS: [(&str, Security); 2] =
    [("in the clear", Security::None), ("with STARTTLS", Security::Required)];

/// Everybody, ours first, since they are told alike.
pub(super) fn told() -> Vec<Told> {
    let (ours, others): (Vec<&Client>, Vec<&Client>) =
        CLIENTS.iter().partition(|client| client.is_ours());
    let names: Vec<&str> = ours.iter().map(|client| client.name).collect();
    let ours = ours.first().map(|first| Told { names: names.join(", "), ..Told::of(first) });
    ours.into_iter().chain(others.into_iter().map(Told::of)).collect()
}

impl Told {
    fn of(client: &Client) -> Self {
        let way = |(title, security)| Some((title, in_a_shell(client, security)?));
        Self {
            names: client.name.into(),
            several: client.several,
            adds: !client.adds.is_empty(),
            tls: client.tls(Security::Required).is_some(),
            ways: WAYS.into_iter().filter_map(way).collect(),
        }
    }
}

/// Its environment, its command line, and what it reads; `None` if it cannot do that.
fn in_a_shell(client: &Client, security: Security) -> Option<String> {
    let program = match client.tool {
        // The same program as measures.
        Tool::Ours => "contenders".to_owned(),
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
            format!("{command}\n# it reads:\n{}", each.trim_end())
        }
        [each, between] => {
            let (each, between) = (each.trim_end(), between.trim_end());
            format!("{command}\n# it reads, for each mail:\n{each}\n# and between two:\n{between}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, security: Security) -> Option<String> {
        in_a_shell(CLIENTS.iter().find(|client| client.name == name).unwrap(), security)
    }

    #[test]
    fn it_reads_as_in_a_shell() {
        let swaks = of("swaks", Security::Required).unwrap();
        assert!(swaks.starts_with("SWAKS_OPT_auth_password={password} swaks "), "{swaks}");
        assert!(swaks.contains(" --tls --tls-verify ") && !swaks.contains("{tls}"), "{swaks}");
        let clear = of("swaks", Security::None).unwrap();
        assert!(clear.starts_with("swaks ") && !clear.contains("password"), "{clear}");
        assert_eq!(of("smtp-source", Security::Required), None);
    }
}
