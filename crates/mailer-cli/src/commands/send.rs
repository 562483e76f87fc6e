//! `mailer send`: sends one message.

mod plan;

use std::{fmt::Write as _, sync::Arc, time::Instant};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Envelope, Error, Mail, Outcome, Receipt, Server, Trace};
use mailer_backends::{Backend, Flow, find};
use mailer_compare::{Recorder, observation::Observation, report};

use crate::{
    exit::{Status, usage_error},
    greeting_watch::GreetingWatch,
    mail::{self, Reading},
    options::{BackendOptions, DEFAULT_BACKEND, MailOptions, ServerOptions, backends, with_values},
    output, receipt_errors,
    trace::{Printer, Shown, TraceList},
};

/// Send one message
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[arg(
        help = "Send with raw or lettre [default: raw]",
        long_help = with_values("Send with this backend [default: raw]", backends(false)),
        long,
        value_name = "BACKEND",
        value_parser = PossibleValuesParser::from(backends(false)),
        hide_possible_values = true
    )]
    backend: Option<String>,
    #[command(flatten)]
    backend_options: BackendOptions,
    /// Print the flights of commands and send nothing
    ///
    /// Each line is a flight, and so a round trip. --plan needs no server and no password: without --server,
    /// the plan is for a server with STARTTLS and AUTH. The plan of raw assumes a server that announces every
    /// extension. The plan of lettre is recorded in a session with the embedded server.
    #[arg(long, conflicts_with = "trace")]
    plan: bool,
    /// Print the dialogue on stderr, with secrets masked
    ///
    /// Each line shows the number of its step, the time in milliseconds, and the line of source code that
    /// sent it. docs/notebook.md lists the steps; a step has the same number with every backend and flow.
    #[arg(long)]
    trace: bool,
    /// Print the result as JSON
    ///
    /// docs/schema/result.schema.json describes the document.
    #[arg(long)]
    json: bool,
    /// Show whole messages in --trace and --json
    ///
    /// Without this option, they show the beginning of each message and its size.
    #[arg(long)]
    full: bool,
}

impl Arguments {
    /// Completes the options with the profile, if there is one.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        if let Some(mut profile) = self.server.use_profile(true)? {
            self.backend = self.backend.take().or(profile.backend.take());
            self.mail.use_profile(profile);
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = arguments.server.tls_library.refuse_several() {
        return Ok(status);
    }
    let server = if arguments.plan {
        Some(plan::server(&arguments.server)?)
    } else {
        arguments.server.server()?
    };
    let Some(server) = server else {
        return Ok(usage_error("no server is named", "name one with --server or SMTP_URL"));
    };
    if !arguments.mail.has_content() {
        return Ok(usage_error(
            "there is nothing to send",
            "pass --body, --body-file, --html-file, --attach or --eml",
        ));
    }
    let backend = find(arguments.backend.as_deref().unwrap_or(DEFAULT_BACKEND))?;
    // A backend without flows waits for every reply, so it satisfies `lockstep`.
    if !backend.has_flows
        && !matches!(arguments.backend_options.flow()?, Flow::Auto | Flow::Lockstep)
    {
        return Ok(usage_error(
            "this backend has no flows",
            "leave out --flow, or use --backend raw",
        ));
    }
    arguments.backend_options.note_limits();
    let reading = Reading { time: arguments.server.timeout(), shows_notes: arguments.trace };
    let mail = mail::prepare(&arguments.mail, reading)?;
    if arguments.plan {
        let options = arguments.backend_options.options(false)?;
        return plan::show(backend, options, &server, &mail, arguments.json);
    }
    let observation = send(arguments, backend, &server, &mail)?;
    let (envelope, receipt) = (mail.envelope(), &observation.receipt);
    for text in receipt_errors::texts(envelope, receipt) {
        output::note(&format!("mailer: {text}"));
    }
    let result = match arguments.json {
        true => json(arguments, &server, &observation, &mail),
        false => Ok(summary(envelope, receipt)),
    };
    if let Err(cause) = result.and_then(|text| output::result(&text)) {
        receipt_errors::result_not_written(&cause, "message", [(receipt.outcome, 1)]);
    }
    Ok(Status::from_receipt(receipt))
}

/// Opens a connection, sends the message and closes the connection.
fn send(
    arguments: &Arguments,
    backend: &Backend,
    server: &Server,
    mail: &Mail,
) -> Result<Observation, Error> {
    let options = arguments.backend_options.options(false)?;
    let setup_started = Instant::now();
    let mut mailer = backend.make(server, &options)?;
    let setup_time = setup_started.elapsed();
    let shown = if arguments.full { Shown::Full } else { Shown::Short };
    let kept = if arguments.full { usize::MAX } else { report::SHORT_TEXT };
    let recorder = arguments.json.then(|| Arc::new(Recorder::keeping(kept)));
    let printer: Option<Arc<dyn Trace>> =
        arguments.trace.then(|| Arc::new(Printer::new(shown)) as Arc<dyn Trace>);
    let recorded = recorder.clone().map(|recorder| recorder as Arc<dyn Trace>);
    let traces: Vec<Arc<dyn Trace>> = [printer, recorded].into_iter().flatten().collect();
    let traces = (!traces.is_empty()).then(|| Arc::new(TraceList::new(traces)) as Arc<dyn Trace>);
    let (watch, trace) = GreetingWatch::start(server, traces);
    mailer.trace_to(Some(trace));
    let started = Instant::now();
    let receipt = mailer.send(mail);
    let closing = mailer.close().err();
    drop(watch);
    let flow = backend.has_flows.then(|| arguments.backend_options.flow().map(|it| it.to_string()));
    let mut observation = Observation::new(backend.name, server.security, receipt);
    observation.flow = flow.transpose()?;
    observation.measured_only = backend.measured_only;
    observation.setup_time = setup_time;
    observation.started = started;
    observation.events = recorder.map(|recorder| recorder.take()).unwrap_or_default();
    observation.closing = closing;
    Ok(observation)
}

/// Returns the outcome with the final reply, and the reply to each refused recipient.
fn summary(envelope: &Envelope, receipt: &Receipt) -> String {
    let outcome = match receipt.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Partial => "accepted for some recipients only",
        Outcome::Rejected => "rejected",
        Outcome::NotSent => "not sent: nothing was delivered",
        Outcome::Unknown => {
            "unknown: the whole message was sent and no reply came; a second attempt may deliver a duplicate"
        }
    };
    let reply = receipt.reply.as_ref().map_or_else(String::new, |reply| format!(": {reply}"));
    let mut text = format!("{outcome}{reply}\n");
    for (address, reply) in receipt_errors::refused(envelope, receipt) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "refused: {address}: {reply}");
    }
    text
}

fn json(
    arguments: &Arguments,
    server: &Server,
    observation: &Observation,
    mail: &Mail,
) -> Result<String, Error> {
    let document = report::Document {
        version: report::VERSION,
        command: "send".into(),
        server: server.to_string(),
        interrupted: false,
        results: vec![report::ResultEntry::new(observation, mail.envelope())],
        stored: None,
    };
    output::json(&if arguments.full { document } else { document.shortened() })
}
