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
}

impl Flow {
    /// All of them, for command lines and tables.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Lockstep, Self::Pipelined];

    /// The name on the command line and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Lockstep => "lockstep",
            Self::Pipelined => "pipelined",
        }
    }

    /// The flow that is used with this server, when this one was asked for.
    #[must_use]
    pub fn with(self, capabilities: &Capabilities) -> Self {
        match self {
            Self::Auto | Self::Pipelined if capabilities.pipelining => Self::Pipelined,
            _ => Self::Lockstep,
        }
    }

    /// **The plan of flights**: whether what is written for this step ends its flight, so that
    /// nothing follows before its reply has come. Every flow is a column of this table, and there is
    /// no other place where one differs from another.
    #[must_use]
    pub fn waits_after(self, step: Step) -> bool {
        match step {
            // RFC 2920 §3.1: these may stand anywhere in a group.
            Step::Reset | Step::Mail | Step::Recipient => self != Self::Pipelined,
            // 354 must be seen before content (RFC 5321 §4.1.1.4). The content may begin a group
            // (RFC 2920 §3.1), which these flows make no use of.
            Step::Data | Step::EndOfData => true,
            // Last in a group, always: what follows depends on their reply (RFC 2920 §3.1,
            // RFC 3207 §4, RFC 4954 §4).
            _ => true,
        }
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
            Error::new(Kind::Configuration, format!("there is no flow \"{}\"", text.escape_debug()))
                .hint(format!("the flows are {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_grouped_that_was_not_announced() {
        let silent = Capabilities::default();
        let announced = Capabilities { pipelining: true, ..Capabilities::default() };
        for flow in [Flow::Auto, Flow::Pipelined] {
            assert_eq!(flow.with(&silent), Flow::Lockstep);
            assert_eq!(flow.with(&announced), Flow::Pipelined);
        }
        assert_eq!(Flow::Lockstep.with(&announced), Flow::Lockstep);
    }

    #[test]
    fn names_read_back() {
        for flow in Flow::ALL {
            assert_eq!(flow.name().parse::<Flow>().unwrap(), flow);
        }
        assert!("fast".parse::<Flow>().is_err());
    }
}
