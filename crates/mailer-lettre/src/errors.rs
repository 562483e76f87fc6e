//! Translates lettre's errors into [`Error`]s.
//!
//! lettre's error has predicates for some of its kinds and text for the rest, and its reply is one line.
//! So the [`Progress`] of the call supplies the step and the server's reply, and lettre's error supplies
//! the reason why the call ended.

use std::{any::Any, error::Error as StdError, io, net::TcpStream};

use lettre::transport::smtp;
use mailer::{Error, Kind, Reply, Security, Server, Step, TlsLibrary};
use native_tls::HandshakeError;

use crate::{
    guard::CallAbandoned,
    observe::{Progress, parse_reply_start},
    settings::Settings,
};

/// The maximum number of characters that an error quotes of a malformed reply.
const SHOWN: usize = 200;

/// Translates an error of lettre.
pub(crate) fn from_lettre(error: &smtp::Error, progress: &Progress, settings: &Settings) -> Error {
    let words = || settings.mask.apply(in_words(error));
    if let Some(status) = error.status() {
        return refused(u16::from(status), progress, settings, words);
    }
    if error.is_client() {
        return client_error(&words(), progress, settings);
    }
    if error.is_response() {
        return response_error(&words(), progress);
    }
    network_error(error, progress, settings).unwrap_or_else(|| {
        Error::new(Kind::Internal, "lettre stopped for a reason that this backend does not know")
            .with_step(progress.step)
            .with_cause(words())
    })
}

/// Returns the error for a panic in lettre.
pub(crate) fn panicked(payload: &(dyn Any + Send), settings: &Settings) -> Error {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let what = match payload.is::<CallAbandoned>() {
        true => "lettre was stopped".to_owned(),
        false => format!("lettre panicked: {}", settings.mask.apply(text.to_owned())),
    };
    Error::new(Kind::Internal, what).with_hint("report it; the next mail gets a new connection")
}

/// Returns the error for a QUIT or NOOP without a reply. lettre ignores that.
pub(crate) fn unanswered(step: Step, progress: &Progress, settings: &Settings) -> Error {
    if progress.written_at.elapsed() >= settings.timeout {
        Error::timed_out(step, settings.timeout)
    } else {
        Error::lost(step)
    }
}

/// The server replied with 4yz or 5yz.
fn refused(
    status: u16,
    progress: &Progress,
    settings: &Settings,
    words: impl Fn() -> String,
) -> Error {
    let whole = progress.reply.clone().filter(|reply| reply.code == status);
    let reply = whole.unwrap_or_else(|| Reply::new(status, words()));
    if progress.step == Step::Auth && settings.has_token() {
        return Error::token_refused(reply, None);
    }
    Error::refused(progress.step, reply)
}

/// Returns the error for an access token that the server refuses with a challenge, which explains the
/// reason. lettre has no answer to it, and ends the attempt.
fn token_refused(progress: &Progress, settings: &Settings) -> Option<Error> {
    let reply = progress.reply.as_ref().filter(|reply| reply.code == 334)?;
    let is_refusal = progress.step == Step::Auth && settings.has_token();
    is_refusal.then(|| Error::token_refused(reply.clone(), Some(&reply.text)))
}

/// lettre itself refused to continue. Only the text of its error has the reason.
fn client_error(words: &str, progress: &Progress, settings: &Settings) -> Error {
    let has = |part: &str| words.contains(part);
    if has("SMTPUTF8") {
        Error::not_offered("SMTPUTF8")
    } else if has("8BITMIME") {
        Error::not_offered("8BITMIME")
    } else if has("STARTTLS") {
        Error::starttls_not_offered(&settings.server)
    } else if has("authentication mechanism") {
        Error::no_mechanism(&offered_mechanisms(progress))
    } else if let Some(error) = token_refused(progress, settings) {
        error
    } else {
        // The mechanism has no such challenge, or the challenge asks for neither user nor password.
        Error::not_smtp(progress.step, "the server asked something that has no answer")
            .with_cause(words.to_owned())
    }
}

/// Returns the mechanisms that the reply to EHLO lists after AUTH (RFC 4954 §3).
fn offered_mechanisms(progress: &Progress) -> String {
    let Some(reply) = &progress.reply else { return String::new() };
    let offer = reply.lines().find_map(|line| line.strip_prefix("AUTH "));
    offer.unwrap_or_default().to_owned()
}

/// The server sent no valid reply, or only a part of one.
fn response_error(words: &str, progress: &Progress) -> Error {
    let step = reading_step(progress);
    // The lines before the connection closed, or before the malformed line, may have the reason.
    let begun = progress.garbled.as_deref().and_then(parse_reply_start);
    let with_begun = |error: Error| match begun.clone() {
        Some(begun) => error.with_reply(begun),
        None => error,
    };
    if words.contains("incomplete response") {
        return with_begun(Error::lost(step));
    }
    if let (true, Some(reply)) = (progress.answered, &progress.reply) {
        return Error::not_smtp(step, "the server's reply has no meaning here")
            .with_reply(reply.clone());
    }
    let garbled = progress.garbled.as_deref().unwrap_or(words);
    let shown: String = garbled.chars().take(SHOWN).collect();
    with_begun(Error::not_smtp(step, format!("the reply \"{shown}\" is not SMTP")))
}

/// The network or TLS failed.
fn network_error(error: &smtp::Error, progress: &Progress, settings: &Settings) -> Option<Error> {
    let words = settings.mask.apply(in_words(error));
    if let Some(handshake) = find::<HandshakeError<TcpStream>>(error) {
        return Some(handshake_error(handshake, words, settings));
    }
    if is_handshaking(progress, settings)
        && (wraps_rustls(error) || words.contains(NO_NAME_FOR_RUSTLS))
    {
        return Some(Error::tls_failed(&settings.server, words));
    }
    let cause = find::<io::Error>(error)?;
    // Only the text of lettre's error distinguishes connecting from the first read.
    let connecting = progress.step == Step::Connect && words.starts_with("Connection error");
    let step = if connecting { Step::Connect } else { failed_step(progress, settings) };
    Some(match cause.kind() {
        _ if connecting => unreachable(cause, &settings.server).with_cause(words),
        _ if is_timeout(cause) => Error::timed_out(step, settings.timeout).with_cause(words),
        _ if words.contains(EOF_IN_HANDSHAKE) => Error::lost(Step::Tls).with_cause(words),
        io::ErrorKind::InvalidData if !wraps_rustls(error) => {
            Error::not_smtp(step, "the reply is not UTF-8, and lettre reads nothing else")
        }
        _ => Error::broken(step, words),
    })
}

/// How lettre reports a host name that rustls does not accept.
const NO_NAME_FOR_RUSTLS: &str = "domain isn't a valid DNS name";
/// How rustls reports that the connection ended within the handshake.
const EOF_IN_HANDSHAKE: &str = "unexpected end of file";

/// Whether the handshake may still run. With rustls, lettre runs it within its first read or write inside TLS.
fn is_handshaking(progress: &Progress, settings: &Settings) -> bool {
    let server = &settings.server;
    let is_first_read = progress.step == Step::Connect && server.security == Security::Implicit;
    server.tls_library == TlsLibrary::Rustls && (is_first_read || progress.step == Step::Tls)
}

/// Whether an error of rustls is the reason. It is inside an error of a read or write.
fn wraps_rustls(error: &smtp::Error) -> bool {
    let inner = find::<io::Error>(error).and_then(io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<rustls::Error>()) || find::<rustls::Error>(error).is_some()
}

fn handshake_error(error: &HandshakeError<TcpStream>, words: String, settings: &Settings) -> Error {
    let cause = find::<io::Error>(error);
    if matches!(error, HandshakeError::WouldBlock(_)) || cause.is_some_and(is_timeout) {
        Error::timed_out(Step::Tls, settings.timeout)
    } else if cause.is_some() || is_eof(&words) {
        Error::lost(Step::Tls).with_cause(words)
    } else {
        Error::tls_failed(&settings.server, words)
    }
}

/// Whether OpenSSL reports that the connection ended without a close_notify alert.
fn is_eof(words: &str) -> bool {
    words.contains("unexpected EOF") || words.contains("unexpected eof")
}

/// Whether a time-out passed: it is `WouldBlock` on some systems and `TimedOut` on others.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The connection was not made. A resolver's error has no number of a system call, and neither has a
/// time-out in the standard library.
fn unreachable(cause: &io::Error, server: &Server) -> Error {
    if cause.raw_os_error().is_none() && !is_timeout(cause) {
        Error::not_resolved(server)
    } else {
        Error::not_connected(server, cause)
    }
}

/// Returns the step whose reply lettre was reading.
fn reading_step(progress: &Progress) -> Step {
    match progress.step {
        Step::Connect => Step::Greeting,
        step => step,
    }
}

/// Returns the step that failed: the one that waits for its reply, or the next one, which could not be
/// written.
pub(crate) fn failed_step(progress: &Progress, settings: &Settings) -> Step {
    let after_ehlo = if settings.credentials.is_some() { Step::Auth } else { Step::Mail };
    match progress.step {
        _ if !progress.answered => reading_step(progress),
        Step::Greeting => Step::Ehlo,
        Step::Ehlo if settings.may_starttls() => Step::StartTls,
        Step::StartTls => Step::Tls,
        Step::Tls => Step::EhloAgain,
        Step::Ehlo | Step::EhloAgain => after_ehlo,
        Step::Auth | Step::Noop => Step::Mail,
        Step::Mail => Step::Recipient,
        Step::Data => Step::Content,
        // Otherwise the next piece of content could not be written.
        Step::Content if progress.content_sent => Step::EndOfData,
        step => step,
    }
}

/// Returns the first error of this type in the chain of causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Returns the error and its causes as text. A server may echo a secret, and lettre's error repeats it,
/// so a cause is masked before it is passed on.
fn in_words(error: &smtp::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        next = cause.source();
    }
    words
}
