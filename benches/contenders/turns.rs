//! Everybody in turns.

use std::{fmt, path::PathBuf, time::Duration};

use mailer::Security;
use mailer_bench::{
    cores::{Cores, pin},
    interleave::order,
};

use super::{
    Outcome,
    arguments::Settings,
    clients::{CLIENTS, Client},
    figures::{Figures, Sample, columns, row},
    ground::Ground,
    tools,
};
use crate::table::Table;

/// Long against the work on a mail: round trips are counted over it where there is no distance.
const COUNTING: Duration = Duration::from_millis(5);

/// What was measured, as far as it has come.
pub(super) struct Measured {
    settings: Settings,
    place: String,
    left_out: Vec<String>,
    contenders: Vec<Contender>,
}

struct Contender {
    client: &'static Client,
    program: PathBuf,
    /// What was counted over a distance, where the rounds have none.
    counted: Option<Turn>,
    rounds: Vec<Turn>,
    /// Why there is no figure.
    wrong: Option<String>,
}

/// What one turn gives: a mail on a connection of its own, and a further one.
#[derive(Clone, Copy)]
struct Turn {
    one: Sample,
    further: Option<Sample>,
}

/// Measures all that are there.
pub(super) fn measure(settings: &Settings, cores: Option<Cores>) -> Outcome<Measured> {
    let mut measured = Measured::of(settings);
    let cores = cores.filter(|cores| pin(&[cores.server]));
    let ground = Ground::prepare(settings, settings.round_trip)?;
    let is_near = settings.round_trip.is_zero();
    let counting = is_near.then(|| Ground::prepare(settings, COUNTING)).transpose()?;
    // What clients are started by from here on hands its core on to them.
    let cores = cores.filter(|cores| pin(&[cores.client]));
    measured.place = cores.map_or_else(|| "not pinned".into(), place);
    let mails = settings.mails;
    if let Some(counting) = &counting {
        for contender in &mut measured.contenders {
            contender.counted = contender.attempt(counting, COUNTING, mails);
        }
    }
    for round in 0..settings.rounds {
        for index in order(measured.contenders.len(), round) {
            let Some(contender) = measured.contenders.get_mut(index) else { continue };
            let turn = contender.attempt(&ground, settings.round_trip, mails);
            contender.rounds.extend(turn);
        }
    }
    Ok(measured)
}

fn place(Cores { client, server }: Cores) -> String {
    format!("clients on core {client}, server and link on core {server}")
}

impl Contender {
    /// Its turn, unless something is wrong with it already.
    fn attempt(&mut self, ground: &Ground, round_trip: Duration, mails: u32) -> Option<Turn> {
        if self.wrong.is_some() {
            return None;
        }
        let turn = self.turn(ground, round_trip, mails);
        turn.map_err(|wrong| self.wrong = Some(wrong)).ok()
    }

    fn turn(&self, ground: &Ground, round_trip: Duration, mails: u32) -> Outcome<Turn> {
        let one = ground.run(self.client, &self.program, 1)?;
        let sample = Sample::of_one(&one, round_trip);
        if !self.client.several {
            return Ok(Turn { one: sample, further: None });
        }
        let several = ground.run(self.client, &self.program, mails)?;
        let further = Sample::of_further(&several, &one, round_trip, mails);
        Ok(Turn { one: sample, further: Some(further) })
    }

    fn figures(&self, raw: &[Sample], of: impl Fn(&Turn) -> Option<Sample>) -> Option<Figures> {
        let rounds: Vec<Sample> = self.rounds.iter().filter_map(&of).collect();
        Figures::of(&rounds, raw, self.counted.as_ref().and_then(&of))
    }
}

impl Measured {
    /// Who takes part, and who does not; nothing is measured yet.
    pub(super) fn of(settings: &Settings) -> Self {
        let (mut contenders, mut left_out) = (Vec::new(), Vec::new());
        let is_wanted = |client: &&Client| client.name.contains(settings.name.as_str());
        for client in CLIENTS.iter().filter(is_wanted) {
            let is_asked = !client.risky || settings.all_flows;
            let unable = client.tls(settings.security).is_none();
            match tools::find(client) {
                None => left_out.push(format!("{} ({})", client.name, tools::missing(client))),
                Some(_) if unable => left_out.push(format!("{} (no TLS)", client.name)),
                Some(program) if is_asked => contenders.push(Contender::new(client, program)),
                Some(_) => {}
            }
        }
        let place = "not measured".into();
        Self { settings: settings.clone(), place, left_out, contenders }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The two tables, each under its title.
    pub(super) fn tables(&self) -> [(&'static str, Table); 2] {
        let one = self.table(|_| true, |turn| Some(turn.one));
        let further = self.table(|client| client.several, |turn| turn.further);
        [("One mail per connection", one), ("A further mail on the same connection", further)]
    }

    fn table(&self, takes_part: fn(&Client) -> bool, of: fn(&Turn) -> Option<Sample>) -> Table {
        let against = self.settings.against.as_str();
        let is_it = |it: &&Contender| it.client.name == against && it.wrong.is_none();
        let raw = self.contenders.iter().find(is_it);
        let raw: Vec<Sample> = raw.iter().flat_map(|raw| &raw.rounds).filter_map(of).collect();
        let contenders = self.contenders.iter().filter(|it| takes_part(it.client));
        let row = |contender: &Contender| {
            let wrong = contender.wrong.as_ref().map(|wrong| format!("no figure: {wrong}"));
            let figures = contender.figures(&raw, of).filter(|_| wrong.is_none());
            let wrong = wrong.as_deref().unwrap_or_default();
            row(contender.client.name, figures.as_ref().ok_or(wrong))
        };
        Table::new(columns(against), contenders.map(row).collect())
    }

    /// # Errors
    /// What one of ours did wrong: what others do is for them to judge.
    pub(super) fn verdict(&self) -> Outcome<()> {
        let mut ours = self.contenders.iter().filter(|it| it.client.is_ours());
        let is_other_server = self.settings.server.is_some();
        // The floors do not ask a server what it can do.
        let is_floor = |it: &Contender| it.client.name.starts_with("bare");
        match ours.find(|it| it.wrong.is_some() && !(is_other_server && is_floor(it))) {
            None => Ok(()),
            Some(Contender { client, wrong, .. }) => {
                Err(format!("{}: {}", client.name, wrong.as_deref().unwrap_or_default()))
            }
        }
    }
}

impl Contender {
    fn new(client: &'static Client, program: PathBuf) -> Self {
        Self { client, program, counted: None, rounds: Vec::new(), wrong: None }
    }
}

/// As it is for a terminal.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { security, round_trip, mails, octets, rounds, .. } = &self.settings;
        let security = match security {
            Security::None => "in the clear, without a login",
            Security::Implicit => "TLS from the first byte, with a login",
            _ => "STARTTLS, with a login",
        };
        let distance = round_trip.as_millis();
        writeln!(f, "mails of {octets} octets; {security}; {distance} ms there and back")?;
        writeln!(f, "{rounds} rounds; {mails} mails where there are several; {}", self.place)?;
        if !self.left_out.is_empty() {
            writeln!(f, "left out: {}", self.left_out.join(", "))?;
        }
        for (title, table) in self.tables() {
            write!(f, "\n{title}\n{}", table.aligned())?;
        }
        Ok(())
    }
}
