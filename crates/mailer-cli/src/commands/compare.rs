//! `mailer compare`: the same mail through every backend, side by side.

use std::time::SystemTime;

use clap::Args;
use mailer::{Error, Security, Server};
use mailer_backends::BACKENDS;
use mailer_lab::{Comparison, Contender, Experiment, compare, embedded, sample};
use mailer_server::{EmbeddedServer, Store};

use super::send::to_json;
use crate::{
    exit::Status,
    mail::{self, Prepared},
    options::{BackendOptions, MailOptions, ServerOptions},
    output,
};

/// Sends the same mail through every backend and shows side by side what happened
///
/// Without --server it starts the embedded server, with STARTTLS and AUTH; without options that say
/// what to send it sends a short mail of its own.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    flow: BackendOptions,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let prepared = if arguments.mail.is_given() {
        mail::prepare(&arguments.mail)?
    } else {
        Prepared::from(sample::mail(SystemTime::now(), mail::new_message_id("example.test")?)?)
    };
    let (server, embedded) = server(&arguments.server)?;
    let comparison = compare(
        &contenders(&arguments.flow)?,
        &Experiment {
            server: &server,
            mail: &prepared.mail,
            stored: &|| embedded.as_ref().and_then(embedded::take_content),
            // A login more than was asked for is not for other people's servers.
            warm_up: embedded.is_some(),
            notes: Vec::new(),
        },
    )?;
    output::result(&report(&comparison, arguments.json)?)?;
    for error in comparison.sessions.iter().filter_map(|session| session.receipt.error.as_ref()) {
        output::complain(error);
    }
    Ok(Status::worst(comparison.sessions.iter().map(|s| Status::of_receipt(&s.receipt))))
}

/// The server that is named, or an embedded one of our own.
fn server(options: &ServerOptions) -> Result<(Server, Option<EmbeddedServer>), Error> {
    if let Some(server) = options.server()? {
        return Ok((server, None));
    }
    let (embedded, mut server) = embedded::start(Security::Required, Store::Memory)?;
    options.apply(&mut server)?;
    Ok((server, Some(embedded)))
}

/// Every backend, as a contender. Libraries are called as their users call them: on this thread.
fn contenders(flow: &BackendOptions) -> Result<Vec<Contender>, Error> {
    let options = flow.options(true)?;
    let contender = |backend: &'static mailer_backends::Backend| Contender {
        name: backend.name.to_owned(),
        measured_only: backend.measured_only,
        flow: backend.has_flows.then(|| options.flow.to_string()),
        make: Box::new(move |server| backend.make(server, &options)),
    };
    Ok(BACKENDS.iter().map(contender).collect())
}

fn report(comparison: &Comparison, json: bool) -> Result<String, Error> {
    if json {
        return to_json(&mailer_lab::compare::json::document(comparison, "compare"));
    }
    Ok(mailer_lab::compare::text::text(comparison, output::takes_colour()))
}
