//! Workloads on one connection in this process, for criterion, for ratios and for the link's check.
//!
//! A runner sets a [`Case`] up for a contender, runs it as often as it likes, and checks at the end
//! that the server stored what was sent. An invalid run reports no result.

mod handshake;
mod measured;
mod throughput;

use mailer::{Error, Security};
use mailer_lab::Contender;

use crate::{message::size_name, test_server::TestServer, workload::Workload};

pub use measured::Measured;

const KIB: usize = 1024;
const MIB: usize = KIB * KIB;

/// A workload with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The work: [`Workload::Handshake`] or [`Workload::Throughput`]. The others need a process for
    /// each contender, as [`load`](mod@crate::load) starts them.
    workload: Workload,
    security: Security,
    /// The size of each message in bytes.
    size: usize,
}

impl Case {
    /// The cases of every criterion run, in the order of reports: few enough to wait for.
    pub const STANDARD: &'static [Self] = &[
        Self::handshake(Security::None),
        Self::handshake(Security::Required),
        Self::handshake(Security::Implicit),
        Self::throughput(Security::Required, KIB),
        Self::throughput(Security::Required, MIB),
    ];

    /// Messages of several sizes, without TLS and inside TLS.
    pub const SIZES: &'static [Self] = &[
        Self::throughput(Security::None, KIB),
        Self::throughput(Security::None, 100 * KIB),
        Self::throughput(Security::None, 10 * MIB),
        Self::throughput(Security::Required, KIB),
        Self::throughput(Security::Required, 100 * KIB),
        Self::throughput(Security::Required, 10 * MIB),
    ];

    /// Returns a case of [`Workload::Handshake`].
    #[must_use]
    pub const fn handshake(security: Security) -> Self {
        Self { workload: Workload::Handshake, security, size: 0 }
    }

    /// Returns a case of [`Workload::Throughput`] with messages of `size` bytes.
    #[must_use]
    pub const fn throughput(security: Security, size: usize) -> Self {
        Self { workload: Workload::Throughput, security, size }
    }

    /// Returns the work.
    #[must_use]
    pub fn workload(self) -> Workload {
        self.workload
    }

    /// Returns when TLS starts.
    #[must_use]
    pub fn security(self) -> Security {
        self.security
    }

    /// Returns the size of each message in bytes; `None` for handshakes.
    #[must_use]
    pub fn message_size(self) -> Option<usize> {
        (self.workload == Workload::Throughput).then_some(self.size)
    }

    /// Returns its name among the cases of its workload.
    #[must_use]
    pub fn name(self) -> String {
        let security = match self.security {
            Security::None => "plain",
            Security::Required => "STARTTLS",
            Security::Implicit => "implicit TLS",
            Security::Opportunistic => "opportunistic",
        };
        match self.message_size() {
            None => security.into(),
            Some(size) => format!("{} {security}", size_name(size)),
        }
    }

    /// Starts an embedded server in this process, makes the contender's mailer, and does the work once,
    /// so that everything that is done only once has been done.
    ///
    /// # Errors
    /// If the server cannot be started, or the work cannot be done.
    pub fn set_up(self, contender: &Contender) -> Result<Box<dyn Measured>, Error> {
        self.set_up_at(TestServer::in_process(self.security)?, contender)
    }

    /// Like [`Case::set_up`], with a server that is running already.
    ///
    /// # Errors
    /// If the work cannot be done.
    pub fn set_up_at(
        self,
        server: TestServer,
        contender: &Contender,
    ) -> Result<Box<dyn Measured>, Error> {
        let mut measured: Box<dyn Measured> = match self.message_size() {
            None => Box::new(handshake::Handshake::set_up(server, contender)?),
            Some(size) => Box::new(throughput::Throughput::set_up(server, contender, size)?),
        };
        measured.run(1)?;
        Ok(measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_a_name_of_its_own() {
        let name = |case: &Case| format!("{}/{}", case.workload(), case.name());
        let names: Vec<String> = Case::STANDARD.iter().map(name).collect();
        let expected = [
            "handshake/plain",
            "handshake/STARTTLS",
            "handshake/implicit TLS",
            "throughput/1 KiB STARTTLS",
            "throughput/1 MiB STARTTLS",
        ];
        assert_eq!(names, expected);
    }
}
