//! The options of the backends.

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser},
};
use mailer::Error;
use mailer_backends::{BACKENDS, Flow, Options, Pipelining, Window};

use super::with_values;
use crate::output;

/// The backend that sends unless an option or a profile names another.
pub(crate) const DEFAULT_BACKEND: &str = "raw";

/// What `--help` says about each flow.
const FLOWS: [(Flow, &str); 6] = [
    (Flow::Auto, "pipelined, or lockstep if the server lacks PIPELINING"),
    (Flow::Lockstep, "waits for the reply to each command"),
    (Flow::Pipelined, "the envelope is one flight, the content the next"),
    (Flow::Overlapped, "like pipelined; the next envelope follows the content"),
    (Flow::Chunked, "envelope and content are one flight (CHUNKING)"),
    (Flow::Streamed, "like chunked; further messages follow at once"),
];

#[derive(Args, Clone, Debug)]
pub(crate) struct BackendOptions {
    #[arg(
        help = "Use this flow",
        long_help = flow_help(""),
        long,
        value_name = "FLOW",
        default_value = "auto",
        value_parser = flows(),
        hide_possible_values = true,
        help_heading = "Backend raw"
    )]
    flow: String,
    #[command(flatten)]
    tuning: Tuning,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// Limit messages in flight
    ///
    /// With --flow streamed, at most N messages are sent before the reply to the first arrives.
    #[arg(
        long,
        alias = "window-mails",
        value_name = "N",
        default_value_t = Window::default().mails,
        value_parser = messages,
        help_heading = "Backend raw"
    )]
    max_in_flight_messages: usize,
    /// Limit bytes in flight
    ///
    /// With --flow chunked or streamed, at most N bytes of messages are sent before the reply to the first
    /// arrives. A larger message waits for the replies to its envelope.
    #[arg(
        long,
        alias = "window-octets",
        value_name = "N",
        default_value_t = Window::default().bytes,
        help_heading = "Backend raw"
    )]
    max_in_flight_bytes: u64,
    /// Send AUTH PLAIN with the first message
    ///
    /// This saves a round trip if the server announces PIPELINING (RFC 4954, section 4).
    #[arg(long, alias = "join-auth", help_heading = "Backend raw")]
    pipeline_auth: bool,
    /// Wait for the final reply before QUIT
    ///
    /// This costs a round trip if the server announces PIPELINING (RFC 2920, section 3.1).
    #[arg(long, alias = "quit-apart", help_heading = "Backend raw")]
    separate_quit: bool,
    /// Leave Nagle's algorithm on, as lettre does
    ///
    /// Without this option raw sets TCP_NODELAY.
    #[arg(long, help_heading = "Backend raw")]
    nagle: bool,
    /// Leave ACKs to the system, as lettre does
    ///
    /// Without this option raw acknowledges a part of an answer before it waits for the rest. Only Linux lets
    /// a program do that.
    #[arg(long, help_heading = "Backend raw")]
    delayed_ack: bool,
    /// Write the final dot separately
    ///
    /// lettre does the same. With --nagle the dot then waits until the server's TCP acknowledges the content.
    #[arg(long, alias = "dot-apart", help_heading = "Backend raw")]
    separate_final_dot: bool,
}

impl BackendOptions {
    /// Returns the options of a backend. Unless `unguarded`, the backend calls its library on a thread that
    /// it can abandon at a deadline.
    pub(crate) fn options(&self, unguarded: bool) -> Result<Options, Error> {
        Ok(self.tuning.options(self.flow()?, unguarded))
    }

    /// Prints a note if a limit is lowered.
    pub(crate) fn note_limits(&self) {
        self.tuning.note_limits();
    }

    pub(crate) fn flow(&self) -> Result<Flow, Error> {
        self.flow.parse()
    }
}

impl Tuning {
    /// Prints a note if the limit of messages in flight is lowered.
    pub(crate) fn note_limits(self) {
        let (wanted, most) = (self.max_in_flight_messages, Window::MAX_MAILS);
        if wanted > most {
            output::note(&format!(
                "mailer: --max-in-flight-messages {wanted} is above the maximum; {most} is used"
            ));
        }
    }

    fn max_in_flight_messages(self) -> usize {
        self.max_in_flight_messages.min(Window::MAX_MAILS)
    }

    /// Returns the options of a backend with this flow.
    pub(crate) fn options(self, flow: Flow, unguarded: bool) -> Options {
        let window =
            Window { mails: self.max_in_flight_messages(), bytes: self.max_in_flight_bytes };
        let pipelining = Pipelining {
            flow,
            window,
            pipeline_auth: self.pipeline_auth,
            pipeline_quit: !self.separate_quit,
            separate_final_dot: self.separate_final_dot,
        };
        let (nagle, delayed_ack) = (self.nagle, self.delayed_ack);
        Options { pipelining, nagle, delayed_ack, unguarded, ..Options::default() }
    }

    /// Returns the arguments that pass these options to another process of this program.
    pub(crate) fn arguments(self) -> Vec<String> {
        let mut arguments = vec![
            format!("--max-in-flight-messages={}", self.max_in_flight_messages()),
            format!("--max-in-flight-bytes={}", self.max_in_flight_bytes),
        ];
        for (is_set, argument) in [
            (self.pipeline_auth, "--pipeline-auth"),
            (self.separate_quit, "--separate-quit"),
            (self.nagle, "--nagle"),
            (self.delayed_ack, "--delayed-ack"),
            (self.separate_final_dot, "--separate-final-dot"),
        ] {
            arguments.extend(is_set.then(|| argument.to_owned()));
        }
        arguments
    }
}

/// Returns the values of `--backend`: the backends that send for users, or also those that only measure.
pub(crate) fn backends(include_measured_only: bool) -> Vec<PossibleValue> {
    let backends =
        BACKENDS.iter().filter(|backend| include_measured_only || !backend.measured_only);
    backends.map(|backend| PossibleValue::new(backend.name).help(backend.about)).collect()
}

/// Parses the name of a flow.
pub(crate) fn flows() -> PossibleValuesParser {
    Flow::ALL.iter().map(|flow| flow.name()).collect::<Vec<_>>().into()
}

/// Returns the long help of `--flow`; `more` ends its first sentence.
pub(crate) fn flow_help(more: &str) -> String {
    let text = format!(
        "Use this flow{more}\n\n\
         A flow groups commands into flights. A flight is what raw writes without waiting for a reply; each \
         flight costs a round trip. If the server lacks an extension that a flow needs, raw uses the next \
         simpler flow."
    );
    with_values(&text, FLOWS.map(|(flow, about)| PossibleValue::new(flow.name()).help(about)))
}

fn messages(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(messages @ 1..) => Ok(messages),
        _ => Err("not a number of messages above 0".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_flow() {
        assert_eq!(FLOWS.map(|(flow, _)| flow).as_slice(), Flow::ALL);
    }
}
