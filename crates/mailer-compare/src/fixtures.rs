//! A comparison of made-up observations, for tests of what is said of it.

mod observations;

use std::time::SystemTime;

use mailer::Security;

use super::{Comparison, InboxCheck};
use crate::observation::Observation;
use mailer_lab::sample;

pub(crate) use observations::*;

pub(crate) fn comparison(observations: Vec<Observation>) -> Comparison {
    let id = "1@example.test".parse().unwrap();
    Comparison {
        server: "smtp://mail.example:587".into(),
        security: Security::Required,
        mail: sample::mail(SystemTime::UNIX_EPOCH, id).unwrap(),
        mails: observations
            .iter()
            .map(|observation| observation.receipts().count())
            .max()
            .unwrap_or(1),
        notes: vec![("versions".into(), "raw 0.1.0, lettre 0.11.23".into())],
        warmed_up: true,
        known_causes: Vec::new(),
        observations,
        stored: InboxCheck::Unknown,
        interrupted: false,
    }
}
