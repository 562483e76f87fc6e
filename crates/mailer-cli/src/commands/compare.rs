//! `mailer compare`: the same mail through every backend, side by side.

use std::{
    num::NonZeroU64,
    time::{Duration, SystemTime},
};

use clap::Args;
use mailer::{Error, Security};
use mailer_backends::BACKENDS;
use mailer_lab::{Comparison, Contender, Experiment, compare, embedded, link::Path, sample};
use mailer_server::Store;

use super::send::to_json;
use crate::{
    exit::{Status, misused},
    mail::{self, Prepared},
    options::{BackendOptions, MailOptions, ServerOptions},
    output,
};

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
    /// Puts a way to the server between that takes so many milliseconds there and back
    #[arg(long, value_name = "MS", default_value_t = 0)]
    link_rtt: u16,
    /// Lets so many megabits per second pass in each direction, of content and commands, not counting
    /// headers of packets
    #[arg(long, value_name = "MBIT", value_parser = bandwidth)]
    link_bandwidth: Option<NonZeroU64>,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if arguments.server.names_a_user_only() {
        return Ok(misused(
            "a user is named and no server",
            "the embedded server has its own user",
        ));
    }
    let prepared = if arguments.mail.is_given() {
        mail::prepare(&arguments.mail)?
    } else {
        Prepared::from(sample::mail(SystemTime::now(), mail::new_message_id("example.test")?)?)
    };
    let given = arguments.server.server()?;
    let security = given.as_ref().map_or(Security::Required, |server| server.security);
    // Ours in any case: where a server is given it is there to warm up.
    let (embedded, mut ours) = embedded::start(security, Store::Memory)?;
    arguments.server.apply(&mut ours)?;
    let stored = || {
        let content = embedded::take_content(&embedded);
        if given.is_none() { content } else { None }
    };
    let comparison = compare(
        &contenders(&arguments.flow)?,
        &Experiment {
            server: given.as_ref().unwrap_or(&ours),
            mail: &prepared.mail,
            stored: &stored,
            warm_up: Some(&ours),
            path: path(arguments),
            notes: notes(arguments),
        },
    )?;
    output::result(&report(&comparison, arguments.json)?)?;
    complain(&comparison);
    Ok(Status::worst(comparison.sessions.iter().map(|s| Status::of_receipt(&s.receipt))))
}

/// What the head of the report says beyond what was seen.
fn notes(arguments: &Arguments) -> Vec<(String, String)> {
    let path = path(arguments);
    if path == Path::default() {
        return Vec::new();
    }
    vec![("link".into(), format!("{path}, simulated"))]
}

fn path(arguments: &Arguments) -> Path {
    Path {
        round_trip: Duration::from_millis(arguments.link_rtt.into()),
        bandwidth: arguments.link_bandwidth,
    }
}

/// Megabits per second as octets per second.
fn bandwidth(text: &str) -> Result<NonZeroU64, String> {
    const OCTETS: f64 = 1_000_000.0 / 8.0;
    let megabits: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    // A conversion to an integer ends at its bounds, and makes nothing of what is no number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "so it shall")]
    NonZeroU64::new((megabits * OCTETS) as u64).ok_or_else(|| "it must be more than 0".to_owned())
}

/// Every backend, as a contender. Libraries are called as their users call them: on this thread.
fn contenders(flow: &BackendOptions) -> Result<Vec<Contender>, Error> {
    let options = flow.options(true)?;
    let contender = |backend: &'static mailer_backends::Backend| Contender {
        name: backend.name.to_owned(),
        measured_only: backend.measured_only,
        flow: backend.has_flows.then(|| options.grouping.flow.to_string()),
        make: Box::new(move |server| backend.make(server, &options)),
    };
    Ok(BACKENDS.iter().map(contender).collect())
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
