//! The link's own error: how late it delivers, and what it adds where it is to add nothing.
//!
//! Both ways of a comparison take turns in one run. No criterion: what counts is how far off the slow
//! ones are, not a mean.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Link, Path};

use crate::table::Table;

const MILLISECOND: Duration = Duration::from_millis(1);
static BLOCK: [u8; 64 * 1024] = [7; 64 * 1024];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How long a row of the first table may take; nothing is once.
    pub each: Duration,
    /// How often each way of the second table is measured.
    pub transfers: usize,
}

impl Effort {
    /// Enough for the slowest in a hundred.
    pub const FULL: Self = Self { each: Duration::from_secs(4), transfers: 9 };
    /// Enough to see that it works.
    pub const ONCE: Self = Self { each: Duration::ZERO, transfers: 1 };
}

/// The columns of the first table.
pub const LATE: [&str; 4] = ["microseconds", "median", "99 %", "most"];
/// The columns of the second table.
pub const RATES: [&str; 3] = ["MB/s, one direction", "median", "least"];

/// Measures, and gives two tables: microseconds that octets come late, and megabytes per second.
///
/// # Errors
/// If the system gives no ports, or a connection breaks.
pub fn tables(effort: Effort) -> io::Result<[Table; 2]> {
    let server = serve()?;
    let rounds = |each| rounds_within(effort.each, each);
    let mut late = Vec::new();
    let [direct, linked] = exchanges(server, rounds(MILLISECOND / 5))?;
    late.push(row("exchange of a few octets, direct".into(), direct));
    late.push(row("exchange of a few octets, over the link".into(), linked));
    for round_trip in [1, 5, 20, 100].map(|ms| MILLISECOND * ms) {
        let times = lateness(server, round_trip, rounds(round_trip))?;
        late.push(row(format!("late, at {} ms there and back", round_trip.as_millis()), times));
    }
    for megabits in [1, 10, 100, 1000] {
        let times = queueing(server, megabits, rounds(MILLISECOND * 100))?;
        let octets = transfer(megabits);
        late.push(row(format!("late, {octets} octets at {megabits} Mbit/s"), times));
    }
    let [direct, linked] = rates(server, effort.transfers)?;
    let rates = vec![rate_row("direct", direct), rate_row("over the link", linked)];
    Ok([Table::new(LATE, late), Table::new(RATES, rates)])
}

fn rounds_within(budget: Duration, each: Duration) -> usize {
    let rounds = budget.as_nanos() / each.as_nanos();
    usize::try_from(rounds).unwrap_or(usize::MAX).max(1)
}

/// A server that takes as many octets as the first eight say and then answers with one, again and
/// again.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            // It ends when its client does.
            thread::spawn(move || swallow(socket));
        }
    });
    Ok(addr)
}

fn swallow(mut socket: TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    loop {
        let mut announced = [0; 8];
        socket.read_exact(&mut announced)?;
        io::copy(&mut (&socket).take(u64::from_be_bytes(announced)), &mut io::sink())?;
        socket.write_all(&[0])?;
    }
}

struct Client(TcpStream);

impl Client {
    fn connect(addr: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect(addr)?;
        socket.set_nodelay(true)?;
        let mut client = Self(socket);
        // What is only done once is done.
        client.exchange(0)?;
        Ok(client)
    }

    /// How long it takes until the server has so many octets and says so.
    fn exchange(&mut self, octets: usize) -> io::Result<Duration> {
        let began = Instant::now();
        self.0.write_all(&(octets as u64).to_be_bytes())?;
        let mut left = octets;
        while left > 0 {
            let count = left.min(BLOCK.len());
            self.0.write_all(BLOCK.get(..count).unwrap_or_default())?;
            left -= count;
        }
        self.0.read_exact(&mut [0])?;
        Ok(began.elapsed())
    }
}

/// Directly and over a link that delays nothing, in turns.
fn in_turns(server: SocketAddr, octets: usize, rounds: usize) -> io::Result<[Vec<Duration>; 2]> {
    let link = Link::to([server]).start()?;
    let mut ways = [Client::connect(server)?, Client::connect(link.addr())?];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (way, times) in ways.iter_mut().zip(&mut times) {
            times.push(way.exchange(octets)?);
        }
    }
    Ok(times)
}

fn exchanges(server: SocketAddr, rounds: usize) -> io::Result<[Vec<Duration>; 2]> {
    in_turns(server, 0, rounds)
}

/// How much later than a round trip the answer is there.
fn lateness(server: SocketAddr, round_trip: Duration, rounds: usize) -> io::Result<Vec<Duration>> {
    let path = Path { round_trip, bandwidth: None };
    later_than(round_trip, server, path, 0, rounds)
}

/// How much later the answer is there than the bandwidth allows.
fn queueing(server: SocketAddr, megabits: u32, rounds: usize) -> io::Result<Vec<Duration>> {
    let per_second = u64::from(megabits) * 1_000_000 / 8;
    let path = Path { round_trip: Duration::ZERO, bandwidth: NonZeroU64::new(per_second) };
    let octets = transfer(megabits);
    // Eight octets say how many they are, and one answers.
    let ideal = Duration::from_secs_f64((octets + 9) as f64 / per_second as f64);
    later_than(ideal, server, path, octets, rounds)
}

/// What takes a tenth of a second at this bandwidth.
fn transfer(megabits: u32) -> usize {
    megabits as usize * 1_000_000 / 8 / 10
}

fn later_than(
    ideal: Duration,
    server: SocketAddr,
    path: Path,
    octets: usize,
    rounds: usize,
) -> io::Result<Vec<Duration>> {
    let link = Link::to([server]).over(path).start()?;
    let mut client = Client::connect(link.addr())?;
    (0..rounds).map(|_| Ok(client.exchange(octets)?.saturating_sub(ideal))).collect()
}

/// Megabytes per second.
fn rates(server: SocketAddr, rounds: usize) -> io::Result<[Vec<f64>; 2]> {
    const OCTETS: usize = 256 * 1024 * 1024;
    let rate = |time: Duration| OCTETS as f64 / 1e6 / time.as_secs_f64();
    Ok(in_turns(server, OCTETS, rounds)?.map(|times| times.into_iter().map(rate).collect()))
}

fn row(name: String, mut times: Vec<Duration>) -> Vec<String> {
    times.sort_unstable();
    let at = |percent: usize| {
        let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    vec![name, format!("{:.0}", at(50)), format!("{:.0}", at(99)), format!("{:.0}", at(100))]
}

fn rate_row(name: &str, mut rates: Vec<f64>) -> Vec<String> {
    rates.sort_unstable_by(f64::total_cmp);
    let median = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let least = rates.first().copied().unwrap_or_default();
    vec![name.to_owned(), format!("{median:.0}"), format!("{least:.0}")]
}
