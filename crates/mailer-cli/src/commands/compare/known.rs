//! What is known of the backends beforehand, for where its sign is seen.

use mailer_backends::{BACKENDS, Backend, Options};
use mailer_compare::{KnownCause, Symptom};

/// The signs that rows of the backends' tables of differences explain, by the rows' names.
const EXPLAINED: [(Symptom, &str); 3] = [
    (Symptom::EndOfDataHeldBack, "writes"),
    (Symptom::Noop, "noop"),
    (Symptom::OneMoreLineEnd, "end-of-data"),
];

pub(super) fn known(options: Options) -> Vec<KnownCause> {
    BACKENDS.iter().flat_map(of_backend).chain(asked_for(options)).collect()
}

fn of_backend(backend: &'static Backend) -> impl Iterator<Item = KnownCause> {
    let row = |name| backend.differences.iter().find(move |row| row.name == name);
    EXPLAINED.into_iter().filter_map(move |(symptom, name)| {
        let row = row(name)?;
        let (backend, source) = (backend.name.into(), row.source.into());
        Some(KnownCause { backend, symptom, explanation: row.lettre.into(), source })
    })
}

/// What raw was told to do as others do, to show that this is the cause.
fn asked_for(options: Options) -> Option<KnownCause> {
    options.nagle.then(|| KnownCause {
        backend: "raw".into(),
        symptom: Symptom::HeldBack,
        explanation: "it was told to leave Nagle's algorithm on".into(),
        source: "--nagle".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_explains_a_sign_is_there() {
        for (_, name) in EXPLAINED {
            let mut rows = BACKENDS.iter().flat_map(|backend| backend.differences);
            assert!(rows.any(|row| row.name == name), "{name}");
        }
    }
}
