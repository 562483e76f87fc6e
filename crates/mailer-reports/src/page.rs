//! Where pages are, and the date in their heads.

use std::path::PathBuf;

use time::{OffsetDateTime, macros::format_description};

/// Returns the folder of the workspace, to which the paths of pages are relative.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns today's date as pages have it: `23 November 2026`.
///
/// # Errors
/// If the date cannot be formatted.
pub fn today() -> Result<String, String> {
    let day = format_description!("[day padding:none] [month repr:long] [year]");
    OffsetDateTime::now_utc().format(day).map_err(|error| error.to_string())
}
