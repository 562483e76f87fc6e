//! What a backend tells of its dialogue, and what it must not.

use std::sync::Arc;

use libtest_mimic::Failed;
use mailer::{Mailer, Mechanism, Outcome, Security, Step};
use mailer_compare::{EventKind, RecordedEvent, Recorder};
use mailer_tests::mails;

use crate::{
    case::{BY_STARTTLS, Case},
    scene::{SECRETS, Scene},
};

pub(crate) fn cases() -> Vec<Case> {
    let secret = Mechanism::ALL.iter().copied().map(|mechanism| {
        let name = format!("hears_a_password_by_{}", mechanism.name().to_lowercase());
        Case::script(name, no_secret).client(move |way| way.mechanism = Some(mechanism))
    });
    let mut cases = vec![
        Case::script("hears_a_whole_dialogue", whole_dialogue),
        Case::script("starts_tls_on_request", tls_started).modes(BY_STARTTLS),
        Case::script("is_overheard_for_a_while", for_a_while),
    ];
    cases.extend(secret);
    cases
}

/// Sends one mail and closes, and gives what was told.
fn overhear(mailer: &mut dyn Mailer) -> Result<Vec<RecordedEvent>, Failed> {
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
        _ => Err(format!("the mail is not accepted: {receipt:?}").into()),
    }
}

/// Every command with its source, a reply to each, and the content as it was.
fn whole_dialogue(scene: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let events = overhear(mailer)?;
    let (mut steps, mut answered, mut content) = (Vec::new(), Vec::new(), Vec::new());
    for event in &events {
        match &event.kind {
            EventKind::Sent { step, line } => {
                steps.push(*step);
                if event.source.is_none() {
                    return Err(format!("nobody knows who said {line:?}").into());
                }
            }
            EventKind::Received { step, .. } => answered.push(*step),
            EventKind::Content { head, .. } => content.extend_from_slice(head),
            EventKind::Connected { .. }
            | EventKind::TlsStarted { .. }
            | EventKind::Closed { .. } => {}
        }
    }
    // A chunk is announced where DATA would be said, and answered where the dot would be.
    let chunks = scene.contender.flow.chunks();
    let told = told_steps(scene.mode);
    in_order(&steps, told.iter().filter(|&&step| !chunks || step != Step::EndOfData))?;
    let replies = [Step::Greeting].iter().chain(&told);
    in_order(&answered, replies.filter(|&&step| !chunks || step != Step::Data))?;
    // lettre is handed a finished message without its last line end.
    let text = String::from_utf8_lossy(&content);
    if text.trim_end() != mails::DOTS.trim_end() {
        return Err(format!("the content is told as {text:?}").into());
    }
    let closed = matches!(events.last().map(|e| &e.kind), Some(EventKind::Closed { .. }));
    if closed { Ok(()) } else { Err(format!("the end is not told: {events:?}").into()) }
}

/// The steps of a session with one mail, without those that one backend has more of.
fn told_steps(mode: Security) -> Vec<Step> {
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

fn tls_started(_: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let events = overhear(mailer)?;
    let is_start = |event: &RecordedEvent| matches!(event.kind, EventKind::TlsStarted { .. });
    let starts = events.iter().filter(|event| is_start(event)).count();
    if starts == 1 { Ok(()) } else { Err(format!("TLS started {starts} times").into()) }
}

/// Neither the password nor its base64 is told, nor who has it in it.
fn no_secret(_: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let shown = format!("{:?}", overhear(mailer)?);
    match SECRETS.iter().find(|secret| shown.contains(**secret)) {
        Some(secret) => Err(format!("{secret:?} is told: {shown}").into()),
        None => Ok(()),
    }
}

/// Nothing is told before somebody asks, nor after nobody does any more.
fn for_a_while(_: &Scene, mailer: &mut dyn Mailer) -> Result<(), Failed> {
    let recorder = Arc::new(Recorder::default());
    send(mailer)?;
    mailer.trace_to(Some(recorder.clone()));
    send(mailer)?;
    let told = recorder.take();
    mailer.trace_to(None);
    send(mailer)?;
    mailer.close()?;
    let is_ehlo =
        |event: &RecordedEvent| matches!(event.kind, EventKind::Sent { step: Step::Ehlo, .. });
    if told.is_empty() || told.iter().any(is_ehlo) {
        return Err(format!("of the second mail this was told: {told:?}").into());
    }
    let late = recorder.take();
    if late.is_empty() { Ok(()) } else { Err(format!("of the third mail: {late:?}").into()) }
}
