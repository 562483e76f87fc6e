//! The sessions that the page of `--html` can show besides those of the run: each combination of settings that a
//! reader can choose, recorded with the embedded server.

use std::io::{self, IsTerminal as _};

use mailer::{Address, Envelope, Error, Mail, Mechanism, Security, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options, Pipelining};
use mailer_compare::recordings::{Dimension, Recordings, Settings, Variant, record_repeatedly};
use mailer_lab::embedded;
use mailer_server::Store;

use crate::{
    options::{ServerOptions, TlsLibraryOptions},
    output,
};

/// The names of the dimensions in the page's data.
const TLS: &str = "tls";
const AUTH: &str = "auth";
const FLOW: &str = "flow";
const TUNING: &str = "tuning";
const RECIPIENTS: &str = "recipients";
const MESSAGES: &str = "messages";

const SECURITY: [(&str, Security); 3] =
    [("STARTTLS", Security::Required), ("implicit", Security::Implicit), ("none", Security::None)];

/// The mechanisms for a password that both backends and the embedded server have.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// Options of raw, one at a time.
const TUNINGS: [(&str, Tune); 3] = [
    ("default", |options| options),
    ("AUTH in the flight", |options| {
        let pipelining = Pipelining { pipeline_auth: true, ..options.pipelining };
        Options { pipelining, ..options }
    }),
    ("Nagle on", |options| Options { nagle: true, ..options }),
];

type Tune = fn(Options) -> Options;

/// The numbers of recipients and of messages to choose from, unless the run itself has another number.
const COUNTS: [usize; 2] = [1, 3];

/// The settings of the run itself.
pub(super) struct RunSettings<'a> {
    options: Options,
    mechanism: Mechanism,
    tls_library: &'a TlsLibraryOptions,
}

impl<'a> RunSettings<'a> {
    /// Returns the settings of the run; `None` if not every side can be recorded with them: each side has one TLS library
    /// and a mechanism that both backends have.
    pub(super) fn new(options: Options, server: &'a ServerOptions) -> Option<Self> {
        let mechanism = server.mechanism().unwrap_or(MECHANISMS[0]);
        let tls_library = &server.tls_library;
        let is_recorded = tls_library.all().len() == 1 && MECHANISMS.contains(&mechanism);
        is_recorded.then_some(Self { options, mechanism, tls_library })
    }
}

/// A session that every side has.
struct CommonPart<'a> {
    tls: &'static str,
    server: Server,
    mail: &'a Mail,
    mails: usize,
}

/// Records both backends under every combination of settings. `mails` is the number of messages of the run itself.
pub(super) fn record_all(
    mail: &Mail,
    mails: usize,
    run: &RunSettings<'_>,
) -> Result<Recordings, Error> {
    let backends: Vec<&Backend> =
        BACKENDS.iter().filter(|backend| !backend.measured_only).collect();
    let envelopes = envelopes(mail)?;
    let counts = counts(mails);
    let servers = SECURITY.map(|(tls, security)| (tls, embedded::start(security, Store::Count)));
    let mut sessions = Vec::new();
    for (tls, started) in &servers {
        let (_, server) = started.as_ref().map_err(Clone::clone)?;
        let mut server = server.clone();
        run.tls_library.apply(&mut server);
        sessions.extend(sessions_with(tls, &server, &envelopes, &counts));
    }
    let variants: Vec<Variant<'_>> = backends
        .iter()
        .enumerate()
        .flat_map(|(side, backend)| variants(side, backend, &sessions, run.options))
        .collect();
    if io::stderr().is_terminal() {
        output::note(&format!("mailer: recording {} sessions for the page", variants.len()));
    }
    Ok(Recordings {
        sides: backends.iter().map(|backend| backend.name.to_owned()).collect(),
        dimensions: dimensions(&backends, &envelopes, &counts),
        shown: shown(mail, mails, run),
        all: record_repeatedly(&variants)?,
    })
}

/// The mail with each number of recipients to choose from.
fn envelopes(mail: &Mail) -> Result<Vec<Mail>, Error> {
    let envelope = mail.envelope();
    let given = envelope.recipients();
    counts(given.len())
        .into_iter()
        .map(|count| {
            let further =
                (given.len()..count).map(|number| format!("bob{number}@example.test").parse());
            let further: Vec<Address> = further.collect::<Result<_, Error>>()?;
            let recipients = given.iter().take(count).cloned().chain(further).collect();
            let envelope = Envelope::new(envelope.sender().cloned(), recipients)?;
            Ok(Mail::new(envelope, mail.content().clone()))
        })
        .collect()
}

/// The numbers to choose from, if the run has this one.
fn counts(run: usize) -> Vec<usize> {
    if COUNTS.contains(&run) { COUNTS.to_vec() } else { vec![run] }
}

/// The sessions with this server, for each mechanism, envelope and number of messages.
fn sessions_with<'a>(
    tls: &'static str,
    server: &Server,
    envelopes: &'a [Mail],
    counts: &[usize],
) -> Vec<CommonPart<'a>> {
    let servers = MECHANISMS.iter().map(|&mechanism| {
        let mut server = server.clone();
        server.mechanisms = vec![mechanism];
        server
    });
    let with_mail =
        servers.flat_map(|server| envelopes.iter().map(move |mail| (server.clone(), mail)));
    let session = |((server, mail), mails): ((Server, &'a Mail), usize)| CommonPart {
        tls,
        server,
        mail,
        mails,
    };
    with_mail
        .flat_map(|it| counts.iter().map(move |&mails| (it.clone(), mails)))
        .map(session)
        .collect()
}

/// The sessions of one side, under each of its own settings.
fn variants<'a>(
    side: usize,
    backend: &'static Backend,
    sessions: &'a [CommonPart<'a>],
    options: Options,
) -> Vec<Variant<'a>> {
    let own = own_settings(backend, options);
    let with_own = sessions.iter().flat_map(|session| own.iter().map(move |own| (session, own)));
    let variant = |(session, (own, options)): (&'a CommonPart<'a>, &(Settings, Options))| Variant {
        side,
        settings: session.settings().into_iter().chain(own.clone()).collect(),
        contender: backend.contender(*options, session.server.tls_library),
        server: &session.server,
        mail: session.mail,
        mails: session.mails,
    };
    with_own.map(variant).collect()
}

impl CommonPart<'_> {
    fn settings(&self) -> Settings {
        let auth = self.server.mechanisms.first().map_or("", |mechanism| mechanism.name());
        let recipients = self.mail.envelope().recipients().len();
        Settings::from([
            (TLS, self.tls.to_owned()),
            (AUTH, auth.to_owned()),
            (RECIPIENTS, recipients.to_string()),
            (MESSAGES, self.mails.to_string()),
        ])
    }
}

/// The settings that only this backend has, with its options for each.
fn own_settings(backend: &Backend, options: Options) -> Vec<(Settings, Options)> {
    if !backend.has_flows {
        return vec![(Settings::new(), options)];
    }
    let with_flow = |&flow: &Flow| {
        let pipelining = Pipelining { flow, ..options.pipelining };
        let options = Options { pipelining, ..options };
        TUNINGS.iter().map(move |&(name, tune)| {
            let flow = (FLOW, flow.name().to_owned());
            (Settings::from([flow, (TUNING, name.to_owned())]), tune(options))
        })
    };
    Flow::ALL.iter().flat_map(with_flow).collect()
}

/// What a reader can choose.
fn dimensions(backends: &[&Backend], envelopes: &[Mail], counts: &[usize]) -> Vec<Dimension> {
    let sides: Vec<usize> = (0..backends.len()).collect();
    let with_flows: Vec<usize> =
        sides.iter().copied().filter(|&side| backends[side].has_flows).collect();
    let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect();
    let recipients = envelopes.iter().map(|mail| mail.envelope().recipients().len().to_string());
    let dimension = |name, label, values: Vec<String>, sides: &Vec<usize>| Dimension {
        name,
        label,
        values,
        sides: sides.clone(),
    };
    let all = vec![
        dimension(TLS, "TLS", names(&mut SECURITY.iter().map(|(name, _)| *name)), &sides),
        dimension(AUTH, "AUTH", names(&mut MECHANISMS.iter().map(|it| it.name())), &sides),
        dimension(FLOW, "Flow", names(&mut Flow::ALL.iter().map(|it| it.name())), &with_flows),
        dimension(
            TUNING,
            "Options",
            names(&mut TUNINGS.iter().map(|(name, _)| *name)),
            &with_flows,
        ),
        dimension(RECIPIENTS, "Recipients", recipients.collect(), &sides),
        dimension(MESSAGES, "Messages", counts.iter().map(usize::to_string).collect(), &sides),
    ];
    all.into_iter().filter(|dimension| dimension.values.len() > 1).collect()
}

/// The settings of the run itself.
fn shown(mail: &Mail, mails: usize, run: &RunSettings<'_>) -> Settings {
    let Options { pipelining, nagle, .. } = run.options;
    let tuning = if nagle { 2 } else { usize::from(pipelining.pipeline_auth) };
    Settings::from([
        (TLS, SECURITY[0].0.to_owned()),
        (AUTH, run.mechanism.name().to_owned()),
        (FLOW, pipelining.flow.name().to_owned()),
        (TUNING, TUNINGS[tuning].0.to_owned()),
        (RECIPIENTS, mail.envelope().recipients().len().to_string()),
        (MESSAGES, mails.to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use clap::Parser;
    use mailer_lab::sample;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        server: ServerOptions,
    }

    fn mail() -> Mail {
        sample::mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_run_with_another_number_of_recipients_has_no_choice() {
        let lengths = |mail: &Mail| -> Vec<usize> {
            let envelopes = envelopes(mail).unwrap();
            envelopes.iter().map(|mail| mail.envelope().recipients().len()).collect()
        };
        assert_eq!(lengths(&mail()), [1, 3]);
        let two = ["a@example.test", "b@example.test"].map(|it| it.parse().unwrap()).to_vec();
        let two = Mail::new(Envelope::new(None, two).unwrap(), mail().content().clone());
        assert_eq!(lengths(&two), [2]);
    }

    #[test]
    fn the_settings_of_the_run_are_among_the_choices() {
        let backends: Vec<&Backend> = BACKENDS.iter().filter(|it| !it.measured_only).collect();
        let envelopes = envelopes(&mail()).unwrap();
        let dimensions = dimensions(&backends, &envelopes, &counts(1));
        let server = Command::parse_from(["compare", "--auth", "login"]).server;
        let run = RunSettings::new(Options::default(), &server).unwrap();
        let shown = shown(&mail(), 1, &run);
        for dimension in &dimensions {
            assert!(dimension.values.contains(&shown[dimension.name]), "{}", dimension.name);
        }
        assert_eq!(dimensions.len(), shown.len());
        assert_eq!(shown[AUTH], "LOGIN");
    }

    #[test]
    fn settings_that_one_side_does_not_have_are_not_recorded() {
        let is_recorded = |options: &[&str]| {
            let server = Command::parse_from(["compare"].iter().chain(options)).server;
            RunSettings::new(Options::default(), &server).is_some()
        };
        assert!(is_recorded(&["--tls-library", "rustls"]));
        assert!(!is_recorded(&["--auth", "scram-sha-256"]));
        assert!(!is_recorded(&["--tls-library", "rustls", "--tls-library", "native-tls"]));
    }
}
