//! The questions, and the runs of `mailer bench` that answer them: a fixed list.

/// How much is measured.
pub(crate) struct Pace {
    pub(crate) is_quick: bool,
    /// Options that say how much of everything there is.
    much: &'static [&'static str],
    /// The same of runs over a distance.
    far: &'static [&'static str],
    /// The same of handshakes over a distance.
    far_handshakes: &'static [&'static str],
    /// Of raw, in the runs about more than one mail.
    flows: &'static [&'static str],
    /// Round trips of the simulated link, in milliseconds.
    distances: &'static [u32],
}

impl Pace {
    pub(crate) const FULL: Self = Self {
        is_quick: false,
        much: &["--duration=2", "--rounds=5", "--warm-up=0.3"],
        far: &["--messages=15", "--rounds=3", "--warm-up=0.3"],
        far_handshakes: &["--messages=6", "--rounds=3", "--warm-up=0"],
        flows: &["lockstep", "pipelined", "overlapped", "chunked", "streamed"],
        distances: &[20, 80, 200],
    };
    pub(crate) const QUICK: Self = Self {
        is_quick: true,
        much: &["--duration=0.3", "--rounds=3", "--warm-up=0.05"],
        far: &["--messages=4", "--rounds=2", "--warm-up=0.05"],
        far_handshakes: &["--messages=2", "--rounds=2", "--warm-up=0"],
        flows: &["pipelined", "streamed"],
        distances: &[20],
    };
}

/// A question, answered by a table for each of its runs.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    /// What has to be known to read the answer.
    pub(crate) about: &'static str,
    pub(crate) runs: Vec<Run>,
}

/// A run of `mailer bench`.
pub(crate) struct Run {
    pub(crate) title: String,
    options: Vec<String>,
}

impl Run {
    /// What makes it, for people.
    pub(crate) fn command(&self) -> String {
        format!("mailer bench {}", self.options.join(" "))
    }

    /// Whether there is a link in between, so that something is foretold.
    pub(crate) fn is_far(&self) -> bool {
        self.options.iter().any(|option| option.starts_with("--link-rtt"))
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        let ours = ["bench", "--json"].map(str::to_owned);
        ours.into_iter().chain(self.options.iter().cloned()).collect()
    }
}

/// How something is named by an option, and by people.
type Named = (&'static str, &'static str);

const IN_THE_CLEAR: Named = ("none", "without TLS");
const STARTTLS: Named = ("starttls", "STARTTLS");
const SECURITIES: [Named; 3] = [IN_THE_CLEAR, STARTTLS, ("implicit", "TLS from the first byte")];
/// How sizes are named by `--size`, and by people.
const SIZES: [(&str, &str); 3] = [("1K", "1 KiB"), ("100K", "100 KiB"), ("25M", "25 MiB")];
/// Connections that work at once, where there are several.
const SEVERAL: u32 = 8;
/// To open so many takes a while, the more with TLS.
const MANY: u32 = 64;
/// Milliseconds of distance over which few handshakes still take less than minutes.
const HANDSHAKES_UP_TO: u32 = 80;
/// Recipients of a mail, where there are several.
const RECIPIENTS: [u32; 2] = [10, 100];

/// All of them.
pub(crate) fn questions(pace: &Pace) -> Vec<Question> {
    let distances = || pace.distances.iter().copied();
    let far_mails = distances().map(|distance| far(pace, distance));
    let near = distances().filter(|distance| *distance <= HANDSHAKES_UP_TO);
    let far_handshakes = near.map(|distance| connect(pace, distance));
    vec![
        Question {
            title: "How long until the server would take a mail?",
            about: "From connecting until MAIL could be said: TCP, greeting, EHLO, STARTTLS, TLS, EHLO \
                    again, AUTH. lettre's pool has no other way to connect than to say NOOP as well; \
                    `lettre-connection`, its connection driven directly, has none.",
            runs: SECURITIES.map(|tls| handshake(pace, tls)).into(),
        },
        Question {
            title: "How long does one more mail take?",
            about: "On a connection that is open already, one mail after another. Nearly all that lettre \
                    takes for a small mail is in the column *stalled*: Nagle's algorithm and a delayed \
                    acknowledgement, which is a matter of a socket option and not of abstraction \
                    (`mailer bench --nagle --dot-apart` makes raw wait likewise).",
            runs: [IN_THE_CLEAR, STARTTLS]
                .into_iter()
                .flat_map(|tls| SIZES.map(|size| mails(pace, tls, size)))
                .collect(),
        },
        Question {
            title: "And to several recipients?",
            about: "Each is a command: a flight of its own where every command waits for its reply.",
            runs: RECIPIENTS.map(|recipients| to_several(pace, recipients)).into(),
        },
        Question {
            title: "And on several connections at once?",
            about: "The time of a mail is that on each connection; the rate is that of all together. \
                    Client and server each have their half of the cores, however many connections \
                    there are.",
            runs: vec![
                several(pace, IN_THE_CLEAR, SEVERAL),
                several(pace, IN_THE_CLEAR, MANY),
                several(pace, STARTTLS, SEVERAL),
            ],
        },
        Question {
            title: "And on the way to a server far off?",
            about: "Few mails, and few handshakes, over a simulated link, STARTTLS. *Foretold* is round \
                    trips × RTT + stalls + what the same work takes without any distance; a distance of \
                    0 is the tables above.",
            runs: far_mails.chain(far_handshakes).collect(),
        },
        Question {
            title: "What does a mail cost that has a connection to itself?",
            about: "From connecting to the end of closing. raw says QUIT right behind the content here, \
                    since no other mail follows; `--quit-apart` gives it a round trip of its own.",
            runs: [IN_THE_CLEAR, STARTTLS].map(|tls| visit(pace, tls)).into(),
        },
        Question {
            title: "What does the first mail of a program cost?",
            about: "From the start of a process until its first mail is accepted: most of it is reading \
                    the system's certificates and building a TLS connector, which both leave to \
                    native-tls. The process is `mailer` for all contenders.",
            runs: vec![cold(pace)],
        },
    ]
}

fn handshake(pace: &Pace, (tls, title): Named) -> Run {
    run(title.into(), &["--workload=handshake", &format!("--tls={tls}")], &[], pace.much)
}

fn mails(pace: &Pace, (tls, security): Named, (size, octets): Named) -> Run {
    let options = [format!("--tls={tls}"), format!("--size={size}")];
    run(format!("{octets}, {security}"), &options, pace.flows, pace.much)
}

fn to_several(pace: &Pace, recipients: u32) -> Run {
    let options = ["--tls=none".to_owned(), format!("--recipients={recipients}")];
    run(format!("1 KiB to {recipients} recipients, without TLS"), &options, pace.flows, pace.much)
}

fn several(pace: &Pace, (tls, security): Named, connections: u32) -> Run {
    let options = [format!("--tls={tls}"), format!("--connections={connections}")];
    run(format!("1 KiB on {connections} connections, {security}"), &options, pace.flows, pace.much)
}

fn far(pace: &Pace, distance: u32) -> Run {
    let options = [format!("--link-rtt={distance}")];
    run(format!("1 KiB, {distance} ms there and back"), &options, pace.flows, pace.far)
}

fn connect(pace: &Pace, distance: u32) -> Run {
    let options = ["--workload=handshake".to_owned(), format!("--link-rtt={distance}")];
    run(format!("A handshake, {distance} ms there and back"), &options, &[], pace.far_handshakes)
}

fn visit(pace: &Pace, (tls, security): Named) -> Run {
    let options = ["--workload=one-per-connection".to_owned(), format!("--tls={tls}")];
    run(format!("1 KiB, {security}"), &options, &[], pace.much)
}

fn cold(pace: &Pace) -> Run {
    run("1 KiB, STARTTLS".into(), &["--workload=cold-start"], &[], pace.much)
}

fn run(title: String, options: &[impl AsRef<str>], flows: &[&str], much: &[&str]) -> Run {
    let flows = flows.iter().map(|flow| format!("--flow={flow}"));
    let options = options.iter().map(|option| option.as_ref().to_owned()).chain(flows);
    let last = much.iter().copied().chain(["--floors"]).map(str::to_owned);
    Run { title, options: options.chain(last).collect() }
}
