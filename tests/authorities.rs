//! Runs a suite without the system's certificate authorities, which are slow to load.

use std::{
    env, io,
    process::{Command, ExitCode},
};

use tempfile::NamedTempFile;

/// The variable that marks the run without them.
const WITHOUT: &str = "MAILER_TESTS_WITHOUT_AUTHORITIES";
/// The exit status of libtest after a failed test.
const FAILED: u8 = 101;

/// Runs this program again without certificate authorities, and returns its exit status; `None` if this
/// is that run already.
///
/// Loading them takes about 40 ms each time that a backend sets up TLS, which a suite does thousands of
/// times. No server of a suite has a certificate from them.
///
/// # Errors
/// If the program cannot be run again.
pub fn without() -> io::Result<Option<ExitCode>> {
    if env::var_os(WITHOUT).is_some() {
        return Ok(None);
    }
    let none = NamedTempFile::new()?;
    let mut again = Command::new(env::current_exe()?);
    // OpenSSL reads this file instead of the system's.
    again.args(env::args_os().skip(1)).env(WITHOUT, "1").env("SSL_CERT_FILE", none.path());
    let code = if again.status()?.success() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Some(code))
}
