//! The clients: each a row that says how it is told what to do.
//!
//! Words in braces are placeholders ([`super::asked`]). No password stands in an argument, which other
//! users of the machine could read.

use mailer::Security;

/// A client, and how it is told what to send.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) tool: Tool,
    /// Parted as in a shell.
    pub(super) arguments: &'static str,
    /// What stands for `{tls}` in the clear, with STARTTLS and with TLS from the first byte; nothing where
    /// it cannot do that. Who does TLS logs in, too.
    pub(super) tls: [Option<&'static str>; 3],
    /// What stands in its environment, which has nothing else but where programs and libraries are; in the
    /// clear without what is for TLS and the login.
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// What it reads from its standard input for each mail, and between two.
    pub(super) input: [&'static str; 2],
    /// What it puts behind the content, unasked.
    pub(super) adds: &'static str,
    /// Whether it can send several mails over one connection.
    pub(super) several: bool,
    /// Not every server bears it: it takes part with `--all-flows`.
    pub(super) risky: bool,
}

/// Where its program is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// This one.
    Ours,
    /// Built from the folder of that name.
    Built(&'static str),
    /// Installed, or not; and what prints its version.
    Installed(&'static str, &'static str),
}

/// A password in the environment can be read by its user and by root, as one in a file.
const PASSWORD: (&str, &str) = ("SMTP_PASSWORD", "{password}");
const NO_INPUT: [&str; 2] = ["", ""];
/// What is told by `{security}`.
const BY_NAME: [Option<&str>; 3] = [Some(""); 3];

const fn ours(name: &'static str, risky: bool) -> Client {
    Client {
        name,
        tool: Tool::Ours,
        arguments: "client {name} {security} {host} {port} {user} {from} {to} {ca} {crlf} {mails}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        adds: "",
        several: true,
        risky,
    }
}

/// Everybody, in the order of tables.
pub(super) static CLIENTS: [Client; 16] = [
    ours("raw-lockstep", false),
    ours("raw-pipelined", false),
    ours("raw-overlapped", true),
    ours("raw-chunked", true),
    ours("raw-streamed", true),
    ours("lettre", false),
    ours("lettre-connection", false),
    Client {
        // The same library without our adapter.
        name: "lettre-direct",
        tool: Tool::Built("lettre"),
        arguments: "{security} {host} {port} {hello} {user} {from} {to} {ca} {unended} {mails}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        adds: "",
        several: true,
        risky: false,
    },
    Client {
        name: "mail-send",
        tool: Tool::Built("mail-send"),
        arguments: "{security} {host} {port} {user} {from} {to} {unended} {mails}",
        tls: BY_NAME,
        environment: &[PASSWORD, ("SSL_CERT_FILE", "{ca}")],
        input: NO_INPUT,
        adds: "",
        several: true,
        risky: false,
    },
    Client {
        name: "smtplib",
        tool: Tool::Installed("python3", "python3 --version"),
        arguments: "-I {here}/smtplib_client.py {security} {host} {port} {hello} {user} {from} {to} {ca} \
                    {crlf} {mails}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        adds: "",
        several: true,
        risky: false,
    },
    Client {
        name: "curl",
        tool: Tool::Installed("curl", "curl --version"),
        // -q has to be the first: no other configuration file.
        arguments: "-q --silent --show-error --config -",
        tls: [
            Some("url = \"smtp://{host}:{port}/{hello}\""),
            Some(
                "url = \"smtp://{host}:{port}/{hello}\"\nssl-reqd\ncacert = \"{ca}\"\n\
                 user = \"{user}:{password}\"",
            ),
            Some(
                "url = \"smtps://{host}:{port}/{hello}\"\ncacert = \"{ca}\"\n\
                 user = \"{user}:{password}\"",
            ),
        ],
        environment: &[],
        input: [
            "{tls}\nmail-from = \"{from}\"\nmail-rcpt = \"{to}\"\nupload-file = \"{crlf}\"\n",
            "next\nsilent\nshow-error\n",
        ],
        adds: "",
        several: true,
        risky: false,
    },
    Client {
        name: "smtp-source",
        tool: Tool::Installed("smtp-source", "postconf -d mail_version"),
        // -d: all mails over one connection.
        arguments: "-d -s 1 -m {mails} -M {hello} -f {from} -t {to} -F {lf} {host}:{port}",
        tls: [Some(""), None, None],
        environment: &[],
        input: NO_INPUT,
        adds: "\r\n",
        several: true,
        risky: false,
    },
    Client {
        name: "swaks",
        tool: Tool::Installed("swaks", "swaks --version"),
        arguments: "--silent 2 --server {host} --port {port} --helo {hello} --timeout 60 {tls} \
                    --from {from} --to {to} --data @{unended}",
        tls: [
            Some(""),
            Some("--tls --tls-verify --tls-ca-path {ca} --auth PLAIN --auth-user {user}"),
            Some(
                "--tls-on-connect --tls-verify --tls-ca-path {ca} --auth PLAIN --auth-user {user}",
            ),
        ],
        environment: &[("SWAKS_OPT_auth_password", "{password}")],
        input: NO_INPUT,
        adds: "",
        several: false,
        risky: false,
    },
    Client {
        name: "msmtp",
        tool: Tool::Installed("msmtp", "msmtp --version"),
        // With --host it reads no configuration file. It asks for the password before it connects.
        arguments: "--host={host} --port={port} --domain={hello} --timeout=60 {tls} --from={from} -- {to}",
        tls: [
            Some("--tls=off --auth=off"),
            Some(
                "--tls=on --tls-starttls=on --tls-trust-file={ca} --auth=plain --user={user} \
                 --passwordeval='printenv SMTP_PASSWORD'",
            ),
            Some(
                "--tls=on --tls-starttls=off --tls-trust-file={ca} --auth=plain --user={user} \
                 --passwordeval='printenv SMTP_PASSWORD'",
            ),
        ],
        environment: &[PASSWORD],
        input: ["{message}", ""],
        adds: "",
        several: false,
        risky: false,
    },
    ours("bare-lockstep", false),
    ours("bare-pipelined", false),
];

impl Client {
    /// What stands for `{tls}`; `None` if it cannot do that.
    pub(super) fn tls(&self, security: Security) -> Option<&'static str> {
        let [clear, starttls, implicit] = self.tls;
        match security {
            Security::None => clear,
            Security::Required | Security::Opportunistic => starttls,
            Security::Implicit => implicit,
        }
    }

    /// Whether it is of this project, and not just somebody's program.
    pub(super) fn is_ours(&self) -> bool {
        self.tool == Tool::Ours
    }
}
