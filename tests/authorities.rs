//! The system's certificate authorities, which no trial of a suite needs and every one would load.

use std::{
    env, io,
    process::{Command, ExitCode},
};

use tempfile::NamedTempFile;

/// Set in the run that has none.
const WITHOUT: &str = "MAILER_TESTS_WITHOUT_AUTHORITIES";
/// What libtest ends with if a test has failed.
const FAILED: u8 = 101;

/// Runs this program again with none, and gives what it ended with; `None` if this is that run
/// already.
///
/// To load them takes some 40 ms each time that a backend sets up TLS, which a suite does thousands
/// of times. No server here has a certificate of theirs.
///
/// # Errors
/// If the program cannot be run again.
pub fn without() -> io::Result<Option<ExitCode>> {
    if env::var_os(WITHOUT).is_some() {
        return Ok(None);
    }
    let none = NamedTempFile::new()?;
    let mut again = Command::new(env::current_exe()?);
    // OpenSSL looks into this file in place of the system's.
    again.args(env::args_os().skip(1)).env(WITHOUT, "1").env("SSL_CERT_FILE", none.path());
    let code = if again.status()?.success() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Some(code))
}
