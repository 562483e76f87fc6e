//! What users send: the options of the locustfile, as the master passes them on.

use std::collections::BTreeMap;

use mailer::{Envelope, Error, Kind};
use mailer_bench::parse;
use rmpv::Value;

/// How the names of the locustfile's own options begin. The other options are Locust's.
const PREFIX: &str = "mail_";

/// What every user of a run sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The size of each message in bytes.
    pub size: usize,
    /// The messages per second of each user; `None` means as fast as possible.
    pub rate: Option<f64>,
    /// The sender, with placeholders.
    sender: String,
    /// The recipients, with placeholders.
    recipients: Vec<String>,
}

impl Scenario {
    /// Reads the options of a `spawn` message.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if one is missing, invalid or unknown.
    pub fn from_options(options: &BTreeMap<String, Value>) -> Result<Self, Error> {
        const KNOWN: [&str; 4] = ["mail_size", "mail_rate", "mail_from", "mail_to"];
        let unknown =
            options.keys().find(|it| it.starts_with(PREFIX) && !KNOWN.contains(&it.as_str()));
        if let Some(unknown) = unknown {
            return Err(problem(unknown, "this worker does not know it"));
        }
        let [size, rate, sender, recipients] = KNOWN.map(|name| text(options, name));
        let rate = match rate?.as_str() {
            "" => None,
            rate => Some(parse::rate(rate).map_err(|cause| problem("mail_rate", &cause))?),
        };
        let recipients = recipients?;
        let recipients = recipients.split(',').map(str::trim).filter(|it| !it.is_empty());
        let scenario = Self {
            size: parse::size(&size?).map_err(|cause| problem("mail_size", &cause))?,
            rate,
            sender: sender?,
            recipients: recipients.map(str::to_owned).collect(),
        };
        // No user has longer addresses than these.
        scenario.envelope(u64::MAX, u32::MAX).map(|_| scenario)
    }

    /// Returns the envelope of a user. The master's index of the worker and the number of the user stand in for
    /// `{worker}` and `{user}`.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if an address is invalid, or there is no recipient.
    pub fn envelope(&self, worker: u64, user: u32) -> Result<Envelope, Error> {
        let filled = |pattern: &str| {
            pattern.replace("{worker}", &worker.to_string()).replace("{user}", &user.to_string())
        };
        let invalid =
            |option: &'static str| move |cause: Error| problem(option, &cause.to_string());
        let sender = match self.sender.as_str() {
            "<>" => None,
            sender => Some(filled(sender).parse().map_err(invalid("mail_from"))?),
        };
        let recipients = self.recipients.iter().map(|it| filled(it).parse());
        let recipients = recipients.collect::<Result<_, _>>().map_err(invalid("mail_to"))?;
        Envelope::new(sender, recipients).map_err(invalid("mail_to"))
    }
}

/// Returns an option as text: Locust's web page passes numbers as text, too.
fn text(options: &BTreeMap<String, Value>, name: &str) -> Result<String, Error> {
    match options.get(name) {
        Some(Value::String(text)) => match text.as_str() {
            Some(text) => Ok(text.trim().to_owned()),
            None => Err(problem(name, "it is not text")),
        },
        Some(number @ (Value::Integer(_) | Value::F64(_))) => Ok(number.to_string()),
        Some(Value::Nil) => Ok(String::new()),
        Some(_) => Err(problem(name, "it is neither text nor a number")),
        None => Err(problem(name, "the master has no such option")),
    }
}

fn problem(option: &str, cause: &str) -> Error {
    let option = option.replace('_', "-");
    Error::new(Kind::Configuration, format!("the master's option --{option} cannot be used"))
        .with_cause(cause.to_owned())
        .with_hint(
            "start the master with the locustfile that mailer worker --print-locustfile prints",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(changed: &[(&str, Value)]) -> BTreeMap<String, Value> {
        let defaults: [(&str, Value); 5] = [
            ("mail_size", "1K".into()),
            ("mail_rate", "".into()),
            ("mail_from", "load-{worker}-{user}@example.test".into()),
            ("mail_to", "a-{user}@example.test, b@example.test".into()),
            ("headless", true.into()),
        ];
        let all = defaults.into_iter().chain(changed.iter().cloned());
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn each_user_has_addresses_of_its_own() {
        let scenario = Scenario::from_options(&options(&[])).unwrap();
        assert_eq!((scenario.size, scenario.rate), (1024, None));
        let envelope = scenario.envelope(3, 17).unwrap();
        assert_eq!(envelope.sender().unwrap().as_str(), "load-3-17@example.test");
        let recipients: Vec<&str> = envelope.recipients().iter().map(|it| it.as_str()).collect();
        assert_eq!(recipients, ["a-17@example.test", "b@example.test"]);
        let null = Scenario::from_options(&options(&[("mail_from", "<>".into())])).unwrap();
        assert_eq!(null.envelope(0, 0).unwrap().sender(), None);
    }

    #[test]
    fn numbers_may_be_text() {
        for rate in ["2.5".into(), Value::F64(2.5)] {
            let scenario = Scenario::from_options(&options(&[("mail_rate", rate)])).unwrap();
            assert_eq!(scenario.rate, Some(2.5));
        }
        let scenario = Scenario::from_options(&options(&[("mail_size", 800.into())])).unwrap();
        assert_eq!(scenario.size, 800);
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (name, value) in [
            ("mail_size", "1G".into()),
            ("mail_size", Value::Array(Vec::new())),
            ("mail_rate", "fast".into()),
            ("mail_from", "load".into()),
            // Valid for the first workers only: a command line has 512 bytes (RFC 5321 §4.5.3.1.4).
            ("mail_from", format!("{}{{worker}}@example.test", "x".repeat(480)).into()),
            ("mail_to", "".into()),
            ("mail_to", "x y@example.test".into()),
            ("mail_colour", "red".into()),
        ] {
            let error = Scenario::from_options(&options(&[(name, value)])).unwrap_err();
            let option = format!("--{}", name.replace('_', "-"));
            assert!(error.to_string().contains(&option), "{error}");
            assert_eq!(error.kind(), Kind::Configuration);
        }
        let mut missing = options(&[]);
        missing.remove("mail_to");
        assert!(Scenario::from_options(&missing).is_err());
    }
}
