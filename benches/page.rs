//! What the pages that commands write have in common.

use std::path::PathBuf;

use time::{OffsetDateTime, macros::format_description};

/// The folder of the workspace, to which the names of pages are relative.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The day, as it stands in the head of a page.
///
/// # Errors
/// None that a caller could cause.
pub fn today() -> Result<String, String> {
    let day = format_description!("[day padding:none] [month repr:long] [year]");
    OffsetDateTime::now_utc().format(day).map_err(|error| error.to_string())
}
