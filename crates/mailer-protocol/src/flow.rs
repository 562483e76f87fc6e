//! How commands are grouped into flights.

use std::{fmt, str::FromStr};

use mailer::{Error, Kind, Step};

use crate::Capabilities;

/// How commands are grouped into flights: what is written without waiting for a reply in between.
/// Each flight that is waited for costs one round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Flow {
    /// [`Flow::Pipelined`] where the server announces PIPELINING, else [`Flow::Lockstep`]: what
    /// every real server takes.
    #[default]
    Auto,
    /// Every command waits for its reply, as in a classroom: r + 3 round trips for a mail to r
    /// recipients.
    Lockstep,
    /// RFC 2920: RSET, MAIL, RCPT... and DATA in one flight, the content in the next: 2 round trips
    /// for a mail. [`Flow::Lockstep`] where PIPELINING is not announced, because servers that do not
    /// announce it lose mails or hang up.
    Pipelined,
    /// Pipelined, with the next mail's MAIL, RCPT... and DATA right behind the content: 1 round trip
    /// for each further mail. RFC 2920 §3.1 allows it, and yet some servers refuse or lose that
    /// group; it held no content, so it is offered once more, and grouped no longer.
    Overlapped,
    /// RFC 3030: MAIL, RCPT..., BDAT and the content in one flight, the next mail after its reply: 1
    /// round trip for a mail. The RFC wants the replies to the envelope first; Exim does it like this.
    /// [`Flow::Pipelined`] where CHUNKING is not announced.
    Chunked,
    /// Chunked, with further mails behind it up to a [`Window`](crate::Window), RSET between them: no round trips
    /// until the window is full. What may follow BDAT in a flight the RFC does not say. A lost
    /// connection leaves every mail unknown that was not answered.
    Streamed,
}

impl Flow {
    /// All of them, for command lines and tables.
    pub const ALL: [Self; 6] = [
        Self::Auto,
        Self::Lockstep,
        Self::Pipelined,
        Self::Overlapped,
        Self::Chunked,
        Self::Streamed,
    ];

    /// The name on the command line and in reports.
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

    /// The flow that is used with this server, when this one was asked for: nothing is used that is
    /// not announced.
    #[must_use]
    pub fn with(self, capabilities: &Capabilities) -> Self {
        match self {
            Self::Lockstep => Self::Lockstep,
            _ if !capabilities.pipelining => Self::Lockstep,
            Self::Overlapped => Self::Overlapped,
            Self::Chunked | Self::Streamed if capabilities.chunking => self,
            _ => Self::Pipelined,
        }
    }

    /// **The plan of flights**: whether what is written for this step ends its flight, so that
    /// nothing follows before its reply has come. Every flow is a column of this table:
    ///
    /// | waits after | lockstep | pipelined | overlapped | chunked | streamed |
    /// | --- | :-: | :-: | :-: | :-: | :-: |
    /// | RSET, MAIL, RCPT | yes | | | | |
    /// | DATA | yes | yes | yes | | |
    /// | the content | yes | yes | | yes | |
    /// | anything else | yes | yes | yes | yes | yes |
    #[must_use]
    pub fn waits_after(self, step: Step) -> bool {
        match step {
            // RFC 2920 §3.1: these may stand anywhere in a group.
            Step::Reset | Step::Mail | Step::Recipient => self == Self::Lockstep,
            // RFC 2920 §3.1: the content may begin a group. RFC 3030 is silent on what may follow a
            // chunk.
            Step::EndOfData => !matches!(self, Self::Overlapped | Self::Streamed),
            // 354 must be seen before content (RFC 5321 §4.1.1.4). BDAT has no reply before its
            // content, so it is never asked for. All else is last in a group, always: what follows
            // depends on its reply (RFC 2920 §3.1, RFC 3207 §4, RFC 4954 §4).
            _ => true,
        }
    }

    /// Whether the content goes by BDAT, whose size is said before and which has no dots to stuff.
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
        Self::ALL.into_iter().find(|flow| flow.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(Kind::Configuration, format!("there is no flow \"{text}\""))
                .hint(format!("the flows are {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_used_that_was_not_announced() {
        let with = |flow: Flow, pipelining, chunking| {
            flow.with(&Capabilities { pipelining, chunking, ..Capabilities::default() })
        };
        for flow in Flow::ALL {
            assert_eq!(with(flow, false, false), Flow::Lockstep);
            assert_eq!(with(flow, false, true), Flow::Lockstep);
            assert!(!with(flow, true, false).chunks());
        }
        assert_eq!(with(Flow::Lockstep, true, true), Flow::Lockstep);
        assert_eq!(with(Flow::Auto, true, true), Flow::Pipelined);
        for flow in [Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed] {
            assert_eq!(with(flow, true, true), flow);
        }
    }

    #[test]
    fn names_read_back() {
        for flow in Flow::ALL {
            assert_eq!(flow.name().parse::<Flow>().unwrap(), flow);
        }
        assert!("fast".parse::<Flow>().is_err());
    }
}
