//! `mailer check`: connects and logs in, and reports what the server offers. It sends no message.

mod facts;
mod json;
mod text;

use std::sync::Arc;

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Trace};
use mailer_backends::{Options, find};
use mailer_compare::Recorder;

use self::facts::Facts;
use crate::{
    exit::{Status, usage_error},
    greeting_watch::GreetingWatch,
    options::{DEFAULT_BACKEND, ServerOptions, backends, with_values},
    output,
    trace::{Printer, Shown, TraceList},
};

/// Connect and log in, and report what the server offers
///
/// No message is sent. The report has the extensions that the server announces, the AUTH mechanisms and flows that
/// it takes, and the round trips that a message would cost with each flow. Only raw has flows.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: ServerOptions,
    #[arg(
        help = "Connect with raw or lettre [default: raw]",
        long_help = with_values("Connect with this backend [default: raw]", backends(false)),
        long,
        value_name = "BACKEND",
        value_parser = PossibleValuesParser::from(backends(false)),
        hide_possible_values = true
    )]
    backend: Option<String>,
    /// Print the dialogue on stderr, with secrets masked
    #[arg(long)]
    trace: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Completes the options with the profile, if there is one.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        if let Some(profile) = self.server.use_profile(true)? {
            self.backend = self.backend.take().or(profile.backend);
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = arguments.server.tls_library.refuse_several() {
        return Ok(status);
    }
    let Some(server) = arguments.server.server()? else {
        return Ok(usage_error("no server is named", "name one with --server or SMTP_URL"));
    };
    let backend = find(arguments.backend.as_deref().unwrap_or(DEFAULT_BACKEND))?;
    let mut mailer = backend.make(&server, &Options::default())?;
    let recorder = Arc::new(Recorder::default());
    let printer = arguments.trace.then(|| Arc::new(Printer::new(Shown::Short)) as Arc<dyn Trace>);
    let traces = [Some(Arc::clone(&recorder) as Arc<dyn Trace>), printer].into_iter().flatten();
    let traces: Arc<dyn Trace> = Arc::new(TraceList::new(traces.collect()));
    let (watch, trace) = GreetingWatch::start(&server, Some(traces));
    mailer.trace_to(Some(trace));
    let opened = mailer.open();
    drop(watch);
    // The report is about the session; how it ends changes nothing in it.
    let _ = mailer.close();
    let facts = Facts::new(backend, &server, &recorder.take(), opened.as_ref().err());
    let report = match arguments.json {
        true => output::json(&json::Document::new(&server, &facts))?,
        false => text::report(&server, &facts, output::width()),
    };
    output::result(&report)?;
    match opened {
        Ok(()) => Ok(Status::OK),
        Err(error) => Err(error),
    }
}
