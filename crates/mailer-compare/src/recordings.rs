//! The same sessions under other configurations, recorded so that a page can recompute them.
//!
//! Each [`Variant`] is sent [some times](PASSES), over a [short path](RECORDING_RTT). What a reader's choice of RTT
//! makes of it is [predicted](crate::exchange::predict) from its exchanges.

mod repeated;

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

pub use repeated::{PASSES, record_repeatedly};

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
    /// Whether it is the session of the comparison itself.
    pub is_of_run: bool,
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
            is_of_run: true,
        };
        Self {
            sides: sides.iter().map(|observation| observation.title()).collect(),
            all: sides.iter().enumerate().map(recording).collect(),
            ..Self::default()
        }
    }

    /// Replaces the recordings for the settings of the comparison by its own sessions, so that the pictures show what the
    /// tables report.
    ///
    /// Without delay a session may have another number of round trips than its recording, because TLS session tickets
    /// arrive earlier. Its recording then stays.
    #[must_use]
    pub fn with_run(mut self, observations: &[Observation]) -> Self {
        let shown = observations.iter().filter(|observation| !observation.measured_only);
        for (side, observation) in shown.enumerate() {
            let of_run = exchanges(observation);
            let recording = self.all.iter_mut().find(|it| it.has(side, &self.shown));
            if let Some(recording) = recording.filter(|it| is_alike(&it.exchanges, &of_run)) {
                (recording.exchanges, recording.is_of_run) = (of_run, true);
            }
        }
        self
    }

    /// Returns the recording of a side under these settings. Settings that the side does not have are ignored.
    #[must_use]
    pub fn find(&self, side: usize, settings: &Settings) -> Option<&Recording> {
        self.all.iter().find(|recording| recording.has(side, settings))
    }
}

impl Recording {
    fn has(&self, side: usize, settings: &Settings) -> bool {
        let mut own = self.settings.iter();
        self.side == side && own.all(|(name, value)| settings.get(name) == Some(value))
    }
}

/// Whether two sessions consist of the same waits.
fn is_alike(one: &[Exchange], other: &[Exchange]) -> bool {
    let same = |one: &Exchange, other: &Exchange| {
        (one.phase, &one.commands, &one.replies, one.round_trips)
            == (other.phase, &other.commands, &other.replies, other.round_trips)
    };
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

/// Sends the messages of a variant over a path of [`RECORDING_RTT`] and records the session; `None` if one was
/// not accepted.
///
/// # Errors
/// Returns an error if the system has no port left for the link.
fn record(variant: &Variant<'_>) -> Result<Option<Recording>, Error> {
    let observation = observe_over(variant, RECORDING_RTT)?;
    Ok(observation.is_accepted().then(|| Recording {
        side: variant.side,
        settings: variant.settings.clone(),
        exchanges: exchanges(&observation),
        is_of_run: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// Recordings of these sessions, as if they were not those of the comparison.
    fn recorded(observations: &[Observation]) -> Recordings {
        let mut recordings = Recordings::from_observations(observations);
        recordings.all.iter_mut().for_each(|it| it.is_of_run = false);
        recordings
    }

    #[test]
    fn the_sessions_of_the_comparison_are_shown_if_they_have_the_same_waits() {
        let quick = recorded(&[fixtures::observation("raw"), fixtures::observation("lettre")]);
        let run = [fixtures::pipelined("raw"), fixtures::stalled("lettre", 41_000)];
        let both = quick.clone().with_run(&run);
        let of_run: Vec<bool> = both.all.iter().map(|it| it.is_of_run).collect();
        assert_eq!(of_run, [false, true], "raw has other flights");
        assert_eq!(both.all[0], quick.all[0]);
        assert_eq!(both.all[1].exchanges, exchanges(&run[1]));
    }
}
