//! Comparisons and observations with fixed times, for tests of what is computed from them.

mod observations;

use std::time::SystemTime;

use mailer::Security;
use mailer_lab::sample;

pub(crate) use observations::*;

use crate::{comparison::Comparison, inbox_check::InboxCheck, observation::Observation};

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
        inbox: InboxCheck::Unknown,
        interrupted: false,
    }
}
