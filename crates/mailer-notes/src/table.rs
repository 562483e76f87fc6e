//! All notes, by what they are about.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod codes;
pub(crate) mod commands;
pub(crate) mod enhanced;
pub(crate) mod extensions;
pub(crate) mod header;
pub(crate) mod line;
pub(crate) mod parameters;
pub(crate) mod path;
pub(crate) mod replies;
pub(crate) mod tls;

use crate::note::Note;

/// The tables in the order of a glossary.
static TABLES: &[&[&Note]] = &[
    line::ALL,
    commands::ALL,
    path::ALL,
    parameters::ALL,
    replies::ALL,
    codes::ALL,
    enhanced::ALL,
    extensions::ALL,
    auth::ALL,
    header::ALL,
    body::ALL,
    tls::ALL,
];

/// Returns every note, for a glossary.
///
/// ```
/// assert!(mailer_notes::notes().any(|note| note.id == "stuffed-dot"));
/// ```
pub fn notes() -> impl Iterator<Item = &'static Note> {
    TABLES.iter().copied().flatten().copied()
}
