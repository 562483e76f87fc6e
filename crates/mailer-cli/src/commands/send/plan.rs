//! `mailer send --plan`: the flights of a session, without a server and without a password.

use mailer::{Credentials, Error, Mail, Security, Server, Step};
use mailer_backends::{Backend, Options};
use mailer_compare::{Experiment, observation::Speaker, observation::Turn};
use mailer_lab::embedded;
use mailer_server::Store;
use serde::Serialize;

use crate::{exit::Status, options::ServerOptions, output};

/// The version of the document of `--plan --json`.
const VERSION: u32 = 1;

/// The user in a plan that names neither a server nor a user.
const USER: &str = "user@example.test";
/// The password in a plan. It is in no flight: plans mask credentials.
const PASSWORD: &str = "not read for a plan";

/// The document of `--plan --json`.
#[derive(Serialize)]
struct Document {
    version: u32,
    backend: &'static str,
    flow: Option<String>,
    origin: Origin,
    flights: Vec<Vec<String>>,
}

/// Where a plan comes from.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    /// Predicted, for a server that announces every extension.
    Predicted,
    /// Recorded in a session with the embedded server.
    Recorded,
}

/// Returns the server that a plan is for: the named one, or one with STARTTLS and AUTH. No password is read.
pub(super) fn server(options: &ServerOptions) -> Result<Server, Error> {
    if let Some(named) = options.server_with(PASSWORD)? {
        return Ok(named);
    }
    let mut server = Server::new("localhost".parse()?, 587, Security::Required);
    server.credentials = Some(Credentials::new(options.user().unwrap_or(USER), PASSWORD)?);
    options.apply(&mut server)?;
    Ok(server)
}

/// Prints the flights with their numbers. Each flight is one round trip.
pub(super) fn show(
    backend: &'static Backend,
    options: Options,
    server: &Server,
    mail: &Mail,
    json: bool,
) -> Result<Status, Error> {
    let (origin, flights) = match backend.plan(server, &options, mail)? {
        Some(flights) => (Origin::Predicted, flights),
        None => (Origin::Recorded, record(backend, options, server, mail)?),
    };
    let text = match json {
        true => output::json(&Document {
            version: VERSION,
            backend: backend.name,
            flow: backend.has_flows.then(|| options.pipelining.flow.to_string()),
            origin,
            flights,
        })?,
        false => text(&flights),
    };
    output::result(&text)?;
    Ok(Status::OK)
}

fn text(flights: &[Vec<String>]) -> String {
    let lines = (1..).zip(flights);
    lines
        .map(|(number, flight): (usize, _)| format!("{number:>3}. {}\n", flight.join(" + ")))
        .collect()
}

/// Sends the mail to an embedded server with the same security and mechanism, and returns the flights.
fn record(
    backend: &'static Backend,
    options: Options,
    planned: &Server,
    mail: &Mail,
) -> Result<Vec<Vec<String>>, Error> {
    let logs_in = planned.credentials.is_some();
    let config = embedded::config(planned.security).with_auth_required(logs_in);
    let (_embedded, mut server) =
        embedded::start_with(config.with_store(Store::Count), planned.security)?;
    server.credentials = server.credentials.filter(|_| logs_in);
    server.hello = planned.hello.clone();
    server.mechanisms.clone_from(&planned.mechanisms);
    // The account's password is its access token too.
    if let Some(account) = server.credentials.as_ref()
        && planned.credentials.as_ref().is_some_and(Credentials::has_token)
    {
        let (user, token) = (account.user(), account.secret().clone());
        server.credentials = Some(Credentials::with_token(user, token)?);
    }
    server.timeouts = planned.timeouts.clone();
    let comparison =
        Experiment::new(&server, mail).run(&[backend.contender(options, planned.tls_library)])?;
    let recorded = comparison.observations.into_iter().next();
    let recorded = recorded.ok_or_else(|| Error::lost(Step::Prepare))?;
    match recorded.receipt.error.clone() {
        Some(error) => Err(error),
        None => Ok(flights(&recorded.dialogue())),
    }
}

/// Returns the commands of each flight, in the form of [`Backend::plan`].
fn flights(dialogue: &[Turn]) -> Vec<Vec<String>> {
    let mut flights: Vec<Vec<String>> = Vec::new();
    for turn in dialogue {
        let mut continues = turn.same_flight;
        if turn.step == Step::Tls {
            flights.push(vec!["(TLS handshake)".into()]);
        }
        for line in &turn.lines {
            let command = match (line.speaker, turn.step) {
                (Speaker::Client, Step::Content) => "(content)",
                // The dot belongs to the content.
                (Speaker::Client, Step::EndOfData) | (Speaker::Note, _) => continue,
                (Speaker::Client, _) => line.text.as_str(),
                (Speaker::Server, _) => {
                    continues = false;
                    continue;
                }
            };
            match flights.last_mut().filter(|_| continues) {
                Some(flight) if flight.last().is_some_and(|last| last == command) => {}
                Some(flight) => flight.push(command.to_owned()),
                None => flights.push(vec![command.to_owned()]),
            }
            continues = true;
        }
    }
    flights
}
