//! A session as a sequence of waits: what the client did, what it sent, and the answer it waited for.
//!
//! An [`Exchange`] holds the local work and the number of round trips of one wait. That is all that is
//! needed to [predict](fn@predict) the time of the same session over a longer path.

use std::time::{Duration, Instant};

use mailer::{Phase, Step};
use mailer_link::{Connection, Direction};

use crate::{
    observation::{Interval, Observation, Span, Stall, TimeBreakdown, Turn},
    recorder::{EventKind, RecordedEvent},
    tls_records::{PassedRecord, tls_records},
};

/// One wait of the client: the flight that it sent and the answer to it.
///
/// The exchanges of a session follow one another without a gap, and together they take all of its time.
/// The TCP connect and the greeting are exchanges without a flight, and what the client does after the last
/// answer is an exchange without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The phase that the answer ends or continues.
    pub phase: Phase,
    /// The commands of the flight by their verb, in order; a verb that is sent several times is counted:
    /// `RCPT ×3`.
    pub commands: Vec<String>,
    /// The codes of the replies in the answer.
    pub replies: Vec<u16>,
    /// The time from the end of the answer before it to the end of its own answer. The round trip that a stall
    /// costs over a path with delay counts as time of the link.
    pub time: TimeBreakdown,
    /// The number of stalls in it.
    pub stalls: u32,
    /// The commands that left before its stall, and those that the stall held back; `None` if the flight has no stall or
    /// several, or if the place of the stall is unknown.
    pub divided: Option<[Vec<String>; 2]>,
    /// Whether a stall held back a part of the answer, and not of the flight.
    pub is_answer_stalled: bool,
    /// The round trips that the client waits for: 1, or 0 where no answer is waited for.
    pub round_trips: u32,
    /// The bytes of the flight, TLS included.
    pub bytes_out: u64,
    /// The bytes of the answer, TLS included.
    pub bytes_in: u64,
    /// Whether its answer accepts the last message of the session.
    pub accepts: bool,
}

impl Exchange {
    /// Returns its time over a path with this RTT: its local work, its round trips, and for each stall the
    /// recorded time and one RTT more.
    ///
    /// The acknowledgement that ends a stall travels back over the path, so a stall grows by an RTT. The time
    /// of the path on which it was recorded does not count.
    #[must_use]
    pub fn predicted(&self, rtt: Duration) -> Duration {
        let TimeBreakdown { server, client, stall, .. } = self.time;
        client + server + stall + rtt * (self.stalls + self.round_trips)
    }

    /// Returns the codes of the replies as a text. An answer without any holds messages of TLS itself, such as session
    /// tickets.
    pub(crate) fn answer(&self) -> String {
        let is_tls_alone = self.replies.is_empty()
            && self.bytes_in > 0
            && self.round_trips > 0
            && self.phase != Phase::Tls;
        if is_tls_alone {
            return "TLS data".into();
        }
        let codes: Vec<String> = self.replies.iter().map(ToString::to_string).collect();
        codes.join(" · ")
    }
}

/// Returns the time of a session over a path with this RTT, from its exchanges as recorded over another path.
#[must_use]
pub fn predict(exchanges: &[Exchange], rtt: Duration) -> Duration {
    exchanges.iter().map(|exchange| exchange.predicted(rtt)).sum()
}

/// Returns the exchanges up to the one whose answer accepts the last message; all, if none does.
#[must_use]
pub fn until_accepted(exchanges: &[Exchange]) -> &[Exchange] {
    let accepted = exchanges.iter().rposition(|exchange| exchange.accepts);
    exchanges.get(..=accepted.unwrap_or(usize::MAX - 1)).unwrap_or(exchanges)
}

/// Returns the number of round trips that a client waits for in these exchanges. The RTT that a stall costs is not
/// among them.
#[must_use]
pub fn round_trips(exchanges: &[Exchange]) -> u32 {
    exchanges.iter().map(|exchange| exchange.round_trips).sum()
}

/// Returns the exchanges of a session; none if it went without a link.
#[must_use]
pub fn exchanges(observation: &Observation) -> Vec<Exchange> {
    let answers = answers(observation);
    if answers.is_empty() {
        return Vec::new();
    }
    let session = ObservedSession::new(observation);
    let starts = [Answer::none(observation.started)].into_iter().chain(answers.iter().copied());
    let last = Answer { bytes_out: unanswered(observation), ..Answer::none(observation.ended) };
    let ends = answers.iter().copied().chain([last]);
    let mut exchanges: Vec<Exchange> =
        starts.zip(ends).map(|(before, answer)| session.exchange(before, answer)).collect();
    session.add_commands(&answers, &mut exchanges);
    session.add_replies(&answers, &mut exchanges);
    exchanges
}

/// Returns the TLS records of each exchange, if the link kept its bytes.
pub(crate) fn records(observation: &Observation) -> Vec<Vec<PassedRecord>> {
    let exchanges = answers(observation).len() + 1;
    let mut records = vec![Vec::new(); exchanges];
    let mut first = 0;
    for connection in observation.connections.iter().flatten() {
        // Being connected is an answer without bytes.
        first += usize::from(connection.reached.is_some());
        for passed in tls_records(connection, observation.security) {
            let exchange = (first + passed.answer).min(exchanges - 1);
            records.get_mut(exchange).into_iter().for_each(|records| records.push(passed));
        }
        first += answers_of(connection).count();
    }
    records
}

/// Returns for each turn of a dialogue the index of the exchange in which it was sent.
pub(crate) fn exchanges_of_turns(observation: &Observation, turns: &[Turn]) -> Vec<usize> {
    let answers = answers(observation);
    let session = ObservedSession::new(observation);
    let exchange = |turn: &Turn| {
        let begins = |event: &RecordedEvent| event.at == turn.at && written(event).is_some();
        match observation.events.iter().position(begins) {
            Some(place) => session.flight(place, &answers),
            None => answer_of(&answers, turn.at).unwrap_or_default(),
        }
    };
    turns.iter().map(exchange).collect()
}

/// An answer of the server as the link saw it, and the flight before it.
#[derive(Clone, Copy)]
struct Answer {
    first: Instant,
    last: Instant,
    bytes_out: u64,
    bytes_in: u64,
    /// 1 if the client waits for it.
    round_trips: u32,
}

impl Answer {
    /// A time at which nothing is answered: the start or the end of a session.
    fn none(at: Instant) -> Self {
        Self { first: at, last: at, bytes_out: 0, bytes_in: 0, round_trips: 0 }
    }
}

/// The answers of all connections in order. Being connected is the answer to a TCP connect.
fn answers(observation: &Observation) -> Vec<Answer> {
    let mut answers = Vec::new();
    for connection in observation.connections.iter().flatten() {
        let connected =
            connection.reached.map(|(_, at)| Answer { round_trips: 1, ..Answer::none(at) });
        answers.extend(connected);
        answers.extend(answers_of(connection));
    }
    // The client waits for nothing after the last reply: what follows it is the end of TLS.
    if let Some(last_reply) = observation.last_reply() {
        let late = answers.iter_mut().filter(|answer| answer.first > last_reply);
        late.for_each(|answer| answer.round_trips = 0);
    }
    answers
}

fn answers_of(connection: &Connection) -> impl Iterator<Item = Answer> {
    let mut bytes_out = 0;
    connection.bursts.iter().filter_map(move |burst| match burst.direction {
        Direction::Out => {
            bytes_out = burst.bytes;
            None
        }
        Direction::In => Some(Answer {
            first: burst.first,
            last: burst.last,
            bytes_out: std::mem::take(&mut bytes_out),
            bytes_in: burst.bytes,
            round_trips: 1,
        }),
    })
}

/// The bytes of the last flight, if no answer followed it.
fn unanswered(observation: &Observation) -> u64 {
    let last =
        observation.connections.iter().flatten().filter_map(|it| it.bursts.last()).next_back();
    last.filter(|burst| burst.direction == Direction::Out).map_or(0, |burst| burst.bytes)
}

/// A session, and what its time went to.
struct ObservedSession<'a> {
    observation: &'a Observation,
    intervals: Vec<Interval>,
    stalls: Vec<Stall>,
    spans: Vec<Span>,
}

impl<'a> ObservedSession<'a> {
    fn new(observation: &'a Observation) -> Self {
        Self {
            observation,
            intervals: observation.intervals(),
            stalls: observation.stalls(),
            spans: observation.spans(),
        }
    }

    /// The exchange that ends with `answer`. Its commands and replies are added later.
    fn exchange(&self, before: Answer, answer: Answer) -> Exchange {
        let (start, end) = (before.last, answer.last);
        let own = self.stalls.iter().filter(|it| it.hold.to > start && it.hold.to <= end);
        let stalls = u32::try_from(own.clone().count()).unwrap_or(u32::MAX);
        Exchange {
            phase: self.phase(end),
            commands: Vec::new(),
            replies: Vec::new(),
            time: self.without_travel(TimeBreakdown::between(start, end, &self.intervals), stalls),
            stalls,
            divided: None,
            is_answer_stalled: own.clone().any(|it| it.direction == Direction::In),
            round_trips: answer.round_trips,
            bytes_out: answer.bytes_out,
            bytes_in: answer.bytes_in,
            accepts: false,
        }
    }

    /// The phase of the span in which this time lies.
    fn phase(&self, at: Instant) -> Phase {
        let span = self.spans.iter().find(|span| span.end >= at);
        span.or(self.spans.last()).map_or(Phase::Connect, |span| span.phase)
    }

    /// Counts as time of the link what the acknowledgements that ended these stalls travelled.
    fn without_travel(&self, time: TimeBreakdown, stalls: u32) -> TimeBreakdown {
        let travel = (self.observation.path.round_trip * stalls).min(time.stall);
        TimeBreakdown { link: time.link + travel, stall: time.stall - travel, ..time }
    }

    /// Returns the flight that carried the command or the content that the event at this place reports.
    ///
    /// A command is in the first flight whose answer began after the command was written. A backend may
    /// report a command late, after its answer has begun to arrive; but a command is never in a later
    /// flight than the one that its reply answers.
    fn flight(&self, place: usize, answers: &[Answer]) -> usize {
        let event = self.observation.events.get(place);
        let written = event.and_then(|event| answers.iter().position(|it| it.first > event.at));
        let answered = self.reply_after(place).and_then(|reply| answer_of(answers, reply.at));
        if event.is_some_and(is_ehlo_again) {
            // Nagle's algorithm may hold EHLO back, until session tickets acknowledge the end of the handshake. Nothing
            // else leaves before its reply, so it is in the flight that the reply answers.
            return answered.or(written).unwrap_or(answers.len());
        }
        // What has no answer is in the last exchange.
        [written, answered].into_iter().flatten().min().unwrap_or(answers.len())
    }

    /// Assigns each command to the flight that carried it.
    fn add_commands(&self, answers: &[Answer], exchanges: &mut [Exchange]) {
        // The verbs of each flight, and whether a stall held them back.
        let mut verbs: Vec<Vec<(String, bool)>> = vec![Vec::new(); exchanges.len()];
        for (place, event) in self.observation.events.iter().enumerate() {
            let Some(verb) = written(event) else { continue };
            let flight = self.flight(place, answers);
            let Some(verbs) = verbs.get_mut(flight) else { continue };
            let is_held_back = self.is_held_back(event) || verbs.last().is_some_and(|last| last.1);
            verbs.push((verb, is_held_back));
        }
        for (exchange, verbs) in exchanges.iter_mut().zip(verbs) {
            exchange.commands = counted(verbs.iter().map(|(verb, _)| verb.clone()));
            let parts = [false, true].map(|is_held_back| {
                let part = verbs.iter().filter(|verb| verb.1 == is_held_back);
                counted(part.map(|(verb, _)| verb.clone()))
            });
            let is_divided = exchange.stalls == 1 && parts.iter().all(|part| !part.is_empty());
            exchange.divided = is_divided.then_some(parts);
        }
    }

    /// Whether this is the last write before a pause, which the pause held back. What was written later left later.
    fn is_held_back(&self, event: &RecordedEvent) -> bool {
        self.stalls.iter().any(|stall| stall.written.as_ref() == Some(event))
    }

    /// The reply to the command or the content that this event reports.
    fn reply_after(&self, place: usize) -> Option<&RecordedEvent> {
        let events = self.observation.events.get(place..)?;
        let answers = match events.first()?.kind {
            EventKind::Sent { step, .. } => step,
            _ => Step::EndOfData,
        };
        events
            .iter()
            .find(|event| matches!(event.kind, EventKind::Received { step, .. } if step == answers))
    }

    /// Assigns each reply to the answer that brought it, and marks the one that accepts the last message.
    fn add_replies(&self, answers: &[Answer], exchanges: &mut [Exchange]) {
        let mut accepting = None;
        for event in &self.observation.events {
            let EventKind::Received { step, reply } = &event.kind else { continue };
            let Some(index) = answer_of(answers, event.at) else { continue };
            let Some(exchange) = exchanges.get_mut(index) else { continue };
            exchange.replies.push(reply.code);
            if *step == Step::EndOfData && reply.is_positive() {
                accepting = Some(index);
            }
        }
        if let Some(exchange) = accepting.and_then(|index| exchanges.get_mut(index)) {
            exchange.accepts = true;
        }
    }
}

fn is_ehlo_again(event: &RecordedEvent) -> bool {
    matches!(event.kind, EventKind::Sent { step: Step::EhloAgain, .. })
}

/// The answer that brought a reply which was read at this time.
fn answer_of(answers: &[Answer], read: Instant) -> Option<usize> {
    answers.iter().rposition(|answer| answer.first <= read)
}

/// What stands for content among the verbs.
const CONTENT: &str = "content";

/// What an event reports as written: a verb, the content, or the dot that ends it.
fn written(event: &RecordedEvent) -> Option<String> {
    match &event.kind {
        EventKind::Sent { step: Step::EndOfData, line } if line == "." => Some(".".to_owned()),
        EventKind::Sent { line, .. } => Some(verb(line)),
        EventKind::Content { .. } => Some(CONTENT.to_owned()),
        _ => None,
    }
}

/// The verb of a command line, and of AUTH its mechanism.
fn verb(line: &str) -> String {
    let mut words = line.split([' ', ':']);
    match words.next().unwrap_or_default() {
        "AUTH" => format!("AUTH {}", words.next().unwrap_or_default()).trim_end().to_owned(),
        verb => verb.to_owned(),
    }
}

/// The verbs, with the number of repetitions of one that follows itself. Blocks of content are not counted: a
/// backend reports as many as it happens to write.
fn counted(verbs: impl Iterator<Item = String>) -> Vec<String> {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for verb in verbs {
        match runs.last_mut() {
            Some((last, _)) if *last == verb && verb == CONTENT => {}
            Some((last, count)) if *last == verb => *count += 1,
            _ => runs.push((verb, 1)),
        }
    }
    let name = |(verb, count)| if count == 1 { verb } else { format!("{verb} ×{count}") };
    runs.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Commands, codes and round trips of each exchange.
    fn rows(observation: &Observation) -> Vec<(String, Vec<u16>, u32)> {
        let row = |it: Exchange| (it.commands.join(" "), it.replies, it.round_trips);
        exchanges(observation).into_iter().map(row).collect()
    }

    #[test]
    fn an_ehlo_that_was_held_back_is_in_the_flight_that_its_reply_answers() {
        let session = fixtures::delayed_ehlo(ms(20));
        let inside = exchanges(&session).into_iter().filter(|it| it.phase == Phase::EhloAgain);
        let inside: Vec<_> = inside.map(|it| (it.commands, it.replies)).collect();
        assert_eq!(inside, [(vec![], vec![]), (vec!["EHLO".to_owned()], vec![250])]);
    }

    #[test]
    fn repeated_commands_are_counted_and_blocks_of_content_are_not() {
        let verbs = ["RCPT", "RCPT", CONTENT, CONTENT, "."];
        let counted = counted(verbs.into_iter().map(str::to_owned));
        assert_eq!(counted, ["RCPT ×2", CONTENT, "."]);
    }

    fn all() -> [Observation; 4] {
        [
            fixtures::observation("raw"),
            fixtures::stalled("lettre", 41_000),
            fixtures::pipelined("raw"),
            fixtures::two_mails("lettre"),
        ]
    }

    #[test]
    fn exchanges_take_all_time_and_all_round_trips_of_a_session() {
        for observation in all() {
            let exchanges = exchanges(&observation);
            let time: TimeBreakdown = exchanges.iter().map(|exchange| exchange.time).sum();
            assert_eq!(Some(time), observation.time_breakdown());
            let trips: u64 = exchanges.iter().map(|it| u64::from(it.round_trips)).sum();
            let counts = observation.counts().unwrap();
            assert_eq!(trips, counts.round_trips);
            assert_eq!(exchanges.iter().map(|it| it.bytes_out).sum::<u64>(), counts.bytes_out);
            assert_eq!(exchanges.iter().map(|it| it.bytes_in).sum::<u64>(), counts.bytes_in);
        }
    }

    #[test]
    fn each_flight_stands_beside_its_replies() {
        let row =
            |commands: &str, replies: &[u16], trips| (commands.to_owned(), replies.to_vec(), trips);
        let expected = [
            row("", &[], 1),
            row("", &[220], 1),
            row("EHLO", &[250], 1),
            row("STARTTLS", &[220], 1),
            row("", &[], 1),
            row("EHLO", &[250], 1),
            row("AUTH PLAIN", &[235], 1),
            row("MAIL RCPT DATA", &[250, 250, 354], 1),
            row("content .", &[250], 1),
            row("QUIT", &[221], 1),
            row("", &[], 0),
            row("", &[], 0),
        ];
        assert_eq!(rows(&fixtures::pipelined("raw")), expected);
    }

    #[test]
    fn a_command_that_is_reported_late_stays_in_its_flight() {
        let expected = rows(&fixtures::observation("lettre"));
        let mut late = fixtures::observation("lettre");
        for place in 1..late.events.len() {
            let next = late.events.get(place).map(|event| event.at);
            let event = late.events.get_mut(place - 1);
            if let (Some(event), Some(next)) = (event, next)
                && matches!(event.kind, EventKind::Sent { .. })
            {
                event.at = next;
            }
        }
        assert_eq!(rows(&late), expected);
    }

    #[test]
    fn a_message_is_accepted_by_its_final_reply() {
        let replies = |observation: &Observation| {
            let exchanges = exchanges(observation);
            until_accepted(&exchanges).last().map(|it| it.replies.clone())
        };
        assert_eq!(replies(&fixtures::observation("raw")), Some(vec![250]));
        let two = exchanges(&fixtures::two_mails("lettre"));
        assert_eq!(two.iter().filter(|exchange| exchange.accepts).count(), 1);
        assert_eq!(round_trips(until_accepted(&two)), 16);
    }

    #[test]
    fn a_stall_divides_its_flight() {
        let divided = |observation: &Observation| -> Vec<[Vec<String>; 2]> {
            exchanges(observation).into_iter().filter_map(|exchange| exchange.divided).collect()
        };
        let parts = [vec![CONTENT.to_owned()], vec![".".to_owned()]];
        assert_eq!(divided(&fixtures::stalled("lettre", 41_000)), [parts]);
        assert!(divided(&fixtures::observation("raw")).is_empty());
        let in_answer = |observation: &Observation| {
            exchanges(observation).iter().filter(|exchange| exchange.is_answer_stalled).count()
        };
        let late = fixtures::half_a_reply("raw", 41_000);
        assert_eq!((divided(&late).len(), in_answer(&late)), (0, 1));
        assert_eq!(in_answer(&fixtures::stalled("lettre", 41_000)), 0);
    }

    #[test]
    fn a_stall_grows_with_the_path_and_is_no_round_trip() {
        let (quick, stalled) = (fixtures::observation("a"), fixtures::stalled("b", 41_000));
        let (quick, stalled) = (exchanges(&quick), exchanges(&stalled));
        assert_eq!(round_trips(&stalled), round_trips(&quick));
        let difference = |rtt| predict(&stalled, rtt) - predict(&quick, rtt);
        assert_eq!(difference(ms(20)), difference(Duration::ZERO) + ms(20));
    }

    #[test]
    fn without_delay_the_prediction_is_the_recorded_time() {
        for observation in all() {
            let exchanges = exchanges(&observation);
            assert_eq!(predict(&exchanges, Duration::ZERO), observation.total());
            let stalls: u32 = exchanges.iter().map(|exchange| exchange.stalls).sum();
            let trips = round_trips(&exchanges) + stalls;
            assert_eq!(predict(&exchanges, ms(50)), observation.total() + ms(50) * trips);
        }
    }

    #[test]
    fn a_session_without_a_link_has_none() {
        let mut observation = fixtures::observation("raw");
        observation.connections = None;
        assert_eq!(exchanges(&observation), []);
    }

    #[test]
    fn repeated_verbs_are_counted_and_login_keeps_its_mechanism() {
        let verbs =
            ["MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>", "RCPT TO:<c@example.test>"];
        assert_eq!(counted(verbs.iter().map(|line| verb(line))), ["MAIL", "RCPT ×2"]);
        assert_eq!(
            [verb("AUTH LOGIN"), verb("****"), verb("AUTH")],
            ["AUTH LOGIN", "****", "AUTH"]
        );
    }
}
