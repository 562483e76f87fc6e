//! What backends can be told beyond the server.

use clap::{Args, builder::PossibleValuesParser};
use mailer::Error;
use mailer_backends::{Flow, Options, Pipelining, Window};

use crate::output;

#[derive(Args, Clone, Debug)]
pub(crate) struct BackendOptions {
    /// How raw groups commands into flights
    #[arg(long, value_name = "FLOW", default_value = "auto", value_parser = flows(), help_heading = "Backend")]
    flow: String,
    #[command(flatten)]
    tuning: Tuning,
}

/// For raw only; each is off, or at its default, unless it is asked for.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Tuning {
    /// With --flow streamed: mails under way without an answer, at most
    #[arg(long, value_name = "MAILS", default_value_t = Window::default().mails, value_parser = mails, help_heading = "Backend")]
    window_mails: usize,
    /// With --flow chunked or streamed: octets of mails under way without an answer, at most; a larger
    /// mail waits for the answers to its envelope
    #[arg(long, value_name = "OCTETS", default_value_t = Window::default().bytes, help_heading = "Backend")]
    window_octets: u64,
    /// raw says AUTH PLAIN in the flight of the first mail: a round trip less, where PIPELINING is
    /// announced (RFC 4954, section 4)
    #[arg(long, help_heading = "Backend")]
    join_auth: bool,
    /// raw waits for the answer to the mail before it says QUIT: a round trip more, where PIPELINING
    /// is announced (RFC 2920, section 3.1)
    #[arg(long, help_heading = "Backend")]
    quit_apart: bool,
    /// raw leaves Nagle's algorithm on (TCP_NODELAY off), as lettre does
    #[arg(long, help_heading = "Backend")]
    nagle: bool,
    /// raw writes the dot that ends a mail by itself, as lettre does: with --nagle it then waits for
    /// an acknowledgement
    #[arg(long, help_heading = "Backend")]
    dot_apart: bool,
}

impl BackendOptions {
    /// The options for backends that are called on a thread of ours that can be given up, or
    /// `unguarded`.
    pub(crate) fn options(&self, unguarded: bool) -> Result<Options, Error> {
        Ok(self.tuning.options(self.flow()?, unguarded))
    }

    /// Says which of them are used otherwise than asked for.
    pub(crate) fn note_limits(&self) {
        self.tuning.note_limits();
    }

    pub(crate) fn flow(&self) -> Result<Flow, Error> {
        self.flow.parse()
    }
}

impl Tuning {
    /// Says that the window is smaller than asked for, if it is.
    pub(crate) fn note_limits(self) {
        let (asked, most) = (self.window_mails, Window::MAX_MAILS);
        if asked > most {
            output::note(&format!(
                "mailer: --window-mails {asked} is more than can be under way; {most} is used"
            ));
        }
    }

    /// The mails of the window.
    fn window_mails(self) -> usize {
        self.window_mails.min(Window::MAX_MAILS)
    }

    /// The same with this flow.
    pub(crate) fn options(self, flow: Flow, unguarded: bool) -> Options {
        let window_mails = self.window_mails();
        let Self { window_octets, join_auth, quit_apart, nagle, dot_apart, .. } = self;
        let pipelining = Pipelining {
            flow,
            window: Window { mails: window_mails, bytes: window_octets },
            pipeline_auth: join_auth,
            pipeline_quit: !quit_apart,
            separate_final_dot: dot_apart,
        };
        Options { pipelining, nagle, unguarded }
    }

    /// The arguments that say the same, for another process of this program.
    pub(crate) fn arguments(self) -> Vec<String> {
        let window_mails = self.window_mails();
        let Self { window_octets, join_auth, quit_apart, nagle, dot_apart, .. } = self;
        let mut arguments = vec![
            format!("--window-mails={window_mails}"),
            format!("--window-octets={window_octets}"),
        ];
        for (given, argument) in [
            (join_auth, "--join-auth"),
            (quit_apart, "--quit-apart"),
            (nagle, "--nagle"),
            (dot_apart, "--dot-apart"),
        ] {
            arguments.extend(given.then(|| argument.to_owned()));
        }
        arguments
    }
}

fn flows() -> PossibleValuesParser {
    Flow::ALL.map(Flow::name).into()
}

fn mails(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(mails @ 1..) => Ok(mails),
        _ => Err("not a number of mails above 0".into()),
    }
}
