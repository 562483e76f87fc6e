//! The same sessions under other configurations, recorded so that a page can recompute them.
//!
//! Each [`Variant`] is sent once, over a [short path](RECORDING_RTT). What a reader's choice of RTT makes of it
//! is [predicted](crate::exchange::predict) from its exchanges.

use std::{collections::BTreeMap, time::Duration};

use mailer::{Error, Mail, Server};
use mailer_lab::Contender;
use mailer_link::Path;

use crate::{
    exchange::{Exchange, exchanges},
    experiment::Experiment,
    observation::Observation,
    observe,
};

/// The RTT of the path over which sessions are recorded.
///
/// Without delay the number of round trips would wobble: TLS session tickets may arrive before or after the
/// client's next flight. Over a path they arrive after it.
pub const RECORDING_RTT: Duration = Duration::from_millis(3);

/// A setting of a session that a reader of the page can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// The name in the data.
    pub name: &'static str,
    /// The label on the page.
    pub label: &'static str,
    /// Its values, in the order of the page.
    pub values: Vec<String>,
    /// The indices of the sides that have it, in [`Recordings::sides`].
    pub sides: Vec<usize>,
}

/// The value of each dimension, by the dimension's name.
pub type Settings = BTreeMap<&'static str, String>;

/// One side under one configuration, to be recorded.
#[derive(Debug)]
pub struct Variant<'a> {
    /// The index of the side in [`Recordings::sides`].
    pub side: usize,
    /// The value of each dimension that the side has.
    pub settings: Settings,
    /// What sends.
    pub contender: Contender,
    /// Where to: an embedded server, since this sends more messages than the user asked for.
    pub server: &'a Server,
    /// What is sent.
    pub mail: &'a Mail,
    /// How often, over one connection.
    pub mails: usize,
}

/// One side under one configuration, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The index of the side in [`Recordings::sides`].
    pub side: usize,
    /// The value of each dimension that the side has.
    pub settings: Settings,
    /// Its session.
    pub exchanges: Vec<Exchange>,
}

/// Everything that the page recomputes its pictures from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recordings {
    /// The names of the sides.
    pub sides: Vec<String>,
    /// What a reader can choose; nothing, if only the session of the comparison is known.
    pub dimensions: Vec<Dimension>,
    /// The settings of the comparison itself.
    pub shown: Settings,
    /// The recordings, at most one for each side and settings.
    pub all: Vec<Recording>,
}

impl Recordings {
    /// Returns the recordings of a comparison alone, without anything to choose: for a server that gets no
    /// more messages than the user asked for.
    #[must_use]
    pub fn from_observations(observations: &[Observation]) -> Self {
        let shown = observations.iter().filter(|observation| !observation.measured_only);
        let sides: Vec<&Observation> = shown.collect();
        let recording = |(side, observation): (usize, &&Observation)| Recording {
            side,
            settings: Settings::new(),
            exchanges: exchanges(observation),
        };
        Self {
            sides: sides.iter().map(|observation| observation.title()).collect(),
            all: sides.iter().enumerate().map(recording).collect(),
            ..Self::default()
        }
    }

    /// Returns the recording of a side under these settings. Settings that the side does not have are ignored.
    #[must_use]
    pub fn find(&self, side: usize, settings: &Settings) -> Option<&Recording> {
        let matches = |recording: &&Recording| {
            let mut own = recording.settings.iter();
            recording.side == side && own.all(|(name, value)| settings.get(name) == Some(value))
        };
        self.all.iter().find(matches)
    }
}

/// Sends the messages of a variant over a path of [`RECORDING_RTT`] and records the session; `None` if one was
/// not accepted.
///
/// # Errors
/// Returns an error if the system has no port left for the link.
pub fn record(variant: &Variant<'_>) -> Result<Option<Recording>, Error> {
    let observation = observe_over(variant, RECORDING_RTT)?;
    Ok(observation.is_accepted().then(|| Recording {
        side: variant.side,
        settings: variant.settings.clone(),
        exchanges: exchanges(&observation),
    }))
}

/// Sends the messages of a variant over a link with this RTT, without sending any before.
///
/// # Errors
/// Returns an error if the system has no port left for the link.
pub fn observe_over(variant: &Variant<'_>, rtt: Duration) -> Result<Observation, Error> {
    let path = Path { round_trip: rtt, ..Path::default() };
    let experiment = Experiment::new(variant.server, variant.mail).mails(variant.mails).over(path);
    observe::observe(&variant.contender, &experiment, &mailer_lab::resolve(variant.server)?)
}
