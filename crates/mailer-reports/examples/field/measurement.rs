//! Measures all clients in turns.

use std::{fmt, path::PathBuf, time::Duration};

use mailer::Security;
use mailer_bench::{
    cores::{Cores, pin},
    report::units::time,
    rotation::rotation,
};
use mailer_reports::MarkdownTable;

use super::{
    TextResult,
    arguments::Settings,
    clients::{CLIENTS, Client},
    figures::{Figures, Sample, columns, row},
    programs,
    testbed::Testbed,
};

/// An RTT that is long compared with the time per message. Round trips are counted over it where the
/// measurement has no delay.
const COUNTING_RTT: Duration = Duration::from_millis(5);

/// A measurement, complete or still empty.
pub(super) struct Measurement {
    settings: Settings,
    /// Where client and server ran.
    cores: String,
    left_out: Vec<String>,
    contenders: Vec<Contender>,
}

struct Contender {
    client: &'static Client,
    program: PathBuf,
    /// What was counted over a link with [`COUNTING_RTT`], if the rounds have no delay.
    counted: Option<Turn>,
    rounds: Vec<Turn>,
    /// Why the contender has no result.
    invalid: Option<String>,
}

/// The samples of one turn: of a message with a connection of its own, and of a further message.
#[derive(Clone, Copy)]
struct Turn {
    one: Sample,
    further: Option<Sample>,
}

/// Measures all clients that are there.
pub(super) fn measure(settings: &Settings, cores: &Cores) -> TextResult<Measurement> {
    let mut measurement = Measurement::new(settings);
    // The threads of the servers and links stay on the core of this thread.
    let is_pinned = pin(&cores.server);
    let testbed = Testbed::set_up(settings, settings.round_trip)?;
    let needs_counting = settings.round_trip.is_zero();
    let counting = needs_counting.then(|| Testbed::set_up(settings, COUNTING_RTT)).transpose()?;
    // The clients' processes inherit this thread's core.
    if is_pinned && pin(&cores.client) {
        measurement.cores = describe_cores(cores);
    }
    let messages = settings.messages;
    if let Some(counting) = &counting {
        for contender in &mut measurement.contenders {
            contender.counted = contender.take_turn(counting, COUNTING_RTT, messages);
        }
    }
    for round in 0..settings.rounds {
        for index in rotation(measurement.contenders.len(), round) {
            let Some(contender) = measurement.contenders.get_mut(index) else { continue };
            let turn = contender.take_turn(&testbed, settings.round_trip, messages);
            contender.rounds.extend(turn);
        }
    }
    Ok(measurement)
}

fn describe_cores(Cores { client, server }: &Cores) -> String {
    format!("clients on core {client:?}, server and link on core {server:?}")
}

impl Contender {
    fn new(client: &'static Client, program: PathBuf) -> Self {
        Self { client, program, counted: None, rounds: Vec::new(), invalid: None }
    }

    /// Runs the client, unless an earlier run was invalid.
    fn take_turn(
        &mut self,
        testbed: &Testbed,
        round_trip: Duration,
        messages: u32,
    ) -> Option<Turn> {
        if self.invalid.is_some() {
            return None;
        }
        let turn = self.turn(testbed, round_trip, messages);
        turn.map_err(|problem| self.invalid = Some(problem)).ok()
    }

    fn turn(&self, testbed: &Testbed, round_trip: Duration, messages: u32) -> TextResult<Turn> {
        let one = testbed.run(self.client, &self.program, 1)?;
        let sample = Sample::from_single(&one, round_trip);
        if !self.client.sends_several {
            return Ok(Turn { one: sample, further: None });
        }
        let several = testbed.run(self.client, &self.program, messages)?;
        let further = Sample::from_several(&several, &one, round_trip, messages);
        Ok(Turn { one: sample, further: Some(further) })
    }

    fn samples(&self, part: impl Fn(&Turn) -> Option<Sample>) -> Vec<Sample> {
        self.rounds.iter().filter_map(part).collect()
    }

    /// Returns the figures, or why there are none.
    fn figures(
        &self,
        reference: &[Sample],
        part: impl Fn(&Turn) -> Option<Sample>,
    ) -> Result<Figures, String> {
        if let Some(problem) = &self.invalid {
            return Err(format!("no result: {problem}"));
        }
        let counted = self.counted.as_ref().and_then(&part);
        Figures::new(&self.samples(part), reference, counted).ok_or_else(String::new)
    }
}

impl Measurement {
    /// Returns a measurement of the clients that are there, before any run.
    pub(super) fn new(settings: &Settings) -> Self {
        let (mut contenders, mut left_out) = (Vec::new(), Vec::new());
        let is_requested = |client: &&Client| client.name.contains(settings.name.as_str());
        for client in CLIENTS.iter().filter(is_requested) {
            let takes_part = !client.needs_all_flows || settings.all_flows;
            let has_no_tls = client.tls(settings.security).is_none();
            match programs::find(client) {
                None => left_out.push(format!("{} ({})", client.name, programs::missing(client))),
                // It is there once, under the name without a library.
                Some(_) if has_no_tls && client.needs_tls() => {}
                Some(_) if has_no_tls => left_out.push(format!("{} (no TLS)", client.name)),
                Some(program) if takes_part => contenders.push(Contender::new(client, program)),
                Some(_) => {}
            }
        }
        Self { settings: settings.clone(), cores: "not pinned".into(), left_out, contenders }
    }

    /// Returns where client and server ran.
    pub(super) fn cores(&self) -> &str {
        &self.cores
    }

    /// Returns the clients that are not there, each with the reason; `none` if all are.
    pub(super) fn left_out(&self) -> String {
        if self.left_out.is_empty() { "none".into() } else { self.left_out.join(", ") }
    }

    /// Returns the two tables, each with its title.
    pub(super) fn tables(&self) -> [(&'static str, MarkdownTable); 2] {
        let one = self.table(|_| true, |turn| Some(turn.one));
        let further = self.table(|client| client.sends_several, |turn| turn.further);
        [("One message per connection", one), ("A further message on the same connection", further)]
    }

    fn table(
        &self,
        takes_part: fn(&Client) -> bool,
        part: fn(&Turn) -> Option<Sample>,
    ) -> MarkdownTable {
        let against = self.settings.against.as_str();
        let is_reference = |it: &&Contender| it.client.name == against && it.invalid.is_none();
        let reference = self.contenders.iter().find(is_reference);
        let reference = reference.map(|it| it.samples(part)).unwrap_or_default();
        let contenders = self.contenders.iter().filter(|it| takes_part(it.client));
        let row = |contender: &Contender| {
            let figures = contender.figures(&reference, part);
            row(contender.client.name, figures.as_ref().map_err(String::as_str))
        };
        MarkdownTable::new(columns(against), contenders.map(row).collect())
    }

    /// Returns the names of all contenders.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.contenders.iter().map(|contender| contender.client.name)
    }

    /// Returns a contender's median times of one message per connection and of a further message, formatted;
    /// `-` where there is none.
    pub(super) fn median_times(&self, name: &str) -> [String; 2] {
        let contender = self.contenders.iter().find(|contender| contender.client.name == name);
        let median = |part: fn(&Turn) -> Option<Sample>| {
            let figures = contender.and_then(|contender| contender.figures(&[], part).ok());
            figures.map_or_else(|| "-".to_owned(), |figures| time(figures.time.median))
        };
        [median(|turn| Some(turn.one)), median(|turn| turn.further)]
    }

    /// Checks that each of our own contenders has a result.
    ///
    /// # Errors
    /// Why one of them has none.
    pub(super) fn verdict(&self) -> TextResult<()> {
        let mut ours = self.contenders.iter().filter(|it| it.client.is_ours());
        let is_other_server = self.settings.server.is_some();
        // The floors do not check what another server supports.
        let is_floor = |it: &Contender| it.client.name.starts_with("bare");
        match ours.find(|it| it.invalid.is_some() && !(is_other_server && is_floor(it))) {
            None => Ok(()),
            Some(Contender { client, invalid, .. }) => {
                Err(format!("{}: {}", client.name, invalid.as_deref().unwrap_or_default()))
            }
        }
    }
}

/// The measurement for a terminal.
impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { security, round_trip, messages, size, rounds, .. } = &self.settings;
        let security = match security {
            Security::None => "without TLS and login",
            Security::Implicit => "implicit TLS, with a login",
            _ => "STARTTLS, with a login",
        };
        let rtt = round_trip.as_millis();
        writeln!(f, "messages of {size} bytes; {security}; {rtt} ms RTT")?;
        writeln!(
            f,
            "{rounds} rounds; {messages} messages where there are several; {}",
            self.cores
        )?;
        writeln!(f, "left out: {}", self.left_out())?;
        for (title, table) in self.tables() {
            write!(f, "\n{title}\n{}", table.aligned())?;
        }
        Ok(())
    }
}
