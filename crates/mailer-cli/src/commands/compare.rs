//! `mailer compare`: the same mail through every backend, side by side.

mod known;
mod with;

use std::{path::PathBuf, time::SystemTime};

use clap::Args;
use mailer::{Error, Security};
use mailer_backends::BACKENDS;
use mailer_lab::{
    Comparison, Contender, Experiment, compare, embedded, link::Path, other::Others, sample,
};
use mailer_server::Store;

use super::{contender::contender, send::to_json};
use crate::{
    exit::{Status, misused},
    mail::{self, Prepared},
    options::{BackendOptions, LinkOptions, MailOptions, ServerOptions},
    output,
};
use with::With;

/// Sends the same mail through every backend and shows side by side what happened
///
/// Without --server it starts the embedded server, with STARTTLS and AUTH; without options that say
/// what to send it sends a short mail of its own. With --server each backend sends the mail, the one
/// that is measured only too: three arrive.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    flow: BackendOptions,
    #[command(flatten)]
    link: LinkOptions,
    #[command(flatten)]
    with: With,
    /// Writes the report with a chart to FILE, too
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = misuse(arguments) {
        return Ok(status);
    }
    let prepared = prepared(&arguments.mail)?;
    let given = arguments.server.server()?;
    let security = given.as_ref().map_or(Security::Required, |server| server.security);
    // Ours in any case: where a server is given it is there to warm up.
    let mut config = embedded::config(security).with_store(Store::Memory);
    // It tells what other programs say; otherwise nobody reads it.
    config.keep_transcript = arguments.with.is_asked_for();
    let (embedded, mut ours) = embedded::start_with(config, security)?;
    arguments.server.apply(&mut ours)?;
    let stored = || {
        let content = embedded::take_content(&embedded);
        if given.is_none() { content } else { None }
    };
    let commands = arguments.with.commands();
    let others = Others { commands: &commands, embedded: &embedded, limit: arguments.with.limit() };
    let comparison = compare(
        &contenders(&arguments.flow)?,
        &Experiment {
            server: given.as_ref().unwrap_or(&ours),
            mail: &prepared.mail,
            stored: &stored,
            warm_up: Some(&ours),
            path: arguments.link.path(),
            others: arguments.with.is_asked_for().then_some(others),
            known: known::known(arguments.flow.options(true)?),
            notes: notes(arguments),
        },
    )?;
    output::result(&report(&comparison, arguments.json)?)?;
    if let Some(file) = &arguments.html {
        output::file(file, &mailer_lab::compare::html::html(&comparison))?;
    }
    complain(&comparison);
    Ok(Status::worst(comparison.sessions.iter().map(|s| Status::of_receipt(&s.receipt))))
}

/// What cannot be done with these options.
fn misuse(arguments: &Arguments) -> Option<Status> {
    if arguments.server.names_a_user_only() {
        let hint = "the embedded server has its own user";
        return Some(misused("a user is named and no server", hint));
    }
    if arguments.with.is_asked_for() && arguments.server.names_a_server() {
        return Some(misused(
            "--with is for the embedded server only, and a server is named",
            "other processes could read a password that is filled in; leave out --server and SMTP_URL",
        ));
    }
    None
}

/// The mail that the options describe, or a short one of our own.
fn prepared(options: &MailOptions) -> Result<Prepared, Error> {
    if options.is_given() {
        return mail::prepare(options);
    }
    let id = mail::new_message_id("example.test")?;
    Ok(Prepared::from(sample::mail(SystemTime::now(), id)?))
}

/// What the head of the report says beyond what was seen.
fn notes(arguments: &Arguments) -> Vec<(String, String)> {
    let path = arguments.link.path();
    if path == Path::default() {
        return Vec::new();
    }
    vec![("link".into(), format!("{path}, simulated"))]
}

/// Every backend, as a contender. Libraries are called as their users call them: on this thread.
fn contenders(flow: &BackendOptions) -> Result<Vec<Contender>, Error> {
    let options = flow.options(true)?;
    Ok(BACKENDS.iter().map(|backend| contender(backend, options)).collect())
}

/// Each error once, with the names of those who met it.
fn complain(comparison: &Comparison) {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for session in &comparison.sessions {
        let Some(error) = &session.receipt.error else { continue };
        let text = output::sentence(error);
        match told.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(&session.backend),
            None => told.push((text, vec![&session.backend])),
        }
    }
    for (text, names) in told {
        output::note(&format!("mailer: {}: {text}", names.join(", ")));
    }
}

fn report(comparison: &Comparison, json: bool) -> Result<String, Error> {
    if json {
        return to_json(&mailer_lab::compare::json::document(comparison, "compare"));
    }
    Ok(mailer_lab::compare::text::text(comparison, output::takes_colour()))
}
