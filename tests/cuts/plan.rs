//! Which sessions are cut, and where.

use mailer::{Security, TlsLibrary};
use mailer_backends::Flow;
use mailer_link::{CutKind, Direction};
use mailer_tests::contender::{Contender, contenders};

use crate::sweep::Sweep;

/// Cuts of one kind.
struct Kind {
    /// Whether the cuts are for backends with flows, or for those without.
    flows: bool,
    modes: &'static [Security],
    library: TlsLibrary,
    /// Whether AUTH and QUIT share flights with the messages.
    joined: bool,
    /// The kinds of cut, in turn.
    how: &'static [CutKind],
    /// The distance between two cuts, in bytes.
    stride: u64,
    /// The number of parallel sessions: many where most of them wait.
    at_a_time: usize,
}

const CLEAR: &[Security] = &[Security::None];
const INSIDE_TLS: &[Security] = &[Security::Required, Security::Implicit];
const EITHER: &[CutKind] = &[CutKind::Close, CutKind::Reset];

/// A flow, cut at every byte by FIN or RST.
const FLOWS: Kind = Kind {
    flows: true,
    modes: CLEAR,
    library: TlsLibrary::NativeTls,
    joined: false,
    how: EITHER,
    stride: 1,
    at_a_time: 2,
};
/// lettre, cut at every byte. The end of each of its messages waits for 40 ms.
const LETTRE: Kind = Kind { flows: false, at_a_time: 16, ..FLOWS };
/// A flow inside TLS by rustls.
const RUSTLS: Kind = Kind { modes: INSIDE_TLS, library: TlsLibrary::Rustls, ..FLOWS };
/// Silence, which needs a time-out in every session.
const SILENT: &[CutKind] = &[CutKind::Silence];

/// Every byte of every flow in every mode, by FIN or RST. Slower sessions are sampled: time-outs inside
/// TLS, and lettre inside TLS, which needs three handshakes per session. With rustls, all sessions are sampled,
/// with a stride that has no factor in common with the size of a block.
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
    Kind { stride: 7, ..RUSTLS },
    Kind { how: SILENT, stride: 67, at_a_time: 16, ..RUSTLS },
    Kind { flows: false, stride: 61, at_a_time: 16, ..RUSTLS },
];

pub(crate) fn sweeps() -> Vec<Sweep> {
    let all = KINDS.iter().flat_map(|kind| {
        let all = contenders().map(|contender| contender.with(kind.library));
        let chosen = all.filter(|contender| applies_to(kind, contender));
        chosen.flat_map(move |contender| kind.sweeps(contender))
    });
    all.collect()
}

/// Returns whether a contender is cut this way. `auto` chooses one of the other flows, and a backend
/// that is only measured has no promises.
fn applies_to(kind: &Kind, contender: &Contender) -> bool {
    let backend = contender.backend;
    let is_sender = !backend.measured_only && backend.has_flows == kind.flows;
    is_sender && (contender.flow != Flow::Auto || !backend.has_flows)
}

impl Kind {
    fn sweeps(&self, contender: Contender) -> impl Iterator<Item = Sweep> {
        // Before MAIL all flows are equal, so one of them is enough, unless AUTH shares a flight with
        // messages. lettre opens more connections, each with its own handshake.
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
