//! The machine and the library versions of a run.

use mailer_lab::machine;

/// Returns the lines of the report's head that only this program knows: label and value.
pub(super) fn notes() -> Vec<(String, String)> {
    let versions = machine::versions(&mailer_backends::VERSIONS);
    vec![("versions".into(), versions), ("host".into(), machine::host())]
}
