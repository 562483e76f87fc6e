//! `mailer explain`: the lesson on one session, step by step, and on broken dialogues.

mod broken;
mod reader;
mod stepper;

use std::io::{self, IsTerminal as _};

use clap::{Args, builder::PossibleValue};
use mailer::{Error, Mechanism, Security, Server, TlsLibrary};
use mailer_backends::{BACKENDS, Flow, call_into_library, code_elsewhere, code_line};
use mailer_compare::{
    Comparison, Experiment, html::SourceCode, observation::Observation, text::Format,
};
use mailer_explain::{BREAKS, Break, Lesson, text::View};
use mailer_lab::{Contender, embedded};
use mailer_server::{EmbeddedServer, Store};

use super::{
    compare::{self, print_errors},
    consent,
};
use crate::{
    exit::{Status, usage_error},
    options::{MailOptions, ServerOptions, with_values},
    output,
};
use broken::Breaker;
use stepper::{END, Stepper};

/// The narrowest and the widest text of the lesson, in columns: longer lines are hard to read.
const WIDTHS: (usize, usize) = (40, 100);

/// What the lesson can do besides.
const HINT: &str = "With --step, explain waits at each step and asks first. With --break, it sends a broken \
    dialogue and shows what the server really answers.";

/// The name that stands for every broken dialogue.
const ALL: &str = "all";

/// Explain one session step by step
///
/// Sends a message with raw and with lettre, and shows the session in fifteen steps: what the client sends and why,
/// what the server may answer and did answer, the RFC sections, and the line of code in each backend. Without
/// --server, explain uses the embedded server. With --server, two copies of the message arrive.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    /// Wait at each step, and ask first
    ///
    /// At each step, explain asks what the server will say, and waits. Press Enter for the answer and for the next
    /// step, or type a command: b (back), x (break it), ? (the step word by word), q (quit). Where neither a person
    /// nor a file with such lines is on stdin, explain does not wait.
    #[arg(long, conflicts_with = "breaks")]
    step: bool,
    #[arg(
        help = "Send a broken dialogue",
        long_help = with_values(
            "Send this broken dialogue instead, and show what the server answers and what the backends do (may be \
             repeated)",
            break_values()
        ),
        long = "break",
        value_name = "NAME",
        value_parser = break_names(),
        hide_possible_values = true
    )]
    breaks: Vec<String>,
    /// Do not ask before using a remote server
    ///
    /// Without --yes, explain asks before it connects to a server that is not on loopback, and again before each
    /// broken dialogue.
    #[arg(long)]
    yes: bool,
}

impl Arguments {
    /// Completes the options with the profile that they name.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        self.server.use_profile(false).map(drop)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = arguments.server.tls_library.refuse_several() {
        return Ok(status);
    }
    if arguments.server.names_only_a_user() {
        let hint = "the embedded server has its own user";
        return Ok(usage_error("--user needs --server", hint));
    }
    let mail = compare::mail_or_sample(&arguments.mail, &arguments.server)?;
    let (embedded, server) = place(arguments)?;
    let breaker = Breaker {
        server: &server,
        inbox: embedded.as_ref(),
        envelope: mail.envelope(),
        contenders: contenders(server.tls_library),
        view: view(),
        yes: arguments.yes,
    };
    if !arguments.breaks.is_empty() {
        return run_breaks(arguments, &breaker);
    }
    let load = compare::load(&mail, 1, breaker.contenders.len());
    if let Some(status) = consent::refused("explain", &server, &load, arguments.yes)? {
        return Ok(status);
    }
    let comparison = Experiment::new(&server, &mail).run(&breaker.contenders)?;
    let lesson = Lesson::new(&comparison);
    let waits = arguments.step && (io::stdout().is_terminal() || !io::stdin().is_terminal());
    if waits {
        Stepper::new(&lesson, &breaker).run()?;
    } else {
        output::unescaped(&whole(&lesson, &breaker.view))?;
    }
    print_errors(&comparison, mail.envelope());
    Ok(status(&comparison))
}

/// Returns the whole lesson, without questions that wait.
fn whole(lesson: &Lesson, view: &View<'_>) -> String {
    let mut text = view.introduction(lesson);
    text.push('\n');
    text.push_str(&view.hint(HINT));
    for part in &lesson.parts {
        text.push('\n');
        text.push_str(&view.question(lesson, part));
        text.push_str(&view.answer(part));
        for more in [view.words(part, |word| word.is_new), view.breaks_of(part)] {
            if !more.is_empty() {
                text.push('\n');
                text.push_str(&more);
            }
        }
    }
    text.push('\n');
    text.push_str(&view.hint(END));
    text
}

/// Runs the broken dialogues that the options name. One that does not get as far as its fault is an error, and
/// the next one follows.
fn run_breaks(arguments: &Arguments, breaker: &Breaker<'_>) -> Result<Status, Error> {
    let is_named =
        |one: &&Break| arguments.breaks.iter().any(|name| name == one.name || name == ALL);
    let mut status = Status::OK;
    for one in BREAKS.iter().filter(is_named) {
        if let Some(status) = breaker.refused(one)? {
            return Ok(status);
        }
        output::unescaped(&breaker.question(one))?;
        match breaker.answer(one) {
            Ok(text) => output::unescaped(&format!("\n{text}"))?,
            Err(error) => {
                output::error(&error);
                status = Status::worst([status, Status::from_error(&error)]);
            }
        }
        output::unescaped(&format!("\n{}\n", breaker.handling(one)?))?;
    }
    Ok(status)
}

/// Returns the server of the lesson: the named one, or an embedded one.
fn place(arguments: &Arguments) -> Result<(Option<EmbeddedServer>, Server), Error> {
    if let Some(server) = arguments.server.server()? {
        return Ok((None, server));
    }
    let security = Security::Required;
    let mechanism = arguments.server.mechanism();
    let config = embedded::config_offering(security, mechanism).with_store(Store::Memory);
    let (embedded, mut server) = embedded::start_with(config, security)?;
    arguments.server.apply(&mut server)?;
    // LOGIN has a step for each of its lines; the other mechanisms need fewer.
    if mechanism.is_none() {
        server.mechanisms = vec![Mechanism::Login];
    }
    Ok((Some(embedded), server))
}

/// Returns the backends of the lesson. raw waits for each reply, so that the steps follow one another.
fn contenders(library: TlsLibrary) -> Vec<Contender> {
    let backends = BACKENDS.iter().filter(|backend| !backend.measured_only);
    backends.map(|backend| backend.contender(Flow::Lockstep.into(), library)).collect()
}

fn view() -> View<'static> {
    let (least, most) = WIDTHS;
    let format =
        Format { width: output::width().clamp(least, most), colour: output::shows_colour() };
    View::new(format, SourceCode { line: &code_line, call: &call_into_library }, code_elsewhere)
}

fn status(comparison: &Comparison) -> Status {
    let receipts = comparison.observations.iter().flat_map(Observation::receipts);
    Status::worst(receipts.map(Status::from_receipt))
}

/// Returns the values of `--break`.
fn break_values() -> Vec<PossibleValue> {
    let named = |one: &Break| PossibleValue::new(one.name).help(one.note().title);
    let all = PossibleValue::new(ALL).help("all of them, one after the other");
    BREAKS.iter().map(named).chain([all]).collect()
}

fn break_names() -> clap::builder::PossibleValuesParser {
    break_values().into_iter().map(|value| value.get_name().to_owned()).collect::<Vec<_>>().into()
}
