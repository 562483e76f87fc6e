//! The known causes that explain the symptoms in a comparison.

use mailer_backends::{BACKENDS, Backend, Options};
use mailer_compare::{KnownCause, Symptom};

/// The symptoms that a difference in a backend's table explains, with the name of the table's row.
const EXPLAINED: [(Symptom, &str); 4] = [
    (Symptom::EhloHeldBack, "held-back-ehlo"),
    (Symptom::EndOfDataHeldBack, "writes"),
    (Symptom::Noop, "noop"),
    (Symptom::OneMoreLineEnd, "end-of-data"),
];

/// Returns the known causes in all backends, and those that the options add to raw.
pub(super) fn known(options: Options) -> Vec<KnownCause> {
    BACKENDS.iter().flat_map(from_differences).chain(from_options(options)).collect()
}

fn from_differences(backend: &'static Backend) -> impl Iterator<Item = KnownCause> {
    let row = |name| backend.differences.iter().find(move |row| row.name == name);
    EXPLAINED.into_iter().filter_map(move |(symptom, name)| {
        let row = row(name)?;
        let (backend, source) = (backend.name.into(), row.source.into());
        Some(KnownCause { backend, symptom, explanation: row.lettre.into(), source })
    })
}

/// Returns the causes that options add to raw.
fn from_options(options: Options) -> impl Iterator<Item = KnownCause> {
    let cause = |symptom, explanation: &str, source: &str| KnownCause {
        backend: "raw".into(),
        symptom,
        explanation: explanation.into(),
        source: source.into(),
    };
    let (nagle, delayed_ack) = (options.nagle, options.delayed_ack);
    let nagle = nagle.then(|| {
        let explanation = "the option --nagle leaves Nagle's algorithm on";
        cause(Symptom::HeldBack, explanation, "--nagle")
    });
    let delayed_ack = delayed_ack.then(|| {
        let explanation = "the option --delayed-ack leaves ACKs to the system";
        cause(Symptom::ServerHeldBack, explanation, "--delayed-ack")
    });
    nagle.into_iter().chain(delayed_ack)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symptom_is_explained_by_a_row_that_exists() {
        for (_, name) in EXPLAINED {
            let mut rows = BACKENDS.iter().flat_map(|backend| backend.differences);
            assert!(rows.any(|row| row.name == name), "{name}");
        }
    }
}
