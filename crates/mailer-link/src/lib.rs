//! A simulated network path: a TCP relay on loopback that delays, limits, cuts and counts.
//!
//! A [`Link`] is a relay between a client and a server. The client connects to [`Link::addr`] instead of
//! the server, and the link forwards every byte. It knows neither SMTP nor TLS: it sees how many
//! bytes pass in which direction and when. It therefore counts flights and round trips in the same
//! way for every client (see [`LinkCounts`]). Give it a round-trip time and a bandwidth ([`Path`]), or
//! cut a connection after any byte ([`Cut`]).
//!
//! ```
//! use mailer_link::Link;
//! use std::{
//!     io::{Read, Write},
//!     net::{TcpListener, TcpStream},
//!     thread,
//!     time::{Duration, Instant},
//! };
//!
//! // A server that greets and replies once.
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let server_addr = listener.local_addr()?.to_string();
//! let server = thread::spawn(move || -> std::io::Result<()> {
//!     let (mut socket, _) = listener.accept()?;
//!     socket.write_all(b"220 ready\r\n")?;
//!     socket.read_exact(&mut [0; 6])?;
//!     socket.write_all(b"221 bye\r\n")
//! });
//!
//! let link = Link::to(server_addr).round_trip(Duration::from_millis(10)).start()?;
//! let started = Instant::now();
//! let mut client = TcpStream::connect(link.addr())?;
//! client.read_exact(&mut [0; 11])?;
//! client.write_all(b"QUIT\r\n")?;
//! client.read_exact(&mut [0; 9])?;
//! drop(client);
//!
//! // TCP, the greeting and QUIT take a round trip each.
//! assert!(started.elapsed() >= Duration::from_millis(30));
//! let connections = link.finish();
//! let counts = connections[0].counts();
//! assert_eq!((counts.flights, counts.round_trips, counts.bytes_out), (1, 3, 6));
//! # server.join().unwrap()?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`Builder`] lists the settings, and [`Connection`] is the record of one connection. The code is read
//! best in this order: `relay.rs` accepts connections, `forward.rs` forwards one direction, `schedule.rs`
//! calculates when bytes arrive, and `timeline.rs` records them. `docs/link.md` compares the link with
//! the kernel's own TCP over a path with the same RTT, and shows how late the link is. It is never
//! early.
//!
//! # The model
//!
//! Each direction is a queue. Bytes leave it one after another at the bandwidth, and each byte arrives
//! half a round trip after it has left, however many are in flight. Ten back-to-back writes therefore
//! arrive together half a round trip later. The relay terminates TCP on both sides, so the client's
//! connect succeeds at once. To make up for that, the link holds the server's first byte until TCP and
//! the greeting would have arrived: two round trips after the client connected.
//!
//! A client with Nagle's algorithm on (RFC 896) sends a small write that follows another one only when
//! the first has been acknowledged. Over a long path the acknowledgement has to come from the far end.
//! The relay therefore delays its own acknowledgements as Linux delays those of a server that replies
//! quickly. Where the relay sees that a client waited for one ([`Hold`]), it delays the held back write
//! by one more round trip, or until the server sends something, which acknowledges as well. A client
//! that merely had nothing to send for the same time, in the middle of a flight, looks the same and is
//! treated the same.
//!
//! Nagle's algorithm at the server is modelled in the same way: of replies that a server sends in several
//! small writes, the first leaves at once, and the others when the client's acknowledgement has reached the
//! server. [`Builder::client_delays_acks`] states whether the client's system delays it. The relay does not
//! see that, because it only sees bytes.
//!
//! TCP's slow start, loss and the bytes of headers are not modelled either.

#![warn(missing_debug_implementations)]

mod acknowledgement;
mod answer_limit;
mod builder;
mod cut;
mod delivery;
mod direction;
mod forward;
mod link;
mod link_counts;
mod link_state;
mod path;
mod relay;
mod schedule;
mod socket_pair;
mod target;
mod timeline;
pub mod timer;

pub use answer_limit::AnswerLimit;
pub use builder::Builder;
pub use cut::{Cut, CutKind};
pub use direction::Direction;
pub use link::Link;
pub use link_counts::LinkCounts;
pub use path::Path;
pub use target::Target;
pub use timeline::{Burst, Connection, Hold, Packet};
