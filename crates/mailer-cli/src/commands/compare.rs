//! `mailer compare`: sends the same message through every backend and shows the sessions side by side.

mod capture;
mod known;
mod recordings;
mod with;

use std::{path::PathBuf, time::SystemTime};

use clap::Args;
use mailer::{Content, Envelope, Error, Mail, Security, TlsLibrary};
use mailer_backends::{BACKENDS, Options, call_into_library, code_line, share_mechanisms};
use mailer_compare::{
    Comparison, Experiment,
    external_client::ExternalClients,
    html::{Context, SourceCode},
    observation::Observation,
    recordings::Recordings,
    text::Format,
};
use mailer_lab::{Contender, embedded, sample};
use mailer_link::Path;
use mailer_server::{Config, Store};

use super::consent::{self, Load};
use crate::{
    command_line::command_line,
    exit::{Status, usage_error},
    interruption,
    mail::{self, Reading, message_id},
    options::{BackendOptions, LinkOptions, MailOptions, ServerOptions, optional_path},
    output,
    output_file::OutputFile,
    page_facts::page_facts,
    receipt_errors,
};
use capture::Capture;
use recordings::RunSettings;
use with::With;

/// The most messages whose dialogues a person can read; `bench` sends more.
const MAX_MESSAGES: usize = 100;

/// Compare all backends on the same message
///
/// Without --server, compare starts the embedded server with STARTTLS and AUTH. Without options that describe
/// a message, it sends a short message of its own. With --server, each of the three backends (raw, lettre and
/// lettre-connection) sends the message: three copies arrive, or three times --messages. With two values of
/// --tls-library, it is six.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    mail: MailOptions,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    backend_options: BackendOptions,
    /// Send the message N times over one connection
    #[arg(long, alias = "mails", value_name = "N", value_parser = messages, default_value = "1")]
    messages: usize,
    #[command(flatten)]
    link: LinkOptions,
    #[command(flatten)]
    with: With,
    /// Do not ask before using a remote server
    ///
    /// Without --yes, compare asks before it connects to a server that is not on loopback.
    #[arg(long)]
    yes: bool,
    /// Also write the report to FILE as a web page
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    html: Option<PathBuf>,
    /// Leave out the recordings for the page
    ///
    /// Without --no-recordings, --html sends the message some hundred times more to the embedded server, so that
    /// the controls of the page can show other TLS modes, mechanisms and flows. This takes about half a minute. With
    /// --server, there are no recordings.
    #[arg(long)]
    no_recordings: bool,
    /// Also write a capture for Wireshark to FILE
    ///
    /// The file (pcapng) contains the TLS secrets, so Wireshark shows the decrypted SMTP. It is created with mode
    /// 0600, because every process that can read it can read the sessions. --pcap works with the embedded server
    /// only.
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    pcap: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Show whole messages in --json
    ///
    /// Without this option, --json shows the beginning of each message and its size; with it, up to 64 KiB of
    /// each.
    #[arg(long, requires = "json")]
    full: bool,
}

impl Arguments {
    /// Completes the options with the profile that they name.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        self.server.use_profile(false).map(drop)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if let Some(status) = find_usage_error(arguments) {
        return Ok(status);
    }
    arguments.backend_options.note_limits();
    let options = arguments.backend_options.options(true)?;
    let libraries = arguments.server.tls_library.all();
    let mail = mail_or_sample(&arguments.mail, &arguments.server)?;
    arguments.with.check(&mail)?;
    let mut given = arguments.server.server()?;
    if let Some(server) = &mut given {
        share_mechanisms(server, BACKENDS);
        let load = load(&mail, arguments.messages, BACKENDS.len() * libraries.len());
        if let Some(status) = consent::refused("compare", server, &load, arguments.yes)? {
            return Ok(status);
        }
    }
    let page = OutputFile::open("--html", arguments.html.as_deref())?;
    let capture = Capture::open(arguments.pcap.as_deref())?;
    let security = given.as_ref().map_or(Security::Required, |server| server.security);
    // The embedded server runs in any case: with --server it is for the warm-up.
    let config = config(arguments, security, capture.as_ref());
    let (embedded, mut ours) = embedded::start_with(config, security)?;
    arguments.server.apply(&mut ours)?;
    share_mechanisms(&mut ours, BACKENDS);
    let commands = arguments.with.commands();
    let limit = arguments.with.timeout();
    // Without this flag, a signal would end this process and leave an external client running.
    let interrupted =
        arguments.with.is_set().then(interruption::flag).transpose()?.unwrap_or_default();
    let mut experiment = match &given {
        Some(server) => Experiment::new(server, &mail).warm_up_on(&ours),
        None => Experiment::on_embedded(&embedded, &ours, &mail),
    }
    .mails(arguments.messages)
    .over(arguments.link.path())
    .keep_packets(capture.is_some() || page.is_some())
    .interrupted_by(&interrupted)
    .known_causes(known::known(options));
    for (label, value) in notes(arguments) {
        experiment = experiment.note(label, value);
    }
    if arguments.with.is_set() {
        let clients = ExternalClients { commands: &commands, embedded: &embedded, limit };
        experiment = experiment.external_clients(clients);
    }
    let comparison = experiment.run(&contenders(options, &libraries))?;
    let captured = capture.map_or(Ok(()), |capture| capture.write(&comparison));
    let written = write(&comparison, arguments, page).and(captured);
    print_errors(&comparison, mail.envelope());
    let receipts = || comparison.observations.iter().flat_map(Observation::receipts);
    if let Err(cause) = written {
        receipt_errors::result_not_written(
            &cause,
            "message",
            receipts().map(|receipt| (receipt.outcome, 1)),
        );
    }
    if comparison.interrupted {
        return Ok(Status::INTERRUPTED);
    }
    Ok(Status::worst(receipts().map(Status::from_receipt)))
}

/// The configuration of the embedded server.
fn config(arguments: &Arguments, security: Security, capture: Option<&Capture>) -> Config {
    let mechanism = arguments.server.mechanism();
    let mut config = embedded::config_offering(security, mechanism).with_store(Store::Memory);
    // The transcript shows the sessions of external clients.
    config.keep_transcript = arguments.with.is_set();
    match capture {
        Some(capture) => capture.collect_secrets(config),
        None => config,
    }
}

/// Prints the report, and writes it as a web page if `--html` is set.
fn write(
    comparison: &Comparison,
    arguments: &Arguments,
    page: Option<OutputFile>,
) -> Result<(), Error> {
    // The report contains colours; its text is escaped already.
    let printed = report(comparison, arguments).and_then(|text| output::unescaped(&text));
    let page = page.map(|page| page.write(html(comparison, arguments)?.as_bytes()));
    printed.and(page.unwrap_or(Ok(())))
}

fn html(comparison: &Comparison, arguments: &Arguments) -> Result<String, Error> {
    // A server of the user's gets no more messages than the user asked for.
    let run = if arguments.no_recordings || arguments.server.names_a_server() {
        None
    } else {
        RunSettings::new(arguments.backend_options.options(true)?, &arguments.server)
    };
    let recordings = match run {
        Some(run) => recordings::record_all(&comparison.mail, comparison.mails, &run)?
            .with_run(&comparison.observations),
        None => Recordings::from_observations(&comparison.observations),
    };
    let context = Context {
        recordings: &recordings,
        path: arguments.link.path(),
        command: &command_line(),
        facts: &page_facts(),
        code: SourceCode { line: &code_line, call: &call_into_library },
    };
    Ok(mailer_compare::html::html(comparison, &context))
}

/// Parses the value of `--messages`.
fn messages(text: &str) -> Result<usize, String> {
    let within = |messages: &usize| (1..=MAX_MESSAGES).contains(messages);
    text.parse().ok().filter(within).ok_or_else(|| format!("not a number from 1 to {MAX_MESSAGES}"))
}

/// Returns the load on the server if so many backends each send the message so often over one connection.
pub(super) fn load(mail: &Mail, messages: usize, backends: usize) -> Load {
    let messages = messages.saturating_mul(backends) as u64;
    Load {
        connections: backends as u64,
        messages,
        recipients: mail.envelope().recipients().len() as u64,
        bytes: messages.saturating_mul(size(mail.content())),
        open_ended: None,
    }
}

/// Returns the size of a content in bytes. For a draft this is an estimate: its texts and the base64 of its
/// attachments, without the header.
fn size(content: &Content) -> u64 {
    let draft = match content {
        Content::Message(message) => return message.size(),
        Content::Draft(draft) => draft,
    };
    let texts = [&draft.text, &draft.html].into_iter().flatten().map(String::len);
    let attached = draft.attachments.iter().map(|it| it.content.len().div_ceil(3) * 4);
    texts.chain(attached).sum::<usize>() as u64
}

/// Prints the first conflict between the options, if there is one.
fn find_usage_error(arguments: &Arguments) -> Option<Status> {
    if arguments.server.names_only_a_user() {
        let hint = "the embedded server has its own user";
        return Some(usage_error("--user needs --server", hint));
    }
    if arguments.with.is_set() && arguments.server.names_a_server() {
        return Some(usage_error(
            "--with works with the embedded server only",
            "leave out --server and SMTP_URL: other processes could read the password of a real server",
        ));
    }
    if arguments.pcap.is_some() && arguments.server.names_a_server() {
        return Some(usage_error(
            "--pcap works with the embedded server only",
            "leave out --server and SMTP_URL: only the embedded server hands over its TLS secrets, and the file \
             would contain the password of a real server",
        ));
    }
    None
}

/// Returns the message that the options describe, or a short sample.
pub(super) fn mail_or_sample(mail: &MailOptions, server: &ServerOptions) -> Result<Mail, Error> {
    if mail.is_set() {
        let reading = Reading { time: server.timeout(), shows_notes: false };
        return mail::prepare(mail, reading);
    }
    sample::mail(SystemTime::now(), message_id::random("example.test")?)
}

/// Returns the lines of the report's head that the sessions do not show: label and value.
fn notes(arguments: &Arguments) -> Vec<(String, String)> {
    let path = arguments.link.path();
    if path == Path::default() {
        return Vec::new();
    }
    vec![("link".into(), format!("{path}, simulated"))]
}

/// Returns every backend with every TLS library as a contender. lettre is called on this thread, as its users call
/// it. The dialogue is the same with either library, so it is shown with the first only.
fn contenders(options: Options, libraries: &[TlsLibrary]) -> Vec<Contender> {
    let with = |(index, &library): (usize, &TlsLibrary)| {
        BACKENDS.iter().map(move |backend| {
            let mut contender = backend.contender(options, library);
            contender.measured_only |= index > 0;
            contender
        })
    };
    libraries.iter().enumerate().flat_map(with).collect()
}

/// Prints each error once, with the names of the clients that it happened to.
pub(super) fn print_errors(comparison: &Comparison, envelope: &Envelope) {
    let mut errors: Vec<(String, Vec<&str>)> = Vec::new();
    for observation in &comparison.observations {
        for text in
            observation.receipts().flat_map(|receipt| receipt_errors::texts(envelope, receipt))
        {
            match errors.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) if names.contains(&observation.backend.as_str()) => {}
                Some((_, names)) => names.push(&observation.backend),
                None => errors.push((text, vec![&observation.backend])),
            }
        }
    }
    for (text, names) in errors {
        output::note(&format!("mailer: {}: {text}", names.join(", ")));
    }
}

fn report(comparison: &Comparison, arguments: &Arguments) -> Result<String, Error> {
    if arguments.json {
        let document = mailer_compare::json::document(comparison, "compare");
        return output::json(&if arguments.full { document } else { document.shortened() });
    }
    let format = Format { width: output::width(), colour: output::shows_colour() };
    Ok(mailer_compare::text::text(comparison, format))
}
