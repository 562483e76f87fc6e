//! The load that a command puts on a server, in numbers and in words.

use std::{fmt::Write as _, time::Duration};

use mailer_bench::report::units;

/// The load that a command puts on a server. Connections that are opened again after the server broke them
/// are not counted.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::commands) struct Load {
    /// The connections that the command opens.
    pub(in crate::commands) connections: u64,
    /// The messages that it sends, each once for all recipients.
    pub(in crate::commands) messages: u64,
    /// The recipients of each message.
    pub(in crate::commands) recipients: u64,
    /// The approximate size of all contents together, in bytes.
    pub(in crate::commands) bytes: u64,
    /// The work that is limited by time instead of a number, if there is any.
    pub(in crate::commands) open_ended: Option<OpenEnded>,
}

/// Work that continues until its time is over, as fast as the server allows.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct OpenEnded {
    /// The time, for all contenders together.
    pub(in crate::commands) time: Duration,
    /// The connections in use at the same time.
    pub(in crate::commands) at_once: u64,
    /// Whether each message opens a connection.
    pub(in crate::commands) opens: bool,
    /// The size of each message in bytes; `None` if no messages are sent.
    pub(in crate::commands) message: Option<u64>,
}

impl Load {
    /// Returns the load of both, one after another.
    pub(in crate::commands) fn and(self, other: Self) -> Self {
        let open_ended = match (self.open_ended, other.open_ended) {
            (Some(one), Some(other)) => Some(OpenEnded {
                time: one.time.saturating_add(other.time),
                at_once: one.at_once.max(other.at_once),
                ..other
            }),
            (one, other) => one.or(other),
        };
        Self {
            connections: self.connections.saturating_add(other.connections),
            messages: self.messages.saturating_add(other.messages),
            recipients: self.recipients.max(other.recipients),
            bytes: self.bytes.saturating_add(other.bytes),
            open_ended,
        }
    }

    /// Returns the load in words, to follow "would".
    pub(in crate::commands) fn at(&self, server: &str) -> String {
        let mut words = Vec::new();
        if self.connections > 0 {
            words.push(format!("open {} to {server}", counted(self.connections, "connection")));
        }
        if self.messages > 0 {
            words.push(self.deliveries());
        }
        if let Some(open_ended) = &self.open_ended {
            words.push(self.open_ended(open_ended, server));
        }
        words.join(", and ")
    }

    fn deliveries(&self) -> String {
        let Self { messages, recipients, bytes, .. } = *self;
        let deliveries = counted(messages.saturating_mul(recipients), "delivery");
        let (messages, each) = (counted(messages, "message"), counted(recipients, "recipient"));
        let bytes = units::bytes(bytes);
        format!("make {deliveries} ({messages} to {each} each, {bytes} of content)")
    }

    fn open_ended(&self, open_ended: &OpenEnded, server: &str) -> String {
        let OpenEnded { time, at_once, opens, message } = *open_ended;
        let time = units::time(time.as_secs_f64());
        let mut words = match message {
            None => format!("open as many connections to {server} as it accepts in {time}"),
            Some(bytes) => format!(
                "send as many messages as {server} accepts in {time} (each of {} to {})",
                units::bytes(bytes),
                counted(self.recipients, "recipient")
            ),
        };
        if message.is_some() && opens {
            words += " over a connection each";
        }
        // Writing to a string cannot fail.
        let _ = write!(words, ", {} at a time", counted(at_once, "connection"));
        words
    }
}

fn counted(count: u64, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "smtp://mail.example.com";

    #[test]
    fn the_words_for_a_number_name_connections_deliveries_and_bytes() {
        let load =
            Load { connections: 9, messages: 12, recipients: 3, bytes: 12 << 10, open_ended: None };
        assert_eq!(
            load.at(SERVER),
            "open 9 connections to smtp://mail.example.com, and make 36 deliveries (12 messages to \
             3 recipients each, 12.0 KiB of content)"
        );
        let one = Load { messages: 1, recipients: 1, bytes: 900, ..Load::default() };
        let words = "make 1 delivery (1 message to 1 recipient each, 900 B of content)";
        assert_eq!(one.at(SERVER), words);
    }

    #[test]
    fn the_words_for_a_time_name_the_time_and_the_connections() {
        let open_ended = OpenEnded {
            time: Duration::from_secs(90),
            at_once: 200,
            opens: false,
            message: Some(1024),
        };
        let load = Load {
            connections: 600,
            recipients: 2,
            open_ended: Some(open_ended),
            ..Load::default()
        };
        assert_eq!(
            load.at(SERVER),
            "open 600 connections to smtp://mail.example.com, and send as many messages as \
             smtp://mail.example.com accepts in 90.0 s (each of 1.00 KiB to 2 recipients), 200 \
             connections at a time"
        );
        let handshakes = OpenEnded { message: None, opens: true, ..open_ended };
        let load = Load { open_ended: Some(handshakes), ..Load::default() };
        assert_eq!(
            load.at(SERVER),
            "open as many connections to smtp://mail.example.com as it accepts in 90.0 s, 200 \
             connections at a time"
        );
    }
}
