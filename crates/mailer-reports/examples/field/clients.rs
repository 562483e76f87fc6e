//! The clients, with the command line of each.
//!
//! Words in braces are placeholders; [`command`](super::command) fills them in. No argument contains a password,
//! because other users of the machine can read arguments.

use mailer::Security;

/// The line end that some clients append to the content. None appends more.
pub(super) const LINE_END: &str = "\r\n";

/// A client and how it is called.
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) tool: Tool,
    /// The arguments, quoted as in a shell.
    pub(super) arguments: &'static str,
    /// The value of `{tls}` without TLS, with STARTTLS, and with implicit TLS; `None` if the client cannot do
    /// that. With TLS the client also logs in.
    pub(super) tls: [Option<&'static str>; 3],
    /// Environment variables, besides the search paths of programs and libraries. Without TLS those are left
    /// out that TLS and login need.
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// What the client reads from its standard input: for each message, and between two messages.
    pub(super) input: [&'static str; 2],
    /// What the client appends to the content.
    pub(super) appends: &'static str,
    /// Whether it takes part in the measurement of several messages over one connection.
    pub(super) sends_several: bool,
    /// Whether it takes part only with `--all-flows`, because not every server supports it.
    pub(super) needs_all_flows: bool,
}

/// Where a client's program is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// This program.
    Ours,
    /// A program that `--build` builds from this folder of `crates/mailer-reports/clients`.
    Built(&'static str),
    /// A program that may be installed, and the command that prints its version.
    Installed(&'static str, &'static str),
}

/// A variable can be read by its user and by root, as a file can.
const PASSWORD: (&str, &str) = ("SMTP_PASSWORD", "{password}");
const NO_INPUT: [&str; 2] = ["", ""];
/// For clients that get the security as the argument `{security}`.
const BY_NAME: [Option<&str>; 3] = [Some(""); 3];

const fn ours(name: &'static str, needs_all_flows: bool) -> Client {
    Client {
        name,
        tool: Tool::Ours,
        arguments: "client send {name} {security} {host} {port} {user} {from} {to} {ca} {crlf} {messages}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        appends: "",
        sends_several: true,
        needs_all_flows,
    }
}

/// The flow `streamed` sends all messages of a run in one flight. The server stores them one after another, so
/// the time between two of them is the server's, whatever the path or the client.
const STREAMED: Client = Client { sends_several: false, ..ours("raw (streamed)", true) };

/// Returns a contender of ours with rustls. It takes part only with TLS: without TLS it would send the same bytes as the
/// contender with the default library.
const fn ours_with_rustls(name: &'static str) -> Client {
    let [_, starttls, implicit] = BY_NAME;
    Client { tls: [None, starttls, implicit], ..ours(name, false) }
}

/// Returns a contender of ours that opens several connections one after another.
const fn our_opener(client: &Client) -> Client {
    Client {
        arguments: "client open {name} {security} {host} {port} {user} {from} {to} {ca} {crlf} {connections}",
        ..*client
    }
}

/// The clients that open several connections one after another, and print how long each took until it was ready for
/// MAIL. They send a message over the last one.
pub(super) static OPENERS: [Client; 5] = [
    our_opener(&ours("raw (pipelined)", false)),
    our_opener(&ours_with_rustls("raw (pipelined, rustls)")),
    our_opener(&ours("lettre", false)),
    our_opener(&ours_with_rustls("lettre (rustls)")),
    Client {
        arguments: "open {security} {host} {port} {user} {from} {to} {unended} {connections}",
        ..MAIL_SEND
    },
];

const MAIL_SEND: Client = Client {
    name: "mail-send",
    tool: Tool::Built("mail-send"),
    arguments: "send {security} {host} {port} {user} {from} {to} {unended} {messages}",
    tls: BY_NAME,
    environment: &[PASSWORD, ("SSL_CERT_FILE", "{ca}")],
    input: NO_INPUT,
    appends: "",
    sends_several: true,
    needs_all_flows: false,
};

/// All clients, in the order of tables.
pub(super) static CLIENTS: [Client; 18] = [
    ours("raw (lockstep)", false),
    ours("raw (pipelined)", false),
    ours_with_rustls("raw (pipelined, rustls)"),
    ours("raw (overlapped)", true),
    ours("raw (chunked)", true),
    STREAMED,
    ours("lettre", false),
    ours_with_rustls("lettre (rustls)"),
    ours("lettre-connection", false),
    Client {
        // The same library without our adapter.
        name: "lettre-direct",
        tool: Tool::Built("lettre"),
        arguments: "{security} {host} {port} {hello} {user} {from} {to} {ca} {unended} {messages}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        appends: "",
        sends_several: true,
        needs_all_flows: false,
    },
    MAIL_SEND,
    Client {
        name: "smtplib",
        tool: Tool::Installed("python3", "python3 --version"),
        arguments: "-I {clients}/smtplib_client.py {security} {host} {port} {hello} {user} {from} {to} {ca} \
                    {crlf} {messages}",
        tls: BY_NAME,
        environment: &[PASSWORD],
        input: NO_INPUT,
        appends: "",
        sends_several: true,
        needs_all_flows: false,
    },
    Client {
        name: "curl",
        tool: Tool::Installed("curl", "curl --version"),
        // -q must come first: curl then reads no configuration file of the user.
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
        appends: "",
        sends_several: true,
        needs_all_flows: false,
    },
    Client {
        name: "smtp-source",
        tool: Tool::Installed("smtp-source", "postconf -d mail_version"),
        // -d: all messages over one connection.
        arguments: "-d -s 1 -m {messages} -M {hello} -f {from} -t {to} -F {lf} {host}:{port}",
        tls: [Some(""), None, None],
        environment: &[],
        input: NO_INPUT,
        appends: LINE_END,
        sends_several: true,
        needs_all_flows: false,
    },
    Client {
        name: "swaks",
        tool: Tool::Installed("swaks", "swaks --version"),
        // --pipeline: groups the envelope where the server announces PIPELINING (RFC 2920).
        arguments: "--silent 2 --server {host} --port {port} --helo {hello} --timeout 60 --pipeline {tls} \
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
        appends: "",
        sends_several: false,
        needs_all_flows: false,
    },
    Client {
        name: "msmtp",
        tool: Tool::Installed("msmtp", "msmtp --version"),
        // With --host it reads no configuration file. It gets the password before it connects.
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
        appends: "",
        sends_several: false,
        needs_all_flows: false,
    },
    ours("bare (lockstep)", false),
    ours("bare (pipelined)", false),
];

impl Client {
    /// Returns the value of `{tls}`; `None` if the client cannot do that.
    pub(super) fn tls(&self, security: Security) -> Option<&'static str> {
        let [clear, starttls, implicit] = self.tls;
        match security {
            Security::None => clear,
            Security::Required | Security::Opportunistic => starttls,
            Security::Implicit => implicit,
        }
    }

    /// Returns whether it takes part only with TLS.
    pub(super) fn needs_tls(&self) -> bool {
        self.tls(Security::None).is_none()
    }

    /// Returns whether it is one of this project's contenders.
    pub(super) fn is_ours(&self) -> bool {
        self.tool == Tool::Ours
    }
}
