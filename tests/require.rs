//! Servers and clients that trials and reports need, and that may be missing on a machine.

use std::{
    env,
    sync::{Arc, OnceLock},
};

use libtest_mimic::{Completion, Trial};

/// The variable with the names of what must not be missing, separated by commas. Without these, trials
/// fail.
const VARIABLE: &str = "MAILER_REQUIRE";

/// The last two are for the benches, which read the same variable.
const KNOWN: [&str; 17] = [
    "aiosmtpd",
    "chromium",
    "curl",
    "dovecot",
    "exim",
    "jupyter",
    "locust",
    "msmtp",
    "opensmtpd",
    "pdftotext",
    "postfix",
    "python3",
    "sendmail",
    "swaks",
    "strace",
    "tshark",
    "valgrind",
];

/// Why something that trials need is missing.
#[derive(Clone, Debug)]
pub enum Missing {
    /// It is not available on this machine: the trials that need it are ignored.
    Unavailable(String),
    /// It is available but does not work: the trials that need it fail.
    Broken(String),
}

impl Missing {
    /// Returns the reason why the thing with this name may be missing.
    ///
    /// # Errors
    /// If it must not be missing, because `MAILER_REQUIRE` names it, or because it is there and does not work.
    pub fn excuse(&self, name: &str) -> Result<String, String> {
        match self {
            Self::Unavailable(reason) if !is_required(name) => Ok(reason.clone()),
            Self::Unavailable(reason) => Err(format!("{VARIABLE} names {name}: {reason}")),
            Self::Broken(reason) => Err(reason.clone()),
        }
    }
}

/// Something that trials need. It is made for the first trial, shared by all, and dropped after the last,
/// even if that fails.
pub struct Needed<T>(Arc<Inner<T>>);

struct Inner<T> {
    name: &'static str,
    provide: Box<dyn Fn() -> Result<T, Missing> + Send + Sync>,
    provided: OnceLock<Result<T, Missing>>,
}

impl<T: Send + Sync + 'static> Needed<T> {
    /// Returns a need with this name in `MAILER_REQUIRE`, which `provide` makes.
    pub fn new(
        name: &'static str,
        provide: impl Fn() -> Result<T, Missing> + Send + Sync + 'static,
    ) -> Self {
        assert!(KNOWN.contains(&name), "{name} cannot be required");
        Self(Arc::new(Inner { name, provide: Box::new(provide), provided: OnceLock::new() }))
    }

    /// Returns a trial that needs it. If it is missing, the trial is ignored with the reason, or fails.
    pub fn trial(&self, name: &str, run: impl FnOnce(&T) + Send + 'static) -> Trial {
        let inner = Arc::clone(&self.0);
        Trial::ignorable_test(format!("{}::{name}", inner.name), move || {
            match inner.provided.get_or_init(&inner.provide) {
                Ok(thing) => {
                    run(thing);
                    Ok(Completion::Completed)
                }
                Err(missing) => match missing.excuse(inner.name) {
                    Ok(reason) => Ok(Completion::ignored_with(reason)),
                    Err(problem) => Err(problem.into()),
                },
            }
        })
    }
}

/// A trial that fails on a misspelled name in the variable.
pub fn trial() -> Trial {
    Trial::test("require::every_name_is_known", || {
        let unknown: Vec<String> =
            required().into_iter().filter(|name| !KNOWN.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{VARIABLE} has {unknown:?}; known are {KNOWN:?}");
        Ok(())
    })
}

fn is_required(name: &str) -> bool {
    required().iter().any(|required| required == name)
}

fn required() -> Vec<String> {
    let names = env::var(VARIABLE).unwrap_or_default();
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_something_that_is_not_available_may_be_missing() {
        let unknown = "a name that MAILER_REQUIRE cannot have";
        let (unavailable, broken) = ("unavailable".to_owned(), "broken".to_owned());
        assert_eq!(Missing::Unavailable(unavailable.clone()).excuse(unknown), Ok(unavailable));
        assert_eq!(Missing::Broken(broken.clone()).excuse(unknown), Err(broken));
    }
}
