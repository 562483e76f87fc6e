//! A worker at a master that a test plays.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use mailer::{Error, Kind, Mail, Mailer, Receipt, Reply, Server, Trace};
use mailer_lab::Contender;
use rmpv::Value;

use super::{End, Timing, Worker};
use crate::{
    UserClass,
    fake_master::{FakeMaster, map, text},
    result::{RunState, WorkerResult},
};

/// A backend that accepts everything while the gate is open, and waits at it otherwise.
struct Gated {
    gate: Gate,
    /// Receives each arrival at the gate.
    arrivals: Sender<()>,
    /// The number of mailers that exist.
    alive: Arc<AtomicU64>,
}

impl Drop for Gated {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

type Gate = Arc<Mutex<()>>;

impl Mailer for Gated {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn send(&mut self, _: &Mail) -> Receipt {
        // No test may be waiting for it.
        let _ = self.arrivals.send(());
        drop(self.gate.lock());
        Receipt::accepted(Vec::new(), Reply::new(250, "ok"))
    }

    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

/// A worker on a thread of its own.
struct Running {
    thread: JoinHandle<Result<End, Error>>,
    interrupted: Arc<AtomicBool>,
    gate: Gate,
    /// The greatest number of mailers at the same time.
    most: Arc<AtomicU64>,
    arrivals: Receiver<()>,
    notes: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

/// Times that are short where a test waits for them, and long where they must not pass.
fn timing() -> Timing {
    Timing {
        heartbeat: Duration::from_millis(20),
        report: Duration::from_millis(50),
        reconnect: Duration::from_millis(1),
        grace: Duration::from_secs(20),
        ..Timing::default()
    }
}

fn start(master: &FakeMaster, timing: Timing) -> Running {
    start_at(master.address(), timing)
}

fn start_at(master: String, timing: Timing) -> Running {
    let (interrupted, gate) = (Arc::<AtomicBool>::default(), Gate::default());
    let folder = tempfile::tempdir().unwrap();
    let (flag, path) = (Arc::clone(&interrupted), folder.path().join("worker.json"));
    let (sender, arrivals) = channel();
    let mailers = Arc::clone(&gate);
    let most = Arc::<AtomicU64>::default();
    let (alive, peak) = (Arc::<AtomicU64>::default(), Arc::clone(&most));
    let contender = Contender::new("fake", move |_: &Server| {
        peak.fetch_max(alive.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let (gate, arrivals, alive) = (Arc::clone(&mailers), sender.clone(), Arc::clone(&alive));
        let gated = Gated { gate, arrivals, alive };
        Ok(Box::new(gated) as Box<dyn Mailer>)
    });
    let notes = Arc::<Mutex<Vec<String>>>::default();
    let said = Arc::clone(&notes);
    let thread = thread::spawn(move || {
        let classes = [UserClass::new(contender)];
        let worker = Worker {
            master,
            host: "here".to_owned(),
            classes: &classes,
            max_users: 5,
            result: &path,
            timing,
            admit: &|url| url.unwrap_or("none").parse(),
            interrupted: &flag,
            note: &|note| said.lock().unwrap().push(note.to_owned()),
        };
        worker.run()
    });
    Running { thread, interrupted, gate, most, arrivals, folder, notes }
}

impl Running {
    fn end(self) -> (Result<End, Error>, WorkerResult) {
        let ended = self.thread.join().unwrap();
        (ended, WorkerResult::read(&self.folder.path().join("worker.json")).unwrap())
    }

    /// Returns the error of a worker that fails.
    fn fail(self) -> Error {
        self.end().0.unwrap_err()
    }
}

fn spawn(timestamp: f64, class: &str, users: u64) -> Value {
    let options = ["mail_size", "mail_rate", "mail_from", "mail_to"].into_iter();
    let values = ["1K", "500", "load-{user}@example.test", "inbox@example.test"];
    let options = options.zip(values.map(Value::from)).collect();
    map(vec![
        ("timestamp", timestamp.into()),
        ("user_classes_count", map(vec![(class, users.into())])),
        ("host", "smtp://127.0.0.1:25?tls=none".into()),
        ("stop_timeout", 20.into()),
        ("parsed_options", map(options)),
    ])
}

/// Returns this `spawn` with another value of a field.
fn changed(mut spawn: Value, field: &str, value: Value) -> Value {
    let Value::Map(fields) = &mut spawn else { unreachable!() };
    fields.retain(|(key, _)| key.as_str() != Some(field));
    fields.push((field.into(), value));
    spawn
}

/// Adds up the messages in reports: requests and failures.
fn sums(received: &[(String, Value)]) -> (u64, u64) {
    let reports = received.iter().filter(|(name, _)| name == "stats");
    let count = |report: &Value, field: &str| report["stats_total"][field].as_u64().unwrap();
    reports.fold((0, 0), |(requests, failures), (_, report)| {
        (requests + count(report, "num_requests"), failures + count(report, "num_failures"))
    })
}

#[test]
fn the_last_statistics_leave_before_the_answer_to_stop_and_quit() {
    let master = FakeMaster::listen();
    let worker = start(&master, timing());
    let mut peer = master.accept_ready(3);
    let mut runs = Vec::new();
    for timestamp in [1.0, 2.0] {
        peer.send("spawn", spawn(timestamp, "Fake", 3));
        peer.until("spawning");
        let (_, complete) = peer.until("spawning_complete").pop().unwrap();
        assert_eq!(complete["user_count"].as_u64(), Some(3));
        let mut received = peer.until_requests(20);
        peer.send("stop", Value::Nil);
        received.extend(peer.until("client_stopped"));
        let (_, last) = received.iter().rfind(|(name, _)| name == "stats").unwrap();
        assert_eq!(last["user_count"].as_u64(), Some(0));
        peer.until("client_ready");
        runs.push(sums(&received));
    }
    peer.send("quit", Value::Nil);
    assert_eq!(sums(&peer.until("quit")), (0, 0));
    let (ended, result) = worker.end();
    assert_eq!(ended.unwrap(), End::Quit);
    assert_eq!((&result.state, result.index), (&RunState::Complete, Some(3)));
    // The file has the latest run. Messages and the three openings are what the master was told.
    let sent: u64 = result.series.iter().map(|series| series.requests()).sum();
    assert_eq!((sent, 0), runs[1]);
}

#[test]
fn a_message_in_flight_at_the_end_counts_as_unknown() {
    let master = FakeMaster::listen();
    let worker = start(&master, Timing { grace: Duration::ZERO, ..timing() });
    let mut peer = master.accept_ready(0);
    let gate = Arc::clone(&worker.gate);
    let closed = gate.lock().unwrap();
    peer.send("spawn", changed(spawn(1.0, "Fake", 2), "stop_timeout", Value::Nil));
    // Each user waits at the gate with its first message.
    (0..2).for_each(|_| worker.arrivals.recv().unwrap());
    peer.send("quit", Value::Nil);
    let (_, failures) = sums(&peer.until("quit"));
    assert_eq!(failures, 2);
    let (ended, result) = worker.end();
    drop(closed);
    assert_eq!(ended.unwrap(), End::Quit);
    let unknown: u64 = result.series.iter().filter_map(|it| it.outcomes).map(|it| it.unknown).sum();
    assert_eq!(unknown, failures);
}

#[test]
fn users_follow_the_latest_spawn() {
    let master = FakeMaster::listen();
    let worker = start(&master, timing());
    let mut peer = master.accept_ready(0);
    for (timestamp, wanted) in [(1.0, 4), (2.0, 1), (3.0, 5)] {
        peer.send("spawn", spawn(timestamp, "Fake", wanted));
        let (_, complete) = peer.until("spawning_complete").pop().unwrap();
        assert_eq!(complete["user_classes_count"]["Fake"].as_u64(), Some(wanted));
    }
    peer.send("spawn", spawn(2.5, "Fake", 2));
    peer.until("spawning");
    // The older message changed nothing: after two reports there are still as many users.
    peer.until("stats");
    let (_, report) = peer.until("stats").pop().unwrap();
    assert_eq!(report["user_count"].as_u64(), Some(5));
    worker.interrupted.store(true, Ordering::Relaxed);
    peer.until("quit");
    assert_eq!(worker.end().0.unwrap(), End::Interrupted);
}

#[test]
fn users_that_cannot_end_bound_the_number_of_new_ones() {
    let master = FakeMaster::listen();
    let worker = start(&master, timing());
    let mut peer = master.accept_ready(0);
    let gate = Arc::clone(&worker.gate);
    let closed = gate.lock().unwrap();
    for round in 0..10_u32 {
        let timestamp = f64::from(round);
        peer.send("spawn", spawn(timestamp + 1.0, "Fake", 5));
        peer.send("spawn", spawn(timestamp + 1.5, "Fake", 0));
        (0..2).for_each(|_| drop(peer.until("spawning")));
    }
    peer.send("spawn", spawn(20.0, "Fake", 5));
    peer.until("spawning");
    peer.until("heartbeat");
    // At most five users, and as many threads again that are about to end.
    assert!(worker.most.load(Ordering::Relaxed) <= 10);
    drop(closed);
    let (_, complete) = peer.until("spawning_complete").pop().unwrap();
    assert_eq!(complete["user_count"].as_u64(), Some(5));
    peer.send("quit", Value::Nil);
    peer.until("quit");
    assert_eq!(worker.end().0.unwrap(), End::Quit);
}

#[test]
fn an_operator_who_interrupts_does_not_wait_as_long_as_a_master_may() {
    let short = Timing { grace: Duration::ZERO, interruption: Duration::ZERO, ..timing() };
    for before in [None, Some("stop")] {
        let master = FakeMaster::listen();
        let worker = start(&master, short);
        let mut peer = master.accept_ready(0);
        let gate = Arc::clone(&worker.gate);
        let closed = gate.lock().unwrap();
        peer.send("spawn", changed(spawn(1.0, "Fake", 2), "stop_timeout", 1e9.into()));
        peer.until("spawning_complete");
        if let Some(before) = before {
            peer.send(before, Value::Nil);
        }
        peer.until("stats");
        worker.interrupted.store(true, Ordering::Relaxed);
        peer.until("quit");
        assert_eq!(worker.end().0.unwrap(), End::Interrupted);
        drop(closed);
    }
}

#[test]
fn a_master_that_gives_no_index_gets_no_users() {
    let master = FakeMaster::listen();
    let worker = start(&master, timing());
    let mut peer = master.accept();
    peer.send("spawn", spawn(1.0, "Fake", 2));
    let most = Arc::clone(&worker.most);
    let error = worker.fail();
    assert_eq!((error.kind(), most.load(Ordering::Relaxed)), (Kind::Protocol, 0));
    assert!(error.cause().is_some_and(|cause| cause.contains("index")), "{error:?}");
}

#[test]
fn a_lost_connection_stops_the_users_until_the_master_takes_the_worker_back() {
    let master = FakeMaster::listen();
    let worker = start(&master, timing());
    let mut first = master.accept_ready(0);
    first.send("spawn", spawn(1.0, "Fake", 2));
    let mut received = first.until_requests(20);
    let identity = first.identity.clone();
    first.close();
    let mut second = master.accept_ready(1);
    assert_ne!(second.identity, identity);
    // The master may be another one by now, with a run at another server.
    let host = "smtp://127.0.0.1:2525?tls=none";
    let elsewhere = changed(spawn(0.5, "Fake", 2), "host", host.into());
    second.send("spawn", elsewhere);
    received.extend(second.until("spawning_complete"));
    second.send("quit", Value::Nil);
    received.extend(second.until("quit"));
    let (ended, result) = worker.end();
    assert_eq!(ended.unwrap(), End::Quit);
    assert!(result.server.is_some_and(|server| server.contains("2525")));
    // Everything of the second run was reported, at least.
    let sent: u64 = result.series.iter().map(|series| series.requests()).sum();
    assert!(sent <= sums(&received).0 && result.index == Some(1), "{sent}");
    assert_eq!(result.state, RunState::Complete);
}

#[test]
fn a_worker_ends_without_its_master() {
    let short = Timing { master_gone: Duration::from_millis(300), ..timing() };
    // It never answers.
    let master = FakeMaster::listen();
    let worker = start(&master, short);
    let peer = master.accept();
    assert_eq!(worker.fail().kind(), Kind::Unreachable);
    drop(peer);
    // It vanishes in the middle of a run.
    let worker = start(&master, short);
    let mut peer = master.accept_ready(0);
    peer.send("spawn", spawn(1.0, "Fake", 2));
    peer.until("spawning_complete");
    drop(master);
    peer.close();
    let notes = Arc::clone(&worker.notes);
    let (ended, result) = worker.end();
    let waiting = notes.lock().unwrap().iter().filter(|it| it.starts_with("waiting for")).count();
    assert_eq!(waiting, 1, "{notes:?}");
    let error = ended.unwrap_err();
    assert!(error.to_string().contains("for 0.3 s") && error.cause().is_some(), "{error}");
    assert!(matches!(result.state, RunState::EndedEarly(_)), "{:?}", result.state);
}

#[test]
fn what_the_worker_cannot_do_reaches_the_master_as_an_exception() {
    let option = {
        let mut spawn = spawn(1.0, "Fake", 1);
        let Value::Map(fields) = &mut spawn else { unreachable!() };
        let Some((_, Value::Map(options))) = fields.last_mut() else { unreachable!() };
        options.push(("mail_colour".into(), "red".into()));
        spawn
    };
    for (wanted, problem) in [
        (spawn(1.0, "Fax", 1), "no class of users named \"Fax\""),
        (spawn(1.0, "Fake", 6), "6 users of this worker, above its limit of 5"),
        (spawn(1.0, "Fake", u64::MAX), "above its limit of 5"),
        (option, "--mail-colour"),
    ] {
        let master = FakeMaster::listen();
        let worker = start(&master, timing());
        let mut peer = master.accept_ready(0);
        peer.send("spawn", wanted);
        let (_, exception) = peer.until("exception").pop().unwrap();
        assert!(text(&exception["msg"]).contains(problem), "{exception}");
        peer.until("quit");
        let error = worker.fail();
        assert_eq!(error.kind(), Kind::Configuration);
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn a_hostile_master_is_one_error() {
    let huge = [&[0xdd], u32::MAX.to_be_bytes().as_slice()].concat();
    let frame = |flags: u8, length: u64| [&[flags], length.to_be_bytes().as_slice()].concat();
    let message = |body: &[u8]| crate::zmtp::message(body);
    for bytes in [
        message(b""),
        message(&huge),
        message(&[0x91; 5000]),
        message(b"\x93\xa5spawn\xc0\xa2me"),
        message(b"\x93\xa3ack\x01\xa2me"),
        message(b"\x93\xc7\x01\x05x\xc0\xa2me"),
        frame(2, u64::MAX),
        frame(2, 1 << 40),
        frame(3, 5),
        vec![4, 0],
    ] {
        let master = FakeMaster::listen();
        let worker = start(&master, timing());
        let mut peer = master.accept_ready(0);
        peer.write(&bytes);
        // A frame that needs more bytes gets them.
        peer.write(&[0xc1; 64]);
        let error = worker.fail();
        assert_eq!(error.kind(), Kind::Protocol, "{bytes:?}: {error}");
        assert!(error.cause().is_some() && error.hint().is_some(), "{error:?}");
    }
}

#[test]
fn a_peer_that_is_no_master_is_one_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let worker = start_at(listener.local_addr().unwrap().to_string(), timing());
    let (mut stream, _) = listener.accept().unwrap();
    std::io::Write::write_all(&mut stream, b"220 mail.example.test ESMTP\r\n").unwrap();
    assert_eq!(worker.fail().kind(), Kind::Protocol);
}

#[test]
fn the_worker_introduces_itself_until_the_master_answers() {
    let master = FakeMaster::listen();
    let often = Timing { introduction: Duration::from_millis(1), ..timing() };
    let worker = start(&master, often);
    let mut peer = master.accept();
    (0..3).for_each(|_| assert_eq!(peer.receive().0, "client_ready"));
    peer.send("ack", map(vec![("index", 0.into())]));
    peer.until("heartbeat");
    peer.send("quit", Value::Nil);
    peer.until("quit");
    assert_eq!(worker.end().0.unwrap(), End::Quit);
}
