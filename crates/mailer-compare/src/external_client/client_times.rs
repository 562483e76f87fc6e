//! The times of transcript lines, converted from the server's clock to the client's end of the link.

use std::time::{Duration, Instant};

use mailer_server::{Peer, TranscriptLine};

use mailer_link::{Burst, Connection, Direction, Path};

/// Converts the server's times to those at the client.
///
/// The link records when bytes passed the client. Without TLS, the lengths of the lines decide which
/// bytes a line is in. Inside TLS, the server's clock has to help: each line is assigned, in order, to
/// the bytes that passed nearest to half a round trip from the server's time. A reply comes after the
/// flight that it answers, and the next command after that reply.
pub(super) struct ClientTimes<'a> {
    connection: &'a Connection,
    /// The start of the server's clock, as nearly as it is known: when it accepted the connection.
    accepted: Instant,
    half_a_trip: Duration,
    offsets: Offsets,
    /// The index of the flight that the client's last line is in.
    flight: usize,
    /// The index of the burst of the last line, and the server's time of its last line.
    place: usize,
    answered: Duration,
}

/// The number of bytes of the lines so far in each direction, while the length of each is known.
#[derive(Clone, Copy, Default)]
struct Offsets {
    out: u64,
    back: u64,
}

impl<'a> ClientTimes<'a> {
    pub(super) fn new(connection: &'a Connection, lines: &[&TranscriptLine], path: Path) -> Self {
        let half_a_trip = path.round_trip / 2;
        let reached = connection.reached.filter(|_| path.round_trip.is_zero());
        let mut times = Self {
            connection,
            accepted: reached.map_or(connection.accepted, |(_, at)| at),
            half_a_trip,
            offsets: Offsets::default(),
            flight: 0,
            place: 0,
            answered: Duration::ZERO,
        };
        times.accepted = times.clock_start(lines).unwrap_or(times.accepted);
        times
    }

    /// Returns the start of the server's clock. The link saw each line of the server's somewhat after the
    /// server had sent it. The line with the shortest delay gives the best estimate.
    fn clock_start(&self, lines: &[&TranscriptLine]) -> Option<Instant> {
        let mut offsets = Offsets::default();
        let in_the_clear = lines.iter().take_while(|line| !line.inside_tls);
        let seen = in_the_clear.filter_map(|line| {
            let place = offsets.pass(self.connection, line)?;
            let burst = self.connection.bursts.get(place)?;
            let sent = line.at + self.half_a_trip;
            (line.from == Peer::Server).then(|| burst.first.checked_sub(sent))?
        });
        seen.min()
    }

    /// Returns when the line was at the client.
    pub(super) fn of_line(&mut self, line: &TranscriptLine) -> Instant {
        let at = self.accepted + line.at;
        let (at, from) = match line.from {
            // A line that came with an earlier one is in its flight.
            Peer::Client if line.at < self.answered => {
                (at.checked_sub(self.half_a_trip), self.flight)
            }
            Peer::Client => (at.checked_sub(self.half_a_trip), self.place),
            Peer::Server => (at.checked_add(self.half_a_trip), self.flight),
        };
        let at = at.unwrap_or(self.accepted);
        let known = (!line.inside_tls).then(|| self.offsets.pass(self.connection, line)).flatten();
        let Some(place) = known.or_else(|| self.nearest(direction(line), at, from)) else {
            return at;
        };
        self.place = place;
        match line.from {
            Peer::Client => self.flight = place,
            Peer::Server => self.answered = line.at,
        }
        let burst = self.connection.bursts.get(place);
        burst.map_or(at, |burst| at.clamp(burst.first, burst.last))
    }

    /// Returns the index of the burst in this direction that is nearest to `at`, from index `from` on.
    fn nearest(&self, direction: Direction, at: Instant, from: usize) -> Option<usize> {
        let bursts = self.connection.bursts.iter().enumerate().skip(from);
        let possible = bursts.filter(|(_, burst)| burst.direction == direction);
        possible.min_by_key(|(_, burst)| distance(burst, at)).map(|(place, _)| place)
    }
}

impl Offsets {
    /// Returns the index of the burst that this line begins in. After content, no index is known, since
    /// the transcript does not have its size on the wire.
    fn pass(&mut self, connection: &Connection, line: &TranscriptLine) -> Option<usize> {
        let passed = match line.from {
            Peer::Client => &mut self.out,
            Peer::Server => &mut self.back,
        };
        let before = *passed;
        let length = if line.text.starts_with('(') { u64::MAX } else { line.text.len() as u64 + 2 };
        *passed = passed.saturating_add(length);
        let mut bytes = 0;
        let bursts = connection.bursts.iter().enumerate();
        let mut same = bursts.filter(|(_, burst)| burst.direction == direction(line));
        same.find(|(_, burst)| {
            bytes += burst.bytes;
            bytes > before
        })
        .map(|(place, _)| place)
    }
}

fn direction(line: &TranscriptLine) -> Direction {
    match line.from {
        Peer::Client => Direction::Out,
        Peer::Server => Direction::In,
    }
}

fn distance(burst: &Burst, at: Instant) -> Duration {
    let early = burst.first.saturating_duration_since(at);
    early.max(at.saturating_duration_since(burst.last))
}

#[cfg(test)]
mod tests {
    use Direction::{In, Out};
    use Peer::{Client, Server};

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A line with eight bytes on the wire.
    fn line(from: Peer, at: u64, inside_tls: bool) -> TranscriptLine {
        TranscriptLine { session: 1, at: ms(at), from, inside_tls, text: "a line".into() }
    }

    fn connection(start: Instant, passed: &[(Direction, u64)]) -> Connection {
        let mut connection = Connection::new(start);
        connection.reached = Some((([127, 0, 0, 1], 25).into(), start));
        for &(direction, at) in passed {
            connection.record(start + ms(at), direction, 8);
        }
        connection
    }

    /// When each line was at the client.
    fn seen(passed: &[(Direction, u64)], lines: &[TranscriptLine], round_trip: u64) -> Vec<u128> {
        let start = Instant::now();
        let connection = connection(start, passed);
        let all: Vec<&TranscriptLine> = lines.iter().collect();
        let path = Path { round_trip: ms(round_trip), bandwidth: None };
        let mut times = ClientTimes::new(&connection, &all, path);
        let at = |line| times.of_line(line).saturating_duration_since(start).as_millis();
        all.into_iter().map(at).collect()
    }

    #[test]
    fn over_a_path_with_delay_commands_are_earlier_and_replies_later() {
        let passed = [(In, 40), (Out, 41), (In, 62), (Out, 63), (In, 84)];
        let lines = [(Server, 0), (Client, 51), (Server, 52), (Client, 73), (Server, 74)];
        let lines = lines.map(|(from, at)| line(from, at, false));
        assert_eq!(seen(&passed, &lines, 20), [40, 41, 62, 63, 84]);
    }

    #[test]
    fn without_tls_lengths_decide_and_set_the_clock() {
        // The greeting needed 5 ms to the link, the next reply 1 ms: the clock started at 1 ms.
        let passed = [(In, 7), (Out, 9), (In, 12), (Out, 14), (In, 16)];
        let clear = [line(Server, 1, false), line(Client, 9, false), line(Server, 11, false)];
        let inside = [line(Client, 13, true), line(Server, 14, true)];
        let lines = [clear.as_slice(), &inside].concat();
        assert_eq!(seen(&passed, &lines, 0), [7, 9, 12, 14, 16]);
    }

    #[test]
    fn a_command_after_a_reply_comes_later_and_a_group_stays_together() {
        let passed = [(Out, 10), (In, 11), (Out, 12), (In, 13)];
        // The second command is nearer to the first flight, and cannot have been in it.
        let lines = [line(Client, 10, true), line(Server, 10, true), line(Client, 10, true)];
        assert_eq!(seen(&passed, &lines, 0), [10, 11, 12]);
        let group = [line(Client, 9, true), line(Server, 10, true), line(Client, 9, true)];
        assert_eq!(seen(&passed, &group, 0), [10, 11, 10]);
    }
}
