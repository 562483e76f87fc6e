//! The subscriber for lettre's events.
//!
//! It is set for the calling thread and only during a call. During that time it replaces the program's
//! own subscriber, so a dialogue goes to the mailer's trace only.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, LazyLock},
};

use mailer::{Mask, TlsLibrary};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};

use super::Dialogue;
use crate::guard;

const LETTRE: &str = "lettre::";
const CONNECTION: &str = "lettre::transport::smtp::client::connection";
const POOL: &str = "lettre::transport::smtp::pool::sync_impl";

/// Returns a subscriber that passes lettre's events to `dialogue`.
pub(crate) fn dispatch(dialogue: Arc<Dialogue>) -> Dispatch {
    LazyLock::force(&SECOND_SUBSCRIBER);
    Dispatch::new(Listener(dialogue))
}

/// A second subscriber, which is never set.
///
/// With only one subscriber in the process, `tracing` asks the thread that first reaches an event whether
/// it is wanted, and caches a no for all threads. So a thread that uses lettre without this crate would
/// turn the events off for this crate too. With two subscribers, `tracing` asks both.
static SECOND_SUBSCRIBER: LazyLock<Dispatch> = LazyLock::new(|| {
    let mask = Arc::new(Mask::new(None));
    Dispatch::new(Listener(Arc::new(Dialogue::new(mask, TlsLibrary::default()))))
});

struct Listener(Arc<Dialogue>);

impl Subscriber for Listener {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // "Sometimes" makes `tracing` ask `enabled` before each event, ahead of formatting it.
        let is_lettre = metadata.target().starts_with(LETTRE);
        if is_lettre { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_connection = metadata.target() == CONNECTION;
        if !is_connection && metadata.target() != POOL {
            return false;
        }
        if self.0.is_abandoned() {
            guard::stop_lettre();
            return false;
        }
        !(is_connection && self.0.accepts_content())
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::with_capacity(128));
        event.record(&mut message);
        let text = message.0.as_str();
        if let Some(written) = text.strip_prefix("Wrote: ") {
            self.0.wrote(written.strip_suffix("<CRLF>").unwrap_or(written));
        } else if let Some(lines) = text.strip_prefix("<< ") {
            self.0.read(lines);
        } else if text == "connection encrypted" {
            self.0.encrypted();
        } else if text == "creating a new connection" {
            self.0.connecting();
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    // lettre has no spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The text of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
