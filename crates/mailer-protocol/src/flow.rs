//! Flows: the grouping of commands into flights.

use std::{fmt, str::FromStr};

use mailer::{Error, Kind};

use crate::{Capabilities, grouping::Grouping};

/// The choice of a flow: the grouping of commands into flights. A flight is what the client writes without
/// waiting for a reply in between, and each flight costs one round trip.
///
/// Every flow is a column of this table, which lists the steps after which the client waits for the reply.
/// [`Flow::Auto`] is no column: it chooses one.
///
/// | waits after | lockstep | pipelined | overlapped | chunked | streamed |
/// | --- | :-: | :-: | :-: | :-: | :-: |
/// | RSET, MAIL, RCPT | yes | | | | |
/// | DATA | yes | yes | yes | | |
/// | the content | yes | yes | | yes | |
/// | anything else | yes | yes | yes | yes | yes |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Flow {
    /// [`Flow::Pipelined`] if the server announces PIPELINING, otherwise [`Flow::Lockstep`]. It works with
    /// every server.
    #[default]
    Auto,
    /// The client waits for the reply to each command: r + 3 round trips for a mail to r recipients.
    Lockstep,
    /// RSET, MAIL, RCPT and DATA are one flight, and the content is the next (RFC 2920): 2 round trips per
    /// mail. Without PIPELINING it is [`Flow::Lockstep`], because servers that do not announce it may lose
    /// commands or close the connection.
    Pipelined,
    /// Like [`Flow::Pipelined`], but the next mail's MAIL, RCPT and DATA follow the content in the same
    /// flight: 1 round trip for each further mail. RFC 2920 §3.1 allows it, but some servers refuse or
    /// lose these commands. No content was sent for that mail, so the session offers it once more and
    /// continues as [`Flow::Pipelined`].
    Overlapped,
    /// MAIL, RCPT, BDAT and the content are one flight (RFC 3030): 1 round trip per mail. RFC 3030 §2
    /// expects the client to wait for the replies to MAIL and RCPT first; Exim sends them in one flight as
    /// well. Without CHUNKING it is [`Flow::Pipelined`].
    Chunked,
    /// Like [`Flow::Chunked`], but further mails follow in the same flight, with RSET in between, until the
    /// [`Window`](crate::Window) is full. Up to then no round trips are spent.
    ///
    /// **This flow breaks the default rule of RFC 2920 §3.1.** A command that an extension defines may
    /// only be the last in a group unless its RFC says otherwise, and RFC 3030 does not let another
    /// transaction follow BDAT LAST. It works with servers that read commands from one input buffer and
    /// reply in order: BDAT states its length, so such a server finds the next command without
    /// guessing. A server may still refuse or drop the commands. If the connection breaks, every mail
    /// without a final reply is unknown.
    Streamed,
}

impl Flow {
    /// All flows, for command lines and tables.
    pub const ALL: &'static [Self] = &[
        Self::Auto,
        Self::Lockstep,
        Self::Pipelined,
        Self::Overlapped,
        Self::Chunked,
        Self::Streamed,
    ];

    /// Returns the name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Lockstep => "lockstep",
            Self::Pipelined => "pipelined",
            Self::Overlapped => "overlapped",
            Self::Chunked => "chunked",
            Self::Streamed => "streamed",
        }
    }

    /// Returns the flow that a session uses with a server of these capabilities: this one, or the next simpler one if
    /// the server does not announce an extension that it needs. It is never [`Flow::Auto`].
    ///
    /// ```
    /// use mailer_protocol::{Capabilities, Flow};
    /// let nothing = Capabilities::default();
    /// assert_eq!(Flow::Streamed.used_with(&nothing), Flow::Lockstep);
    /// ```
    #[must_use]
    pub fn used_with(self, capabilities: &Capabilities) -> Self {
        match self {
            _ if !capabilities.pipelining => Self::Lockstep,
            Self::Auto => Self::Pipelined,
            Self::Chunked | Self::Streamed if !capabilities.chunking => Self::Pipelined,
            it => it,
        }
    }

    /// Returns the column of the flow that is [used with](Self::used_with) a server of these capabilities.
    pub(crate) fn with(self, capabilities: &Capabilities) -> Grouping {
        match self.used_with(capabilities) {
            Self::Lockstep => Grouping::LOCKSTEP,
            Self::Auto | Self::Pipelined => Grouping::PIPELINED,
            Self::Overlapped => Grouping::OVERLAPPED,
            Self::Chunked => Grouping::CHUNKED,
            Self::Streamed => Grouping::STREAMED,
        }
    }

    /// Whether this flow sends content with BDAT if the server announces CHUNKING.
    #[must_use]
    pub fn chunks(self) -> bool {
        matches!(self, Self::Chunked | Self::Streamed)
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Flow {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|flow| flow.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|flow| flow.name()).collect();
            let names = names.join(", ");
            Error::new(Kind::Configuration, format!("there is no flow \"{text}\""))
                .with_hint(format!("the flows are {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_uses_only_announced_extensions() {
        let with = |flow: Flow, pipelining, chunking| {
            flow.with(&Capabilities { pipelining, chunking, ..Capabilities::default() })
        };
        for &flow in Flow::ALL {
            assert_eq!(with(flow, false, false), Grouping::LOCKSTEP);
            assert_eq!(with(flow, false, true), Grouping::LOCKSTEP);
            assert!(!with(flow, true, false).uses_bdat());
            assert_eq!(with(flow, true, true).uses_bdat(), flow.chunks());
        }
        for (flow, grouping) in [
            (Flow::Auto, Grouping::PIPELINED),
            (Flow::Lockstep, Grouping::LOCKSTEP),
            (Flow::Pipelined, Grouping::PIPELINED),
            (Flow::Overlapped, Grouping::OVERLAPPED),
            (Flow::Chunked, Grouping::CHUNKED),
            (Flow::Streamed, Grouping::STREAMED),
        ] {
            assert_eq!(with(flow, true, true), grouping, "{flow}");
        }
    }

    #[test]
    fn names_are_parsed_back() {
        for &flow in Flow::ALL {
            assert_eq!(flow.name().parse::<Flow>().unwrap(), flow);
        }
        assert!("fast".parse::<Flow>().is_err());
    }
}
