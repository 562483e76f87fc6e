//! The events that a backend reports to a trace, and those that it must not.

use std::sync::Arc;

use libtest_mimic::Failed;
use mailer::{Mailer, Mechanism, Outcome, Security, Step};
use mailer_compare::{EventKind, RecordedEvent, Recorder};
use mailer_tests::mails;

use crate::{
    case::{BY_STARTTLS, Case},
    testbed::{SECRETS, Testbed},
};

pub(crate) fn cases() -> Vec<Case> {
    let secret = Mechanism::ALL.iter().copied().map(|mechanism| {
        let name = format!("reports_no_password_by_{}", mechanism.name().to_lowercase());
        Case::script(name, no_secret).logs_in_by(mechanism)
    });
    let mut cases = vec![
        Case::script("reports_a_whole_dialogue", whole_dialogue),
        Case::script("reports_the_start_of_tls", tls_started).modes(BY_STARTTLS),
        Case::script("reports_only_while_a_trace_is_set", for_a_while),
    ];
    cases.extend(secret);
    cases
}

/// Sends one message and closes, and returns the reported events.
fn record(mailer: &mut dyn Mailer) -> Result<Vec<RecordedEvent>, Failed> {
    let recorder = Arc::new(Recorder::default());
    mailer.trace_to(Some(recorder.clone()));
    send(mailer)?;
    mailer.close()?;
    mailer.trace_to(None);
    Ok(recorder.take())
}

fn send(mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let receipt = mailer.send(&mails::prepared(&["bob@example.test"], mails::DOTS));
    match receipt.outcome {
        Outcome::Accepted => Ok(()),
        _ => Err(format!("the message was not accepted: {receipt:?}").into()),
    }
}

/// The trace has every command with its source, a reply to each, and the content.
fn whole_dialogue(testbed: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let events = record(mailer)?;
    let (mut steps, mut answered, mut content) = (Vec::new(), Vec::new(), Vec::new());
    for event in &events {
        match &event.kind {
            EventKind::Sent { step, line } => {
                steps.push(*step);
                if event.source.is_none() {
                    return Err(format!("the event of {line:?} has no source").into());
                }
            }
            EventKind::Received { step, .. } => answered.push(*step),
            EventKind::Content { head, .. } => content.extend_from_slice(head),
            EventKind::Connected { .. }
            | EventKind::TlsStarted { .. }
            | EventKind::Closed { .. } => {}
        }
    }
    // BDAT counts as DATA, and its reply as the reply to the end of the data.
    let chunks = testbed.contender.flow.chunks();
    let reported = reported_steps(testbed.mode);
    in_order(&steps, reported.iter().filter(|&&step| !chunks || step != Step::EndOfData))?;
    let replies = [Step::Greeting].iter().chain(&reported);
    in_order(&answered, replies.filter(|&&step| !chunks || step != Step::Data))?;
    let text = String::from_utf8_lossy(&content);
    if text != mails::DOTS {
        return Err(format!("the reported content is {text:?}").into());
    }
    let closed = matches!(events.last().map(|e| &e.kind), Some(EventKind::Closed { .. }));
    if closed { Ok(()) } else { Err(format!("the last event is not the end: {events:?}").into()) }
}

/// The steps of a session with one message, without those that only one backend has.
fn reported_steps(mode: Security) -> Vec<Step> {
    let starts = match mode {
        Security::Required | Security::Opportunistic => {
            vec![Step::Ehlo, Step::StartTls, Step::EhloAgain]
        }
        Security::Implicit | Security::None => vec![Step::Ehlo],
    };
    let rest = [Step::Auth, Step::Mail, Step::Recipient, Step::Data, Step::EndOfData, Step::Quit];
    starts.into_iter().chain(rest).collect()
}

fn in_order<'a>(found: &[Step], wanted: impl Iterator<Item = &'a Step>) -> Result<(), Failed> {
    let wanted: Vec<Step> = wanted.copied().collect();
    if found == wanted { Ok(()) } else { Err(format!("{found:?}, and not {wanted:?}").into()) }
}

fn tls_started(_: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let events = record(mailer)?;
    let is_start = |event: &RecordedEvent| matches!(event.kind, EventKind::TlsStarted { .. });
    let starts = events.iter().filter(|event| is_start(event)).count();
    if starts == 1 { Ok(()) } else { Err(format!("TLS started {starts} times").into()) }
}

/// The trace shows neither the password nor its base64.
fn no_secret(_: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let shown = format!("{:?}", record(mailer)?);
    match SECRETS.iter().find(|secret| shown.contains(**secret)) {
        Some(secret) => Err(format!("the trace shows {secret:?}: {shown}").into()),
        None => Ok(()),
    }
}

/// The backend reports events only while a trace is set.
fn for_a_while(_: &Testbed, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let recorder = Arc::new(Recorder::default());
    send(mailer)?;
    mailer.trace_to(Some(recorder.clone()));
    send(mailer)?;
    let events = recorder.take();
    mailer.trace_to(None);
    send(mailer)?;
    mailer.close()?;
    let is_ehlo =
        |event: &RecordedEvent| matches!(event.kind, EventKind::Sent { step: Step::Ehlo, .. });
    if events.is_empty() || events.iter().any(is_ehlo) {
        return Err(format!("the events of the second message: {events:?}").into());
    }
    let late = recorder.take();
    if late.is_empty() {
        Ok(())
    } else {
        Err(format!("the events of the third message: {late:?}").into())
    }
}
