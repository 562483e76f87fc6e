//! `mailer send`: one mail.

use std::{fmt::Write as _, sync::Arc, time::Instant};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Envelope, Error, Mail, Outcome, Receipt, Server, Trace};
use mailer_backends::{BACKENDS, Backend, Flow, find};
use mailer_compare::{
    Recorder,
    observation::{Observation, Perspective},
    report,
};
use mailer_link::Path;

use crate::{
    complaints,
    exit::{Status, misused},
    mail::{self, Reading},
    options::{BackendOptions, MailOptions, ServerOptions},
    output,
    patience::Watch,
    trace::Printer,
};

/// Sends one mail
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    /// The way to send it
    #[arg(long, value_name = "BACKEND", default_value = "raw", value_parser = backends(), help_heading = "Backend")]
    backend: String,
    #[command(flatten)]
    flow: BackendOptions,
    /// Sends nothing, and shows what would be said, a flight a line, to a server that announces
    /// everything
    #[arg(long, conflicts_with_all = ["trace", "json"])]
    plan: bool,
    /// Shows the dialogue on stderr, secrets masked
    #[arg(long)]
    trace: bool,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

fn backends() -> PossibleValuesParser {
    let to_send_with = BACKENDS.iter().filter(|backend| !backend.measured_only);
    to_send_with.map(|backend| backend.name).collect::<Vec<_>>().into()
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let Some(server) = arguments.server.server()? else {
        return Ok(misused("no server is named", "name one with --server or SMTP_URL"));
    };
    if !arguments.mail.has_content() {
        return Ok(misused(
            "there is nothing to send",
            "give --body, --body-file, --html-file, --attach or --eml",
        ));
    }
    let backend = find(&arguments.backend)?;
    // Whoever has no flows waits for every reply.
    if !backend.has_flows && !matches!(arguments.flow.flow()?, Flow::Auto | Flow::Lockstep) {
        return Ok(misused("this backend has no flows to choose from", "leave out --flow"));
    }
    arguments.flow.note_limits();
    let reading = Reading { time: arguments.server.timeout(), shows_notes: arguments.trace };
    let mail = mail::prepare(&arguments.mail, reading)?;
    if arguments.plan {
        return show_plan(arguments, backend, &server, &mail);
    }
    let observation = dialogue(arguments, backend, &server, &mail)?;
    let (envelope, receipt) = (mail.envelope(), &observation.receipt);
    for sentence in complaints::sentences(envelope, receipt) {
        output::note(&format!("mailer: {sentence}"));
    }
    let result = match arguments.json {
        true => json(&server, &observation, &mail),
        false => Ok(summary(envelope, receipt)),
    };
    if let Err(cause) = result.and_then(|text| output::result(&text)) {
        complaints::not_written(cause, "mail", [(receipt.outcome, 1)]);
    }
    Ok(Status::of_receipt(receipt))
}

/// Prints the flights, numbered; each is one round trip.
fn show_plan(
    arguments: &Arguments,
    backend: &Backend,
    server: &Server,
    mail: &Mail,
) -> Result<Status, Error> {
    let options = arguments.flow.options(false)?;
    let Some(flights) = backend.plan(server, &options, mail)? else {
        return Ok(misused("this backend makes no plan", "use --backend raw"));
    };
    let lines = (1..)
        .zip(&flights)
        .map(|(number, flight): (usize, _)| format!("{number:>3}. {}\n", flight.join(" + ")));
    output::result(&lines.collect::<String>())?;
    Ok(Status::OK)
}

/// Opens, sends and closes, and keeps what was seen.
fn dialogue(
    arguments: &Arguments,
    backend: &Backend,
    server: &Server,
    mail: &Mail,
) -> Result<Observation, Error> {
    let options = arguments.flow.options(false)?;
    let setup_started = Instant::now();
    let mut mailer = backend.make(server, &options)?;
    let setup_time = setup_started.elapsed();
    let recorder = arguments.json.then(|| Arc::new(Recorder::default()));
    let printer: Option<Arc<dyn Trace>> =
        arguments.trace.then(|| Arc::new(Printer::new()) as Arc<dyn Trace>);
    let recorded = recorder.clone().map(|recorder| recorder as Arc<dyn Trace>);
    let both: Vec<Arc<dyn Trace>> = [printer, recorded].into_iter().flatten().collect();
    let shown = (!both.is_empty()).then(|| Arc::new(Several(both)) as Arc<dyn Trace>);
    let (watch, trace) = Watch::begin(server, shown);
    mailer.trace_to(Some(trace));
    let started = Instant::now();
    let receipt = mailer.send(mail);
    let closing = mailer.close().err();
    drop(watch);
    Ok(Observation {
        backend: backend.name.to_owned(),
        flow: backend
            .has_flows
            .then(|| arguments.flow.flow().map(|flow| flow.to_string()))
            .transpose()?,
        measured_only: backend.measured_only,
        security: server.security,
        setup_time,
        started,
        ended: Instant::now(),
        events: recorder.map(|recorder| recorder.take()).unwrap_or_default(),
        perspective: Perspective::Client,
        path: Path::default(),
        connections: None,
        receipt,
        further: Vec::new(),
        closing,
    })
}

/// Passes events on to several.
struct Several(Vec<Arc<dyn Trace>>);

impl Trace for Several {
    fn event(&self, event: &mailer::Event<'_>) {
        self.0.iter().for_each(|trace| trace.event(event));
    }
}

/// The outcome, the final reply, and what each recipient that was refused was told.
fn summary(envelope: &Envelope, receipt: &Receipt) -> String {
    let outcome = match receipt.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Partial => "accepted for some recipients only",
        Outcome::Rejected => "rejected",
        Outcome::NotSent => "not sent: nothing was delivered",
        Outcome::Unknown => {
            "unknown: all of it was sent and no answer came; sending it again may make a duplicate"
        }
    };
    let reply = receipt.reply.as_ref().map_or_else(String::new, |reply| format!(": {reply}"));
    let mut text = format!("{outcome}{reply}\n");
    for (address, reply) in complaints::refused(envelope, receipt) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "refused: {address}: {reply}");
    }
    text
}

fn json(server: &Server, observation: &Observation, mail: &Mail) -> Result<String, Error> {
    let document = report::Document {
        version: report::VERSION,
        command: "send".into(),
        server: server.to_string(),
        interrupted: false,
        results: vec![report::ResultEntry::new(observation, mail.envelope())],
        stored: None,
    };
    output::json(&document)
}
