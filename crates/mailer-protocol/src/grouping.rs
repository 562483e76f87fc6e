//! The table of the flows: where each waits for replies.

use mailer::Step;

/// A column of the table on the page of [`Flow`](crate::Flow): the steps after which the client waits for
/// the reply before it writes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grouping {
    /// RSET, MAIL and RCPT. RFC 2920 §3.1 allows these commands anywhere in a group.
    waits_after_envelope: bool,
    /// DATA. The client must read 354 before it sends content (RFC 5321 §4.1.1.4). BDAT has no reply before
    /// its content.
    waits_after_data: bool,
    /// The content. After DATA, RFC 2920 §3.1 allows it as the first in a group. After BDAT LAST, `streamed`
    /// breaks the default rule, see there.
    waits_after_content: bool,
}

const fn waits(envelope: bool, data: bool, content: bool) -> Grouping {
    Grouping {
        waits_after_envelope: envelope,
        waits_after_data: data,
        waits_after_content: content,
    }
}

impl Grouping {
    pub(crate) const LOCKSTEP: Self = waits(true, true, true);
    pub(crate) const PIPELINED: Self = waits(false, true, true);
    pub(crate) const OVERLAPPED: Self = waits(false, true, false);
    pub(crate) const CHUNKED: Self = waits(false, false, true);
    pub(crate) const STREAMED: Self = waits(false, false, false);

    /// Whether the client waits for the reply to this step before it writes more, so that the step ends its
    /// flight.
    pub(crate) fn waits_after(self, step: Step) -> bool {
        match step {
            Step::Reset | Step::Mail | Step::Recipient => self.waits_after_envelope,
            Step::Data => self.waits_after_data,
            Step::EndOfData => self.waits_after_content,
            // Every other command is the last in its group, because the next one depends on its reply
            // (RFC 2920 §3.1, RFC 3207 §4, RFC 4954 §4).
            _ => true,
        }
    }

    /// Whether commands share flights.
    pub(crate) fn has_groups(self) -> bool {
        !self.waits_after_envelope
    }

    /// Whether the content is sent with BDAT, which states its length and needs no dot-stuffing: it does not
    /// wait for a reply.
    pub(crate) fn uses_bdat(self) -> bool {
        !self.waits_after_data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_flow_shows_the_table() {
        let columns = [
            Grouping::LOCKSTEP,
            Grouping::PIPELINED,
            Grouping::OVERLAPPED,
            Grouping::CHUNKED,
            Grouping::STREAMED,
        ];
        let page = include_str!("flow.rs");
        for (name, steps) in [
            ("RSET, MAIL, RCPT", [Step::Reset, Step::Mail, Step::Recipient].as_slice()),
            ("DATA", &[Step::Data]),
            ("the content", &[Step::EndOfData]),
            ("anything else", &[Step::Ehlo, Step::StartTls, Step::Auth, Step::Quit]),
        ] {
            for step in steps {
                let waits = columns.map(|column| column.waits_after(*step));
                let cells = waits.map(|waits| if waits { " yes |" } else { " |" }).concat();
                assert!(page.contains(&format!("/// | {name} |{cells}\n")), "{name}: {cells}");
            }
        }
    }
}
