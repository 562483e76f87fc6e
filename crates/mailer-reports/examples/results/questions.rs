//! The questions of the page, with the runs of `mailer bench` that answer them.

/// How much is measured.
pub(crate) struct Effort {
    pub(crate) is_quick: bool,
    /// The amount of runs without a link.
    local: &'static [&'static str],
    /// The amount of runs over a link.
    over_link: &'static [&'static str],
    /// The amount of handshakes over a link.
    handshakes_over_link: &'static [&'static str],
    /// The flows of raw, in runs with more than one message per connection.
    flows: &'static [&'static str],
    /// RTTs of the simulated link in milliseconds.
    rtts: &'static [u32],
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        is_quick: false,
        local: &["--duration=2", "--rounds=5", "--warm-up=0.3"],
        over_link: &["--messages=25", "--rounds=5", "--warm-up=0.3"],
        handshakes_over_link: &["--messages=10", "--rounds=5", "--warm-up=0"],
        flows: &["lockstep", "pipelined", "overlapped", "chunked", "streamed"],
        rtts: &[20, 80, 200],
    };
    pub(crate) const QUICK: Self = Self {
        is_quick: true,
        local: &["--duration=0.3", "--rounds=3", "--warm-up=0.05"],
        over_link: &["--messages=4", "--rounds=2", "--warm-up=0.05"],
        handshakes_over_link: &["--messages=2", "--rounds=2", "--warm-up=0"],
        flows: &["pipelined", "streamed"],
        rtts: &[20],
    };
}

/// A question, answered by a table for each of its runs.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    /// What a reader has to know to read the answer.
    pub(crate) about: &'static str,
    pub(crate) runs: Vec<Run>,
}

/// A run of `mailer bench`.
pub(crate) struct Run {
    pub(crate) title: String,
    /// The name of the run in the page's summary, if it is part of that.
    pub(crate) summary: Option<&'static str>,
    options: Vec<String>,
}

impl Run {
    /// Returns the command for the page.
    pub(crate) fn command(&self) -> String {
        format!("mailer bench {}", self.options.join(" "))
    }

    /// Returns whether the run has a simulated link, and so a prediction.
    pub(crate) fn has_link(&self) -> bool {
        self.options.iter().any(|option| option.starts_with("--link-rtt"))
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        let first = ["bench", "--json"].map(str::to_owned);
        first.into_iter().chain(self.options.iter().cloned()).collect()
    }

    fn in_summary(self, summary: &'static str) -> Self {
        Self { summary: Some(summary), ..self }
    }
}

/// The value of an option, and its name in titles.
type Named = (&'static str, &'static str);

const NO_TLS: Named = ("none", "without TLS");
const STARTTLS: Named = ("starttls", "STARTTLS");
const IMPLICIT: Named = ("implicit", "implicit TLS");
const KIB: Named = ("1K", "1 KiB");
const SIZES: [Named; 3] = [KIB, ("100K", "100 KiB"), ("25M", "25 MiB")];
const SEVERAL_CONNECTIONS: u32 = 8;
const MANY_CONNECTIONS: u32 = 64;
/// The longest RTT of handshakes, in milliseconds. Over longer ones they would take minutes.
const HANDSHAKE_RTT: u32 = 80;
/// The RTT of the runs that are part of the summary, in milliseconds.
const SUMMARY_RTT: u32 = 20;
const RECIPIENTS: [u32; 2] = [10, 100];

/// Returns all questions.
pub(crate) fn questions(effort: &Effort) -> Vec<Question> {
    vec![
        handshakes(effort),
        further_messages(effort),
        Question {
            title: "How long does a message to several recipients take?",
            about: "Each recipient is a command. Where every command waits for its reply, it is a flight of \
                    its own.",
            runs: RECIPIENTS.map(|recipients| to_several(effort, recipients)).into(),
        },
        Question {
            title: "How long do messages on several connections at once take?",
            about: "The time is per message on each connection, and the rate is over all connections. Client \
                    and server each have their half of the cores, however many connections there are.",
            runs: vec![
                several(effort, NO_TLS, SEVERAL_CONNECTIONS),
                several(effort, NO_TLS, MANY_CONNECTIONS),
                several(effort, STARTTLS, SEVERAL_CONNECTIONS),
            ],
        },
        over_link(effort),
        Question {
            title: "How long does a message with a connection to itself take?",
            about: "From connecting to the end of closing. raw sends QUIT directly after the content here, \
                    since no other message follows. With `--separate-quit` it costs a round trip of its own.",
            runs: [NO_TLS, STARTTLS].map(|tls| one_per_connection(effort, tls)).into(),
        },
        Question {
            title: "How long does the first message of a program take?",
            about: "From the start of a process until its first message is accepted. Most of it is reading \
                    the system's certificates and building a TLS connector, which both backends leave to \
                    native-tls. The process is `mailer` for all contenders.",
            runs: vec![cold_start(effort)],
        },
    ]
}

fn handshakes(effort: &Effort) -> Question {
    let run = |tls: Named| {
        let (value, title) = tls;
        let options = ["--workload=handshake".to_owned(), format!("--tls={value}")];
        let run = run(title.into(), &options, &[], effort.local);
        if tls == STARTTLS { run.in_summary("handshake, STARTTLS") } else { run }
    };
    Question {
        title: "How long does a handshake take?",
        about: "From connecting until the server would accept MAIL: TCP, greeting, EHLO, STARTTLS, TLS, EHLO \
                again, AUTH. The only call of lettre's pool that opens a connection without sending a message \
                also sends NOOP. `lettre-connection`, its connection driven directly, does not. The rate \
                includes closing the connection, and the time does not.",
        runs: [NO_TLS, STARTTLS, IMPLICIT].map(run).into(),
    }
}

fn further_messages(effort: &Effort) -> Question {
    let run = |tls: Named, size: Named| {
        let options = [format!("--tls={}", tls.0), format!("--size={}", size.0)];
        let run = run(format!("{}, {}", size.1, tls.1), &options, effort.flows, effort.local);
        match (tls, size) {
            (NO_TLS, KIB) => run.in_summary("one more message on an open connection, without TLS"),
            (STARTTLS, KIB) => run.in_summary("one more message on an open connection, STARTTLS"),
            _ => run,
        }
    };
    Question {
        title: "How long does one more message take?",
        about: "On a connection that is open already, one message after another. Nearly all of lettre's time \
                for a small message is a stall: Nagle's algorithm waits for a delayed acknowledgement. That is \
                a matter of one socket option and not of abstraction. `mailer bench --nagle \
                --separate-final-dot` makes raw stall in the same way.",
        runs: [NO_TLS, STARTTLS]
            .into_iter()
            .flat_map(|tls| SIZES.map(|size| run(tls, size)))
            .collect(),
    }
}

fn over_link(effort: &Effort) -> Question {
    let is_not_streamed = |flow: &&&str| **flow != "streamed";
    let flows: Vec<&str> = effort.flows.iter().filter(is_not_streamed).copied().collect();
    let messages = effort.rtts.iter().map(|&rtt| {
        let options = [format!("--link-rtt={rtt}")];
        let run = run(format!("1 KiB, {rtt} ms RTT"), &options, &flows, effort.over_link);
        match rtt {
            SUMMARY_RTT => {
                run.in_summary("one more message on an open connection, STARTTLS, 20 ms RTT")
            }
            _ => run,
        }
    });
    let rtts = effort.rtts.iter().filter(|rtt| **rtt <= HANDSHAKE_RTT);
    let handshakes = rtts.map(|&rtt| {
        let options = ["--workload=handshake".to_owned(), format!("--link-rtt={rtt}")];
        let title = format!("A handshake, {rtt} ms RTT");
        let run = run(title, &options, &[], effort.handshakes_over_link);
        if rtt == SUMMARY_RTT { run.in_summary("handshake, STARTTLS, 20 ms RTT") } else { run }
    });
    Question {
        title: "How long does it take to reach a distant server?",
        about: "A few messages, and a few handshakes, over a simulated link, with STARTTLS. *Predicted* is \
                round trips × RTT + stalls + the time of the same work over a link without delay. `overlapped` \
                needs one round trip per message and another one per slice, which here has five messages. \
                `streamed` is left out: these few messages would all share one round trip, which says nothing \
                about one of them. In a long run it needs a round trip per window of up to 64 messages.",
        runs: messages.chain(handshakes).collect(),
    }
}

fn to_several(effort: &Effort, recipients: u32) -> Run {
    let options = ["--tls=none".to_owned(), format!("--recipients={recipients}")];
    let title = format!("1 KiB to {recipients} recipients, without TLS");
    run(title, &options, effort.flows, effort.local)
}

fn several(effort: &Effort, (tls, security): Named, connections: u32) -> Run {
    let options = [format!("--tls={tls}"), format!("--connections={connections}")];
    let title = format!("1 KiB on {connections} connections, {security}");
    run(title, &options, effort.flows, effort.local)
}

fn one_per_connection(effort: &Effort, tls: Named) -> Run {
    let options = ["--workload=one-per-connection".to_owned(), format!("--tls={}", tls.0)];
    let run = run(format!("1 KiB, {}", tls.1), &options, &[], effort.local);
    match tls {
        STARTTLS => run.in_summary("one message with a connection to itself, STARTTLS"),
        _ => run,
    }
}

fn cold_start(effort: &Effort) -> Run {
    let run = run("1 KiB, STARTTLS".into(), &["--workload=cold-start"], &[], effort.local);
    run.in_summary("the first message of a process, STARTTLS")
}

fn run(title: String, options: &[impl AsRef<str>], flows: &[&str], amount: &[&str]) -> Run {
    let flows = flows.iter().map(|flow| format!("--flow={flow}"));
    let options = options.iter().map(|option| option.as_ref().to_owned()).chain(flows);
    let last = amount.iter().copied().chain(["--floors"]).map(str::to_owned);
    Run { title, summary: None, options: options.chain(last).collect() }
}
