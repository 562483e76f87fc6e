//! `mailer compare`: the same mail, once or several times, through every backend, side by side.

mod known;
mod with;

use std::{path::PathBuf, time::SystemTime};

use clap::Args;
use mailer::{Content, Envelope, Error, Mail, Security};
use mailer_backends::BACKENDS;
use mailer_compare::{
    Comparison, Experiment, compare, external_client::ExternalClients, observation::Observation,
};
use mailer_lab::{Contender, embedded, sample};
use mailer_link::Path;
use mailer_server::Store;

use super::consent::{self, Load};
use crate::{
    complaints,
    exit::{Status, misused},
    interruption,
    mail::{self, Reading},
    options::{BackendOptions, LinkOptions, MailOptions, ServerOptions, path},
    output,
    page::Page,
};
use with::With;

/// As many as are worth looking at; `bench` sends more.
const MOST_MAILS: usize = 100;

/// Sends the same mail through every backend and shows side by side what happened
///
/// Without --server it starts the embedded server, with STARTTLS and AUTH; without options that say
/// what to send it sends a short mail of its own. With --server each backend sends the mail, the one
/// that is measured only too: three arrive, or three times as many as --mails says.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    flow: BackendOptions,
    /// Sends the mail so many times over one connection, to show what is said between two mails
    #[arg(long, value_name = "N", value_parser = mails, default_value = "1")]
    mails: usize,
    #[command(flatten)]
    link: LinkOptions,
    #[command(flatten)]
    with: With,
    /// Starts without asking, also when the server is beyond loopback
    #[arg(long)]
    yes: bool,
    /// Writes the report with a chart to FILE, too
    #[arg(long, value_name = "FILE", value_parser = path())]
    html: Option<PathBuf>,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = misuse(arguments) {
        return Ok(status);
    }
    arguments.flow.note_limits();
    let mail = mail(arguments)?;
    arguments.with.check(&mail)?;
    let given = arguments.server.server()?;
    if let Some(server) = &given {
        let load = load(&mail, arguments.mails);
        if let Some(status) = consent::refused("compare", server, &load, arguments.yes)? {
            return Ok(status);
        }
    }
    let page = Page::open(arguments.html.as_deref())?;
    let security = given.as_ref().map_or(Security::Required, |server| server.security);
    // Ours in any case: where a server is given it is there to warm up.
    let mut config = embedded::config(security).with_store(Store::Memory);
    // It tells what other programs say; otherwise nobody reads it.
    config.keep_transcript = arguments.with.is_asked_for();
    let (embedded, mut ours) = embedded::start_with(config, security)?;
    arguments.server.apply(&mut ours)?;
    let stored = || {
        let contents = embedded::take_contents(&embedded);
        given.is_none().then_some(contents)
    };
    let commands = arguments.with.commands();
    let limit = arguments.with.limit();
    let external_clients = ExternalClients { commands: &commands, embedded: &embedded, limit };
    // A program that is run would outlive this one.
    let interrupted =
        arguments.with.is_asked_for().then(interruption::listen).transpose()?.unwrap_or_default();
    let comparison = compare(
        &contenders(&arguments.flow)?,
        &Experiment {
            server: given.as_ref().unwrap_or(&ours),
            mail: &mail,
            mails: arguments.mails,
            take_stored: &stored,
            warm_up: Some(&ours),
            path: arguments.link.path(),
            keep_packets: false,
            external_clients: arguments.with.is_asked_for().then_some(external_clients),
            interrupted: &interrupted,
            known_causes: known::known(arguments.flow.options(true)?),
            notes: notes(arguments),
        },
    )?;
    let written = write(&comparison, arguments.json, page);
    complain(&comparison, mail.envelope());
    let receipts = || comparison.observations.iter().flat_map(Observation::receipts);
    if let Err(cause) = written {
        complaints::not_written(cause, "mail", receipts().map(|receipt| (receipt.outcome, 1)));
    }
    if comparison.interrupted {
        return Ok(Status::INTERRUPTED);
    }
    Ok(Status::worst(receipts().map(Status::of_receipt)))
}

/// Prints the report, and writes it as a page if that is asked for.
fn write(comparison: &Comparison, json: bool, page: Option<Page>) -> Result<(), Error> {
    // Its colours are control characters of our own; its text is escaped.
    let printed = report(comparison, json).and_then(|text| output::ready_made(&text));
    let page = page.map(|page| page.write(&mailer_compare::html::html(comparison)));
    printed.and(page.unwrap_or(Ok(())))
}

/// A number of mails whose dialogues people can read.
fn mails(text: &str) -> Result<usize, String> {
    let within = |mails: &usize| (1..=MOST_MAILS).contains(mails);
    let wrong = || format!("not a number from 1 to {MOST_MAILS}");
    text.parse().ok().filter(within).ok_or_else(wrong)
}

/// What sending so many messages with every backend, over a connection each, causes at the server.
fn load(mail: &Mail, mails: usize) -> Load {
    let messages = mails.saturating_mul(BACKENDS.len()) as u64;
    Load {
        connections: BACKENDS.len() as u64,
        messages,
        recipients: mail.envelope().recipients().len() as u64,
        bytes: messages.saturating_mul(size(mail.content())),
        open_ended: None,
    }
}

/// Bytes of a content, of a draft about: without its header, and with the base64 of its attachments.
fn size(content: &Content) -> u64 {
    let draft = match content {
        Content::Message(message) => return message.size(),
        Content::Draft(draft) => draft,
    };
    let texts = [&draft.text, &draft.html].into_iter().flatten().map(String::len);
    let attached = draft.attachments.iter().map(|it| it.content.len().div_ceil(3) * 4);
    texts.chain(attached).sum::<usize>() as u64
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
fn mail(arguments: &Arguments) -> Result<Mail, Error> {
    if arguments.mail.is_given() {
        let reading = Reading { time: arguments.server.timeout(), shows_notes: false };
        return mail::prepare(&arguments.mail, reading);
    }
    let id = mail::new_message_id("example.test")?;
    sample::mail(SystemTime::now(), id)
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
    Ok(BACKENDS.iter().map(|backend| backend.contender(options)).collect())
}

/// Each error once, with the names of the clients that met it.
fn complain(comparison: &Comparison, envelope: &Envelope) {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    let of = |observation: &'_ Observation| {
        let sentences = |receipt| complaints::sentences(envelope, receipt);
        observation.receipts().flat_map(sentences).collect::<Vec<_>>()
    };
    for observation in &comparison.observations {
        for text in of(observation) {
            match told.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) if names.contains(&observation.backend.as_str()) => {}
                Some((_, names)) => names.push(&observation.backend),
                None => told.push((text, vec![&observation.backend])),
            }
        }
    }
    for (text, names) in told {
        output::note(&format!("mailer: {}: {text}", names.join(", ")));
    }
}

fn report(comparison: &Comparison, json: bool) -> Result<String, Error> {
    if json {
        return output::json(&mailer_compare::json::document(comparison, "compare"));
    }
    Ok(mailer_compare::text::text(comparison, output::shows_colour()))
}
