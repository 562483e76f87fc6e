//! A comparison of made-up sessions, for tests of what is said of it.

use std::time::SystemTime;

use mailer::Security;

use super::{Comparison, Stored};
use crate::session::Session;
use mailer_lab::sample;

pub(crate) fn comparison(sessions: Vec<Session>) -> Comparison {
    let id = "1@example.test".parse().unwrap();
    Comparison {
        server: "smtp://mail.example:587".into(),
        security: Security::Required,
        mail: sample::mail(SystemTime::UNIX_EPOCH, id).unwrap(),
        mails: sessions.iter().map(|session| session.receipts().count()).max().unwrap_or(1),
        notes: vec![("versions".into(), "raw 0.1.0, lettre 0.11.23".into())],
        warmed_up: true,
        known: Vec::new(),
        sessions,
        stored: Stored::Unknown,
        interrupted: false,
    }
}
