//! What is measured: the work, its size and its name, defined once for every runner.
//!
//! A runner sets a workload up for a contender, lets it run as often as it likes, and has it
//! checked at the end what the server stored: a wrong run has no figure.

mod handshake;
mod throughput;

use std::time::Duration;

use mailer::{Error, Kind, Security};

use crate::site::{Keep, Site};
use mailer_lab::Contender;
pub use throughput::content;
pub(crate) use throughput::filled;

/// A piece of work that one connection does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// From `open` until the server would take MAIL: TCP, TLS where there is any, and AUTH. Closing
    /// is not timed.
    Handshake {
        /// When TLS starts.
        security: Security,
    },
    /// One finished mail after another on one open connection, TLS where there is any and AUTH done
    /// before.
    Throughput {
        /// When TLS starts.
        security: Security,
        /// Octets of each mail.
        octets: usize,
    },
}

/// A workload that is ready to run.
pub trait Measured {
    /// Does the work that many times, and gives the time of what is timed in it.
    ///
    /// # Errors
    /// What went wrong, in which case there is no time.
    fn run(&mut self, times: u64) -> Result<Duration, Error>;

    /// Checks what the server has stored against all that was run.
    ///
    /// # Errors
    /// If it is not what was sent, or the connections are not as many as were asked for.
    fn check(&mut self) -> Result<(), Error>;
}

impl Workload {
    /// Those of every run, in the order of reports: few enough to be waited for.
    pub const ALL: [Self; 5] = [
        Self::Handshake { security: Security::None },
        Self::Handshake { security: Security::Required },
        Self::Handshake { security: Security::Implicit },
        Self::Throughput { security: Security::Required, octets: KIB },
        Self::Throughput { security: Security::Required, octets: MIB },
    ];

    /// Mails of every size that is measured where there is time, in the clear and inside TLS.
    pub const SIZES: [Self; 6] = [
        Self::Throughput { security: Security::None, octets: KIB },
        Self::Throughput { security: Security::None, octets: 100 * KIB },
        Self::Throughput { security: Security::None, octets: 10 * MIB },
        Self::Throughput { security: Security::Required, octets: KIB },
        Self::Throughput { security: Security::Required, octets: 100 * KIB },
        Self::Throughput { security: Security::Required, octets: 10 * MIB },
    ];

    /// The question it answers, as the name of its group.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::Handshake { .. } => "handshake",
            Self::Throughput { .. } => "throughput",
        }
    }

    /// When TLS starts in it.
    #[must_use]
    pub fn security(self) -> Security {
        match self {
            Self::Handshake { security } | Self::Throughput { security, .. } => security,
        }
    }

    /// Its name within the group.
    #[must_use]
    pub fn name(self) -> String {
        let security = match self.security() {
            Security::None => "plain",
            Security::Required => "STARTTLS",
            Security::Implicit => "implicit TLS",
            Security::Opportunistic => "opportunistic",
        };
        match self {
            Self::Handshake { .. } => security.into(),
            Self::Throughput { octets, .. } => format!("{} {security}", size_name(octets)),
        }
    }

    /// The octets of content in one run, where it is about content.
    #[must_use]
    pub fn octets(self) -> Option<u64> {
        match self {
            Self::Handshake { .. } => None,
            Self::Throughput { octets, .. } => Some(octets as u64),
        }
    }

    /// Starts an embedded server in this process, makes the contender and the mail, and does the work
    /// once, so that what is only done once is done.
    ///
    /// # Errors
    /// Whatever keeps it from being done.
    pub fn set_up(self, contender: &Contender) -> Result<Box<dyn Measured>, Error> {
        self.set_up_at(Site::here(self.security(), self.keeps())?, contender)
    }

    /// The same with a server that runs elsewhere, of this security and keeping what
    /// [`Workload::keeps`] says.
    ///
    /// # Errors
    /// As [`Workload::set_up`].
    pub fn set_up_at(self, site: Site, contender: &Contender) -> Result<Box<dyn Measured>, Error> {
        let mut measured: Box<dyn Measured> = match self {
            Self::Handshake { .. } => Box::new(handshake::Handshake::set_up(site, contender)?),
            Self::Throughput { octets, .. } => {
                Box::new(throughput::Throughput::set_up(site, contender, octets)?)
            }
        };
        measured.run(1)?;
        Ok(measured)
    }

    /// What the server has to keep for the check.
    #[must_use]
    pub fn keeps(self) -> Keep {
        match self {
            Self::Handshake { .. } => Keep::Mails,
            Self::Throughput { .. } => Keep::Tally,
        }
    }
}

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

pub(crate) fn size_name(octets: usize) -> String {
    match octets {
        MIB.. if octets.is_multiple_of(MIB) => format!("{} MiB", octets / MIB),
        KIB.. if octets.is_multiple_of(KIB) => format!("{} KiB", octets / KIB),
        _ => format!("{octets} B"),
    }
}

/// The error of a run that did not do what it was to do.
fn wrong(what: &str) -> Error {
    Error::new(Kind::Internal, format!("the run is not valid: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own() {
        let names: Vec<String> =
            Workload::ALL.iter().map(|w| format!("{}/{}", w.group(), w.name())).collect();
        let wanted = [
            "handshake/plain",
            "handshake/STARTTLS",
            "handshake/implicit TLS",
            "throughput/1 KiB STARTTLS",
            "throughput/1 MiB STARTTLS",
        ];
        assert_eq!(names, wanted);
        assert_eq!(size_name(1500), "1500 B");
    }
}
