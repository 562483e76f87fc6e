//! What is cut, and where.

use mailer::Security;
use mailer_backends::Flow;
use mailer_link::{CutKind, Direction};
use mailer_tests::contender::{Contender, contenders};

use crate::sweep::Sweep;

/// Cuts of one kind.
struct Kind {
    /// Whether it is for backends that have flows, or for those that have none.
    flows: bool,
    modes: &'static [Security],
    /// Whether AUTH and QUIT share flights with the letters.
    joined: bool,
    /// CutKind it is cut, in turn.
    how: &'static [CutKind],
    /// Every so many octets.
    stride: u64,
    /// Sessions at a time: many where most of them wait.
    at_a_time: usize,
}

const CLEAR: &[Security] = &[Security::None];
const INSIDE_TLS: &[Security] = &[Security::Required, Security::Implicit];
const EITHER: &[CutKind] = &[CutKind::Close, CutKind::Reset];

/// A flow at every octet, by what both ends see.
const FLOWS: Kind =
    Kind { flows: true, modes: CLEAR, joined: false, how: EITHER, stride: 1, at_a_time: 2 };
/// lettre at every octet. It lets the end of each mail wait for 40 ms.
const LETTRE: Kind = Kind { flows: false, at_a_time: 16, ..FLOWS };
/// Silence instead: a time-out in every session.
const SILENT: &[CutKind] = &[CutKind::Silence];

/// Every octet of every flow in every mode, by FIN or RST. What takes longer is sampled: time-outs
/// inside TLS, and lettre inside TLS, which shakes hands three times in a session.
const KINDS: &[Kind] = &[
    Kind { how: &[CutKind::Close], ..FLOWS },
    Kind { how: &[CutKind::Reset], ..FLOWS },
    Kind { how: SILENT, at_a_time: 24, ..FLOWS },
    Kind { joined: true, ..FLOWS },
    Kind { modes: INSIDE_TLS, ..FLOWS },
    Kind { modes: INSIDE_TLS, how: SILENT, stride: 13, at_a_time: 16, ..FLOWS },
    LETTRE,
    Kind { how: SILENT, stride: 5, at_a_time: 24, ..LETTRE },
    Kind { modes: INSIDE_TLS, stride: 13, ..LETTRE },
];

pub(crate) fn sweeps() -> Vec<Sweep> {
    let all = KINDS.iter().flat_map(|kind| {
        let meant = contenders().filter(|contender| is_meant(kind, contender));
        meant.flat_map(move |contender| kind.sweeps(contender))
    });
    all.collect()
}

/// `auto` is one of the other flows; what is measured only sends nobody's mail.
fn is_meant(kind: &Kind, contender: &Contender) -> bool {
    let backend = contender.backend;
    let is_sender = !backend.measured_only && backend.has_flows == kind.flows;
    is_sender && (contender.flow != Flow::Auto || !backend.has_flows)
}

impl Kind {
    fn sweeps(&self, contender: Contender) -> impl Iterator<Item = Sweep> {
        // Until MAIL all flows are the same, so one of them stands for all, unless AUTH is in a flight
        // with mails. lettre has further connections, with openings of their own.
        let opening = !self.flows || self.joined || contender.flow == Flow::Lockstep;
        self.modes.iter().flat_map(move |&mode| {
            [Direction::Out, Direction::In].map(|direction| Sweep {
                contender,
                mode,
                direction,
                joined: self.joined,
                how: self.how,
                opening,
                stride: self.stride,
                at_a_time: self.at_a_time,
            })
        })
    }
}
