//! From the server's clock to the client's end of the link.

use std::time::{Duration, Instant};

use mailer_server::{Peer, TranscriptLine};

use mailer_link::{Burst, Connection, Direction, Path};

/// When what the server saw and said was said and seen by its client.
///
/// The link tells when bytes passed the client. In the clear, a line is among those that its length
/// says. Inside TLS the server's clock has to help: it tells how long after it took the connection,
/// and a line is put, in its order, where bytes passed nearest to half a round trip away; an answer
/// behind the flight that it answers, and what was said next behind that.
pub(super) struct View<'a> {
    connection: &'a Connection,
    /// When the server took the connection, as nearly as can be known.
    taken: Instant,
    half_a_trip: Duration,
    clear: Clear,
    /// The place of the flight that the client's last line is in.
    flight: usize,
    /// The place of what was looked at last, and the server's time of the server's last line.
    place: usize,
    answered: Duration,
}

/// Octets of the lines so far, as long as each of them can be known.
#[derive(Clone, Copy, Default)]
struct Clear {
    out: u64,
    back: u64,
}

impl<'a> View<'a> {
    pub(super) fn of(connection: &'a Connection, lines: &[&TranscriptLine], path: Path) -> Self {
        let half_a_trip = path.round_trip / 2;
        let reached = connection.reached.filter(|_| path.round_trip.is_zero());
        let mut view = Self {
            connection,
            taken: reached.map_or(connection.accepted, |(_, at)| at),
            half_a_trip,
            clear: Clear::default(),
            flight: 0,
            place: 0,
            answered: Duration::ZERO,
        };
        view.taken = view.set_clock(lines).unwrap_or(view.taken);
        view
    }

    /// Each line that the server said in the clear was seen on the link somewhat later: the quickest
    /// of them tells what its clock shows.
    fn set_clock(&self, lines: &[&TranscriptLine]) -> Option<Instant> {
        let mut clear = Clear::default();
        let in_the_clear = lines.iter().take_while(|line| !line.inside_tls);
        let seen = in_the_clear.filter_map(|line| {
            let place = clear.pass(self.connection, line)?;
            let burst = self.connection.bursts.get(place)?;
            let said = line.at + self.half_a_trip;
            (line.from == Peer::Server).then(|| burst.first.checked_sub(said))?
        });
        seen.min()
    }

    pub(super) fn of_line(&mut self, line: &TranscriptLine) -> Instant {
        let at = self.taken + line.at;
        let (at, from) = match line.from {
            // What came with an earlier line is in its flight.
            Peer::Client if line.at < self.answered => {
                (at.checked_sub(self.half_a_trip), self.flight)
            }
            Peer::Client => (at.checked_sub(self.half_a_trip), self.place),
            Peer::Server => (at.checked_add(self.half_a_trip), self.flight),
        };
        let at = at.unwrap_or(self.taken);
        let known = (!line.inside_tls).then(|| self.clear.pass(self.connection, line)).flatten();
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

    /// The place of the bytes that went this way nearest to that time, none before `from`.
    fn nearest(&self, direction: Direction, at: Instant, from: usize) -> Option<usize> {
        let bursts = self.connection.bursts.iter().enumerate().skip(from);
        let possible = bursts.filter(|(_, burst)| burst.direction == direction);
        possible.min_by_key(|(_, burst)| distance(burst, at)).map(|(place, _)| place)
    }
}

impl Clear {
    /// The place of the bytes that this line begins in. What content there was in octets on the wire
    /// the server does not tell: behind it nothing is known.
    fn pass(&mut self, connection: &Connection, line: &TranscriptLine) -> Option<usize> {
        let passed = match line.from {
            Peer::Client => &mut self.out,
            Peer::Server => &mut self.back,
        };
        let before = *passed;
        let length = if line.text.starts_with('(') { u64::MAX } else { line.text.len() as u64 + 2 };
        *passed = passed.saturating_add(length);
        let mut octets = 0;
        let bursts = connection.bursts.iter().enumerate();
        let mut same = bursts.filter(|(_, burst)| burst.direction == direction(line));
        same.find(|(_, burst)| {
            octets += burst.bytes;
            octets > before
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

    /// A line of eight octets on the wire.
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
        let mut view = View::of(&connection, &all, path);
        let at = |line| view.of_line(line).saturating_duration_since(start).as_millis();
        all.into_iter().map(at).collect()
    }

    #[test]
    fn over_a_distance_the_client_is_early_and_notices_late() {
        let passed = [(In, 40), (Out, 41), (In, 62), (Out, 63), (In, 84)];
        let lines = [(Server, 0), (Client, 51), (Server, 52), (Client, 73), (Server, 74)];
        let lines = lines.map(|(from, at)| line(from, at, false));
        assert_eq!(seen(&passed, &lines, 20), [40, 41, 62, 63, 84]);
    }

    #[test]
    fn in_the_clear_octets_tell_and_set_the_clock() {
        // The greeting took 5 ms to the link, the next reply 1: the clock began at 1.
        let passed = [(In, 7), (Out, 9), (In, 12), (Out, 14), (In, 16)];
        let clear = [line(Server, 1, false), line(Client, 9, false), line(Server, 11, false)];
        let inside = [line(Client, 13, true), line(Server, 14, true)];
        let lines = [clear.as_slice(), &inside].concat();
        assert_eq!(seen(&passed, &lines, 0), [7, 9, 12, 14, 16]);
    }

    #[test]
    fn what_is_said_after_a_reply_stands_behind_it_and_a_group_stays_together() {
        let passed = [(Out, 10), (In, 11), (Out, 12), (In, 13)];
        // The second command is nearer to the first flight, and cannot have been in it.
        let lines = [line(Client, 10, true), line(Server, 10, true), line(Client, 10, true)];
        assert_eq!(seen(&passed, &lines, 0), [10, 11, 12]);
        let group = [line(Client, 9, true), line(Server, 10, true), line(Client, 9, true)];
        assert_eq!(seen(&passed, &group, 0), [10, 11, 10]);
    }
}
