//! The known causes that explain the symptoms in a comparison.

use mailer_backends::{BACKENDS, Backend, Options};
use mailer_compare::{KnownCause, Symptom};

/// The symptoms that a difference in a backend's table explains, with the name of the table's row.
const EXPLAINED: [(Symptom, &str); 3] = [
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

/// Returns the cause that an option adds to raw.
fn from_options(options: Options) -> Option<KnownCause> {
    options.nagle.then(|| KnownCause {
        backend: "raw".into(),
        symptom: Symptom::HeldBack,
        explanation: "the option --nagle leaves Nagle's algorithm on".into(),
        source: "--nagle".into(),
    })
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
