//! Lines to paste: how several clients send a message to the server.

use std::{fmt::Write as _, path::Path};

use shlex::try_quote;

use crate::options::Tls;

const FROM: &str = "ann@example.test";
const TO: &str = "bob@example.test";
const MESSAGE: &str = "Subject: Hello\\n\\nHello, Bob.\\n";
/// How lettre connects, as the block of an expression. A test of the embedded server executes it.
const LETTRE: &str = include_str!("lettre_client.txt");

/// How clients reach the server.
pub(super) struct Reached<'a> {
    pub(super) tls: Tls,
    pub(super) host: String,
    pub(super) port: u16,
    /// The file that they have to trust.
    pub(super) ca: Option<&'a Path>,
    /// How they log in, if they have to.
    pub(super) login: Option<Login<'a>>,
}

/// How clients log in.
#[derive(Clone, Copy)]
pub(super) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) secret: LoginSecret,
}

/// What a user logs in with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LoginSecret {
    Password,
    /// An access token, by AUTH XOAUTH2 or OAUTHBEARER.
    Token,
}

impl LoginSecret {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Token => "access token",
        }
    }

    /// Returns the environment variable that `mailer` reads it from.
    fn variable(self) -> &'static str {
        match self {
            Self::Password => "SMTP_PASSWORD",
            Self::Token => "SMTP_TOKEN",
        }
    }
}

impl Reached<'_> {
    /// Returns the URL that `mailer` reads.
    pub(super) fn url(&self) -> String {
        let address = self.address();
        match self.tls {
            Tls::Starttls => format!("smtp://{address}"),
            Tls::Implicit => format!("smtps://{address}"),
            Tls::None => format!("smtp://{address}?tls=none"),
        }
    }

    /// Returns lines for a shell and for Rust, each after the name of its client.
    pub(super) fn lines_to_paste(&self) -> String {
        let mut text = "To send a message to this server, paste a line:\n".to_owned();
        if let Some(Login { secret, .. }) = self.login {
            let (name, variable) = (secret.name(), secret.variable());
            let _ = write!(text, "\n# the {name}, for all of them\nexport {variable}\n");
        }
        for (client, line) in [
            ("mailer", Some(self.mailer())),
            ("swaks", self.swaks()),
            ("curl", Some(self.curl())),
            ("Python", Some(self.python())),
            ("Node.js, with nodemailer", Some(self.node())),
        ] {
            if let Some(line) = line {
                let _ = write!(text, "\n# {client}\n{line}\n");
            }
        }
        let _ = write!(text, "\n// lettre, in Rust\n{}", self.lettre());
        text
    }

    fn mailer(&self) -> String {
        let ca = self.ca_option("--ca");
        let user =
            self.login.map_or_else(String::new, |login| format!(" --user {}", quoted(login.user)));
        let url = quoted(&self.url());
        format!(
            "mailer send --server {url}{ca}{user} --from {FROM} --to {TO} --subject Hello --body 'Hello, Bob.'"
        )
    }

    /// Returns the line for swaks; `None` for an access token, which only recent versions of swaks support.
    fn swaks(&self) -> Option<String> {
        let tls = match self.tls {
            Tls::Starttls => " --tls --tls-verify",
            Tls::Implicit => " --tls-on-connect --tls-verify",
            Tls::None => "",
        };
        let ca = self.ca_option("--tls-ca-path");
        let login = match self.login {
            None => String::new(),
            Some(Login { user, secret: LoginSecret::Password }) => {
                format!(" --auth --auth-user {} --auth-password \"$SMTP_PASSWORD\"", quoted(user))
            }
            Some(Login { secret: LoginSecret::Token, .. }) => return None,
        };
        let (host, port) = (&self.host, self.port);
        Some(format!("swaks --server {host} --port {port}{tls}{ca}{login} --from {FROM} --to {TO}"))
    }

    fn curl(&self) -> String {
        let (scheme, tls) = match self.tls {
            Tls::Starttls => ("smtp", " --ssl-reqd"),
            Tls::Implicit => ("smtps", ""),
            Tls::None => ("smtp", ""),
        };
        let ca = self.ca_option("--cacert");
        let login = self.login.map_or_else(String::new, |Login { user, secret }| match secret {
            LoginSecret::Password => format!(" --user {}:\"$SMTP_PASSWORD\"", quoted(user)),
            LoginSecret::Token => {
                format!(" --user {}: --oauth2-bearer \"$SMTP_TOKEN\"", quoted(user))
            }
        });
        let url = quoted(&format!("{scheme}://{}", self.address()));
        format!(
            "printf '{MESSAGE}' | curl -sS{tls}{ca}{login} --mail-from {FROM} --mail-rcpt {TO} --crlf --upload-file - {url}"
        )
    }

    fn python(&self) -> String {
        let (host, port) = (literal(&self.host), self.port);
        let ca = self
            .ca
            .map_or_else(String::new, |ca| format!("cafile={}", literal(&ca.to_string_lossy())));
        let context = format!("ssl.create_default_context({ca})");
        let open = match self.tls {
            Tls::Starttls => {
                format!("s = smtplib.SMTP({host}, {port}); s.starttls(context={context})")
            }
            Tls::Implicit => format!("s = smtplib.SMTP_SSL({host}, {port}, context={context})"),
            Tls::None => format!("s = smtplib.SMTP({host}, {port})"),
        };
        let login = self.login.map_or_else(String::new, |login| match login.secret {
            LoginSecret::Password => {
                format!(" s.login({}, os.environ[\"SMTP_PASSWORD\"]);", literal(login.user))
            }
            LoginSecret::Token => format!(" {}", xoauth2_in_python(login.user)),
        });
        let send = format!("s.sendmail(\"{FROM}\", [\"{TO}\"], \"{MESSAGE}\")");
        let code = format!("import os, smtplib, ssl; {open};{login} {send}; s.quit()");
        format!("python3 -c {}", quoted_code(&code))
    }

    fn node(&self) -> String {
        let (host, port) = (literal(&self.host), self.port);
        let mut options = format!("host: {host}, port: {port}");
        options += match self.tls {
            Tls::Starttls => ", requireTLS: true",
            Tls::Implicit => ", secure: true",
            Tls::None => ", ignoreTLS: true",
        };
        if let Some(ca) = self.ca {
            let file = literal(&ca.to_string_lossy());
            let _ = write!(options, ", tls: {{ca: require(\"fs\").readFileSync({file})}}");
        }
        if let Some(Login { user, secret }) = self.login {
            let user = literal(user);
            let secret = match secret {
                LoginSecret::Password => "pass: process.env.SMTP_PASSWORD",
                LoginSecret::Token => "type: \"OAuth2\", accessToken: process.env.SMTP_TOKEN",
            };
            let _ = write!(options, ", auth: {{user: {user}, {secret}}}");
        }
        let message =
            format!("from: \"{FROM}\", to: \"{TO}\", subject: \"Hello\", text: \"Hello, Bob.\\n\"");
        let code = format!(
            "require(\"nodemailer\").createTransport({{{options}}}).sendMail({{{message}}})"
        );
        format!("node -e {}", quoted_code(&code))
    }

    fn lettre(&self) -> String {
        let block = LETTRE.trim().trim_start_matches('{').trim_end_matches('}');
        let mut code = "let mailer = ".to_owned();
        let (mut before, mut after) = (String::new(), String::new());
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let line = line.strip_prefix("    ").unwrap_or(line);
            let is_let = line.starts_with("let ");
            let is_left_out = (self.tls == Tls::None && (is_let || line.contains(".tls(")))
                || (self.ca.is_none() && line.contains("ca_file"))
                || (self.login.is_none() && line.contains("user_name"));
            if is_left_out {
                continue;
            }
            let part = if is_let { &mut before } else { &mut after };
            let _ = writeln!(part, "{line}");
        }
        if self.ca.is_none() {
            before = before.replace(".add_root_certificate(ca)", "");
        }
        if self.tls == Tls::Implicit {
            after = after.replace("Tls::Required", "Tls::Wrapper");
        }
        code += after.trim_end();
        let ca = self.ca.map(|ca| rust_literal(&ca.to_string_lossy())).unwrap_or_default();
        let mut variable = String::new();
        if let Some(Login { secret, .. }) = self.login {
            variable = format!(", std::env::var({:?})?)", secret.variable());
            if secret == LoginSecret::Token {
                let build = "\n    .authentication(vec![Mechanism::Xoauth2])\n    .build()";
                code = code.replace("\n    .build()", build);
            }
        }
        (before + &code + ";")
            .replace("ca_file", &ca)
            .replace("server_host", &rust_literal(&self.host))
            .replace("server_port", &self.port.to_string())
            .replace("user_name", &self.login.map(|it| rust_literal(it.user)).unwrap_or_default())
            .replace(", password)", &variable)
    }

    /// Returns host and port as in a URL.
    fn address(&self) -> String {
        let (host, port) = (&self.host, self.port);
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    fn ca_option(&self, option: &str) -> String {
        self.ca
            .map_or_else(String::new, |ca| format!(" {option} {}", quoted(&ca.to_string_lossy())))
    }
}

/// Returns the statements that log in with the token. `smtplib` has no method for that, and its `auth` does not send
/// EHLO.
fn xoauth2_in_python(user: &str) -> String {
    let user = literal(&format!("user={user}"));
    format!(
        "s.ehlo(); s.auth(\"XOAUTH2\", lambda _=None: {user} + \"\\1auth=Bearer \" + os.environ[\"SMTP_TOKEN\"] + \"\\1\\1\");"
    )
}

/// Quotes a word for a shell. A word with NUL cannot be quoted, and cannot be an argument.
fn quoted(word: &str) -> String {
    try_quote(word).map_or_else(|_| String::new(), Into::into)
}

/// Quotes code for a shell. Without an apostrophe, it stays easier to read than what [`quoted`] makes of its quotation
/// marks.
fn quoted_code(code: &str) -> String {
    if code.contains('\'') { quoted(code) } else { format!("'{code}'") }
}

/// Returns a string literal that Python, JavaScript and JSON have in common.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn rust_literal(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(tls: Tls) -> Reached<'static> {
        let ca = (tls != Tls::None).then_some(Path::new("/it's/ca.pem"));
        let login = Login { user: "ann@example.test", secret: LoginSecret::Password };
        Reached { tls, host: "::1".into(), port: 2525, ca, login: Some(login) }
    }

    fn with_token(tls: Tls) -> Reached<'static> {
        let login = Login { user: "ann@example.test", secret: LoginSecret::Token };
        Reached { login: Some(login), ..reached(tls) }
    }

    #[test]
    fn the_lines_for_a_token_name_no_password() {
        for tls in [Tls::Starttls, Tls::Implicit, Tls::None] {
            let text = with_token(tls).lines_to_paste();
            assert!(!text.to_lowercase().contains("pass"), "{text}");
            for part in ["export SMTP_TOKEN", "--oauth2-bearer", "OAuth2", "Mechanism::Xoauth2"] {
                assert!(text.contains(part), "no {part} in {text}");
            }
            assert_eq!(text.matches("SMTP_TOKEN").count(), 5, "{text}");
        }
    }

    #[test]
    fn the_lines_are_for_a_shell_and_never_contain_a_password() {
        for tls in [Tls::Starttls, Tls::Implicit, Tls::None] {
            for line in [
                reached(tls).mailer(),
                reached(tls).swaks().expect("swaks knows passwords"),
                reached(tls).curl(),
                reached(tls).python(),
                reached(tls).node(),
                with_token(tls).curl(),
                with_token(tls).python(),
                with_token(tls).node(),
            ] {
                let words = shlex::split(&line).unwrap_or_else(|| panic!("{line}"));
                assert!(words.iter().any(|word| word.contains("2525")), "{line}");
                assert_eq!(line.contains("ca.pem"), tls != Tls::None, "{line}");
                assert!(!line.contains('\n'), "{line}");
            }
        }
    }

    #[test]
    fn the_code_for_lettre_has_only_what_the_server_needs() {
        let with_all = reached(Tls::Starttls).lettre();
        assert_eq!(
            with_all,
            "let ca = Certificate::from_pem(&std::fs::read(\"/it's/ca.pem\")?)?;\n\
             let tls = TlsParameters::builder(\"::1\".to_owned()).add_root_certificate(ca).build()?;\n\
             let mailer = SmtpTransport::builder_dangerous(\"::1\")\n    .port(2525)\n    .tls(Tls::Required(tls))\n    \
             .credentials(Credentials::new(\"ann@example.test\".to_owned(), std::env::var(\"SMTP_PASSWORD\")?))\n    \
             .build();"
        );
        assert!(reached(Tls::Implicit).lettre().contains("Tls::Wrapper(tls)"));
        let plain = Reached { login: None, ..reached(Tls::None) }.lettre();
        assert_eq!(
            plain,
            "let mailer = SmtpTransport::builder_dangerous(\"::1\")\n    .port(2525)\n    .build();"
        );
        let own = Reached { ca: None, ..reached(Tls::Starttls) }.lettre();
        assert!(!own.contains("ca") || own.contains("credentials"), "{own}");
        assert!(!own.contains("Certificate") && !own.contains("add_root"), "{own}");
    }
}
