//! The link's own error: how late it delivers, and what it adds where it should add nothing.
//!
//! A direct connection and one over the link take turns. Criterion would report means, and here the slowest one
//! in a hundred matters.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Link, Path};

use mailer_reports::MarkdownTable;

const MILLISECOND: Duration = Duration::from_millis(1);
static BLOCK: [u8; 64 * 1024] = [7; 64 * 1024];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnErrorEffort {
    /// How long a row of the first table may take; zero measures once.
    pub(crate) each: Duration,
    /// How often each row of the second table is measured.
    pub(crate) transfers: usize,
}

impl OwnErrorEffort {
    /// Enough to measure the slowest one in a hundred.
    pub(crate) const FULL: Self = Self { each: Duration::from_secs(4), transfers: 9 };
}

/// The columns of the first table.
pub(crate) const LATE: [&str; 4] = ["microseconds", "median", "99 %", "maximum"];
/// The columns of the second table.
pub(crate) const RATES: [&str; 3] = ["MB/s, one direction", "median", "minimum"];

/// Measures, and returns two tables: how many microseconds late bytes arrive, and megabytes per second.
///
/// # Errors
/// If the system provides no port, or a connection breaks.
pub(crate) fn tables(effort: OwnErrorEffort) -> io::Result<[MarkdownTable; 2]> {
    let server = serve()?;
    let rounds = |each| rounds_within(effort.each, each);
    let mut late = Vec::new();
    let [direct, linked] = exchanges(server, rounds(MILLISECOND / 5))?;
    late.push(row("exchange of a few bytes, direct".into(), direct));
    late.push(row("exchange of a few bytes, over the link".into(), linked));
    for round_trip in [1, 5, 20, 100].map(|ms| MILLISECOND * ms) {
        let times = lateness(server, round_trip, rounds(round_trip))?;
        late.push(row(format!("late, at {} ms RTT", round_trip.as_millis()), times));
    }
    for megabits in [1, 10, 100, 1000] {
        let times = queueing(server, megabits, rounds(MILLISECOND * 100))?;
        let bytes = transfer_size(megabits);
        late.push(row(format!("late, {bytes} bytes at {megabits} Mbit/s"), times));
    }
    let [direct, linked] = rates(server, effort.transfers)?;
    let rates = vec![rate_row("direct", direct), rate_row("over the link", linked)];
    Ok([MarkdownTable::new(LATE, late), MarkdownTable::new(RATES, rates)])
}

fn rounds_within(budget: Duration, each: Duration) -> usize {
    let rounds = budget.as_nanos() / each.as_nanos();
    usize::try_from(rounds).unwrap_or(usize::MAX).max(1)
}

/// Starts a server that reads as many bytes as the first eight bytes state, answers with one byte, and repeats
/// that.
fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let addr = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            // The thread ends when the client closes the connection.
            thread::spawn(move || read_and_answer(socket));
        }
    });
    Ok(addr)
}

fn read_and_answer(mut socket: TcpStream) -> io::Result<()> {
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
        // The first exchange of a connection is slower.
        client.exchange(0)?;
        Ok(client)
    }

    /// Sends `bytes` bytes, and returns the time until the answer.
    fn exchange(&mut self, bytes: usize) -> io::Result<Duration> {
        let started = Instant::now();
        self.0.write_all(&(bytes as u64).to_be_bytes())?;
        let mut left = bytes;
        while left > 0 {
            let count = left.min(BLOCK.len());
            self.0.write_all(BLOCK.get(..count).unwrap_or_default())?;
            left -= count;
        }
        self.0.read_exact(&mut [0])?;
        Ok(started.elapsed())
    }
}

/// Exchanges bytes directly and over a link without delay, in turns.
fn in_turns(server: SocketAddr, bytes: usize, rounds: usize) -> io::Result<[Vec<Duration>; 2]> {
    let link = Link::to([server]).start()?;
    let mut clients = [Client::connect(server)?, Client::connect(link.addr())?];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            times.push(client.exchange(bytes)?);
        }
    }
    Ok(times)
}

fn exchanges(server: SocketAddr, rounds: usize) -> io::Result<[Vec<Duration>; 2]> {
    in_turns(server, 0, rounds)
}

/// Returns how much later than the RTT answers arrive.
fn lateness(server: SocketAddr, round_trip: Duration, rounds: usize) -> io::Result<Vec<Duration>> {
    let path = Path { round_trip, bandwidth: None };
    later_than(round_trip, server, path, 0, rounds)
}

/// Returns how much later answers arrive than the bandwidth allows.
fn queueing(server: SocketAddr, megabits: u32, rounds: usize) -> io::Result<Vec<Duration>> {
    let per_second = u64::from(megabits) * 1_000_000 / 8;
    let path = Path { round_trip: Duration::ZERO, bandwidth: NonZeroU64::new(per_second) };
    let bytes = transfer_size(megabits);
    // Eight more bytes state how many they are, and one byte answers.
    let ideal = Duration::from_secs_f64((bytes + 9) as f64 / per_second as f64);
    later_than(ideal, server, path, bytes, rounds)
}

/// Returns the number of bytes that take a tenth of a second at this bandwidth.
fn transfer_size(megabits: u32) -> usize {
    megabits as usize * 1_000_000 / 8 / 10
}

fn later_than(
    ideal: Duration,
    server: SocketAddr,
    path: Path,
    bytes: usize,
    rounds: usize,
) -> io::Result<Vec<Duration>> {
    let link = Link::to([server]).over(path).start()?;
    let mut client = Client::connect(link.addr())?;
    (0..rounds).map(|_| Ok(client.exchange(bytes)?.saturating_sub(ideal))).collect()
}

/// Returns megabytes per second, directly and over a link without delay.
fn rates(server: SocketAddr, rounds: usize) -> io::Result<[Vec<f64>; 2]> {
    const BYTES: usize = 256 * 1024 * 1024;
    let rate = |time: Duration| BYTES as f64 / 1e6 / time.as_secs_f64();
    Ok(in_turns(server, BYTES, rounds)?.map(|times| times.into_iter().map(rate).collect()))
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
    let minimum = rates.first().copied().unwrap_or_default();
    vec![name.to_owned(), format!("{median:.0}"), format!("{minimum:.0}")]
}
