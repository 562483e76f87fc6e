//! Generates the table of docs/errors.md: what `mailer send` prints for each documented case.

use std::{
    fmt::Write as _,
    fs,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use libtest_mimic::{Failed, Trial};
use mailer::{Content, Mechanism, Security};
use mailer_backends::Flow;
use mailer_server::ScriptedServer;
use mailer_tests::{binary, blocks};

use crate::case::Case;

/// The number of parallel commands; some of them wait for a time-out.
const AT_A_TIME: usize = 8;
/// The value of `--timeout` in seconds where a server stalls.
const SHORT: &str = "0.5";

/// A row of the table.
struct Row {
    did: String,
    printed: String,
    status: i32,
    hint: String,
}

/// A trial that compares docs/errors.md with the output for these cases.
pub(crate) fn trial(cases: &[(&'static str, Arc<Case>)]) -> Trial {
    let documented = cases.iter().filter(|(_, case)| case.documented_as.is_some());
    let documented: Vec<(&str, Arc<Case>)> =
        documented.map(|(family, case)| (*family, case.clone())).collect();
    Trial::test("docs::errors", move || {
        blocks::check("docs/errors.md", "errors", &table(&documented)?);
        Ok(())
    })
}

fn table(cases: &[(&str, Arc<Case>)]) -> Result<String, Failed> {
    let rows: Vec<Mutex<Option<Result<Row, Failed>>>> =
        cases.iter().map(|_| Mutex::new(None)).collect();
    let next = Mutex::new(0..cases.len());
    let next_index = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(at) = next_index() {
                    let row = Some(row(&cases[at].1));
                    *rows[at].lock().unwrap_or_else(PoisonError::into_inner) = row;
                }
            });
        }
    });
    let mut text = String::new();
    let mut last = "";
    for ((family, case), row) in cases.iter().zip(rows) {
        if std::mem::replace(&mut last, family) != *family {
            let head = "| what the server did | what `mailer send` prints | status | hint |";
            let _ = writeln!(text, "\n### {}\n\n{head}\n| --- | --- | ---: | --- |", title(family));
        }
        let row = row.into_inner().unwrap_or_else(PoisonError::into_inner);
        let row = row.ok_or_else(|| format!("{} was not run", case.name))??;
        let (did, hint) = (row.did, row.hint);
        let _ = writeln!(text, "| {did} | {} | {} | {hint} |", row.printed, row.status);
    }
    Ok(text.trim_start().to_owned() + "\n")
}

fn title(family: &str) -> &'static str {
    match family {
        "starttls" => "STARTTLS and TLS",
        "certificates" => "Certificates",
        "replies" => "Greeting, EHLO, and replies in general",
        "auth" => "AUTH",
        "scram" => "AUTH SCRAM-SHA-256",
        "tokens" => "Access tokens",
        "transaction" => "The transaction",
        _ => "Other cases",
    }
}

/// Runs `mailer send` against the server of this case, and reads its output.
fn row(case: &Case) -> Result<Row, Failed> {
    let server = ScriptedServer::start(case.script(Flow::Auto))?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("ca.pem"), server.ca_pem())?;
    fs::write(folder.path().join("mail.eml"), content(case)?)?;
    let mut command = binary::mailer();
    command.current_dir(folder.path()).args(["send", "--server", &url(case, &server)]);
    command.args(["--ca", "ca.pem", "--hello", "client.example.test"]);
    command.args(["--eml", "mail.eml", "--from", "alice@example.test"]);
    for recipient in case.mails.iter().flat_map(|mail| mail.envelope().recipients()) {
        command.args(["--to", recipient.as_str()]);
    }
    if let Some((user, password)) = &case.login {
        let variable = if case.takes_token() { "SMTP_TOKEN" } else { "SMTP_PASSWORD" };
        command.args(["--user", user]).env(variable, password);
    }
    if let Some(mechanism) = case.mechanism {
        command.args(["--auth", &mechanism.name().to_lowercase()]);
    }
    if case.is_stalled() {
        command.args(["--timeout", SHORT]);
    }
    let output = command.output()?;
    let printed = String::from_utf8(output.stderr)?;
    // A note about a missing greeting may precede the error.
    let mut lines = printed.lines().filter(|line| !line.contains("still waiting"));
    let printed = lines.next().unwrap_or_default();
    let hint = lines.find_map(|line| line.strip_prefix("hint: ")).unwrap_or_default();
    let status = output.status.code().ok_or("the command was killed")?;
    let did = case.documented_as.clone().unwrap_or_default();
    Ok(Row { did, printed: shown(&without_nonce(case, printed)), status, hint: cell(hint) })
}

fn content(case: &Case) -> Result<Vec<u8>, Failed> {
    match case.mails.first().map(|mail| mail.content()) {
        Some(Content::Message(message)) => Ok(message.to_vec()?),
        _ => Err("a documented case sends a prepared message".into()),
    }
}

fn url(case: &Case, server: &ScriptedServer) -> String {
    let port = server.addr().port();
    match case.security {
        Security::Implicit => format!("smtps://localhost:{port}"),
        mode => format!("smtp://localhost:{port}?tls={}", mode.name()),
    }
}

/// Leaves out the challenges of SCRAM: they contain a nonce, which is random.
fn without_nonce(case: &Case, printed: &str) -> String {
    match printed.split_once(": 334 ") {
        Some((before, challenge)) if case.mechanism == Some(Mechanism::ScramSha256) => {
            let rest = if challenge.is_empty() { "" } else { "..." };
            format!("{before}: 334 {rest}")
        }
        _ => printed.to_owned(),
    }
}

/// Shortens OpenSSL's error to its reason, because the rest depends on the version.
fn shown(printed: &str) -> String {
    let Some((before, words)) = printed.split_once(": error:") else { return code(printed) };
    let reason = words.split(':').nth(3).unwrap_or_default();
    let detail = words.rsplit_once(": (").map_or_else(String::new, |(_, rest)| format!(" ({rest}"));
    code(&format!("{before}: error:...:{reason}:...{detail}"))
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text).replace('`', "'"))
}

/// Escapes bars, which would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
