//! The same mail, once or several times, through every backend, side by side.
//!
//! [`compare`] runs the experiment and gives a [`Comparison`]: all that was seen, as data. What is
//! shown of it ([`text`](mod@text), [`json`](mod@json), [`html`](mod@html), [`findings`](fn@findings)) is computed from that alone.
//!
//! - [`Recorder`]: keeps the events that a backend traces of its dialogue.
//! - [`observation`]: those events beside what the link saw, as data: phases, round trips, the dialogue
//!   step by step.
//! - [`other`]: any other client as one more column.
//! - [`report`]: the document of `--json`, the same for `send` and `compare`.

mod align;
pub mod capture;
mod causes;
mod delayed_ehlo;
pub mod exchange;
pub mod external_client;
mod findings;
pub mod html;
mod inbox_check;
pub mod json;
pub mod observation;
mod observe;
pub mod page_data;
mod per_mail;
mod recorder;
pub mod recordings;
pub mod report;
mod tables;
pub mod text;
pub mod wire;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use mailer::{Error, Mail, Security, Server};

pub use align::{Row, align};
pub use causes::{KnownCause, Symptom};
pub use findings::findings;
pub use inbox_check::{ContentDifference, InboxCheck, Miscount};
pub use per_mail::{Section, sections};
pub use recorder::{EventKind, RecordedEvent, Recorder};

use crate::{
    external_client::{ExternalClients, Job},
    observation::Observation,
};
use mailer_lab::Contender;
use mailer_link::Path;

/// What is to be compared.
pub struct Experiment<'a> {
    /// Where to send to.
    pub server: &'a Server,
    /// What to send.
    pub mail: &'a Mail,
    /// How often to send it over one connection: one time at least.
    pub mails: usize,
    /// Gives the contents that the server has stored since it was asked last, if that can be known.
    pub take_stored: &'a dyn Fn() -> Option<Vec<Vec<u8>>>,
    /// Where each backend first sends the same, unseen, so that what is only done once in a
    /// process (loading code, reading debug information) falls on no side: an embedded server, since
    /// no other server may get more messages than were asked for. Each backend is also made once for
    /// [`server`](Self::server), without connecting.
    pub warm_up: Option<&'a Server>,
    /// What the way to the server is like; the link makes it so.
    pub path: Path,
    /// Whether the link keeps the bytes of each session, for [`capture`](fn@capture::pcapng).
    pub keep_packets: bool,
    /// Other programs that send it too, after the backends: only where an embedded server is sent to.
    pub external_clients: Option<ExternalClients<'a>>,
    /// Ends it early, with what there is by then.
    pub interrupted: &'a AtomicBool,
    /// What is known beforehand, told only where it is seen.
    pub known_causes: Vec<KnownCause>,
    /// What else stands in the head of the report, such as versions: label and value.
    pub notes: Vec<(String, String)>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The server's URL, without user and password.
    pub server: String,
    /// When TLS was to start.
    pub security: Security,
    /// What was sent.
    pub mail: Mail,
    /// How often it was to be sent over one connection.
    pub mails: usize,
    /// What else stands in the head of the report: label and value.
    pub notes: Vec<(String, String)>,
    /// Whether each backend had been made and used once before, with the settings of this run.
    pub warmed_up: bool,
    /// What is known beforehand, told only where it is seen.
    pub known_causes: Vec<KnownCause>,
    /// What each backend did, in the order they were given.
    pub observations: Vec<Observation>,
    /// What the server stored.
    pub stored: InboxCheck,
    /// Whether it was ended early by who had asked for it.
    pub interrupted: bool,
}

/// Sends the mail through each backend, one after another, on the caller's own thread.
///
/// Where it is to be sent several times, it is given to `send_many`, and a backend that meets trouble
/// gets no more. Each goes through a [`Link`](mailer_link::Link) of its own. The server's name is resolved once, before
/// any clock starts, and each backend is made before its clock starts; its time runs from
/// the call of `send_many`, which opens, to the end of `close`.
///
/// # Errors
/// If the server's name cannot be resolved, the mail's content cannot be read, or the system has no
/// port left for the link. What goes wrong in a backend, or in another program, is in its receipt.
pub fn compare(contenders: &[Contender], experiment: &Experiment<'_>) -> Result<Comparison, Error> {
    let given = inbox_check::given(experiment.mail)?;
    let targets = observe::resolve(experiment.server)?;
    let mut observations = Vec::new();
    let mut contents: Vec<Option<Vec<Vec<u8>>>> = Vec::new();
    let goes_on = || !experiment.interrupted.load(Ordering::Relaxed);
    for contender in contenders.iter().take_while(|_| goes_on()) {
        observations.push(observe::observe(contender, experiment, &targets)?);
        contents.push((experiment.take_stored)());
    }
    if let Some(clients) = &experiment.external_clients {
        let rendered = contents.iter().flatten().flatten().next().cloned();
        // Where no backend got a draft through there is none to hand over.
        let content = given.clone().or(rendered).unwrap_or_default();
        for command in clients.commands.iter().take_while(|_| goes_on()) {
            let job = Job {
                mail: experiment.mail,
                mails: experiment.mails,
                content: &content,
                path: experiment.path,
                keep_packets: experiment.keep_packets,
            };
            let (server, interrupted) = (experiment.server, experiment.interrupted);
            observations.push(clients.observe(command, server, job, interrupted)?);
            contents.push((experiment.take_stored)());
        }
    }
    Ok(Comparison {
        server: experiment.server.to_string(),
        security: experiment.server.security,
        mail: experiment.mail.clone(),
        mails: experiment.mails,
        notes: experiment.notes.clone(),
        warmed_up: experiment.warm_up.is_some(),
        known_causes: experiment.known_causes.clone(),
        stored: inbox_check::judge(given.as_deref(), &observations, &contents),
        observations,
        interrupted: !goes_on(),
    })
}

/// Milliseconds with two places.
fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
pub(crate) mod fixtures;
