//! A master that a test plays: one ROUTER that accepts one worker after another.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use rmpv::Value;

use crate::zmtp::{self, Decoder, Frame};

/// A test fails if a worker sends nothing for so long.
const LIMIT: Duration = Duration::from_secs(30);

/// A test fails if this many messages arrive before the one that it waits for.
const MAX_MESSAGES: usize = 2000;

pub(crate) struct FakeMaster(TcpListener);

/// A connected worker.
pub(crate) struct Peer {
    stream: TcpStream,
    decoder: Decoder,
    pub(crate) identity: String,
}

impl FakeMaster {
    pub(crate) fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Accepts a worker up to the handshake of ZeroMQ.
    pub(crate) fn accept(&self) -> Peer {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut peer = Peer { stream, decoder: Decoder::default(), identity: String::new() };
        peer.write(&zmtp::greeting());
        assert_eq!(peer.frame(), Frame::Greeting);
        let Frame::Command(name, data) = peer.frame() else { panic!("no command") };
        assert_eq!(name, b"READY");
        let at = data.windows(8).position(|part| part == b"Identity").unwrap() + 12;
        peer.identity = String::from_utf8(data[at..].to_vec()).unwrap();
        peer.write(b"\x04\x1c\x05READY\x0bSocket-Type\0\0\0\x06ROUTER");
        peer
    }

    /// Accepts a worker and gives it this index.
    pub(crate) fn accept_ready(&self, index: u64) -> Peer {
        let mut peer = self.accept();
        let (name, version) = peer.receive();
        assert_eq!((name.as_str(), version.as_i64()), ("client_ready", Some(-1)));
        peer.send("ack", map(vec![("index", index.into())]));
        peer
    }
}

impl Peer {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        // It fails if the worker has ended already, which the test then sees.
        let _ = self.stream.write_all(bytes);
    }

    pub(crate) fn close(self) {
        drop(self.stream);
    }

    pub(crate) fn send(&mut self, name: &str, data: Value) {
        let mut body = Vec::new();
        let message = Value::Array(vec![name.into(), data, self.identity.as_str().into()]);
        rmpv::encode::write_value(&mut body, &message).unwrap();
        self.write(&zmtp::message(&body));
    }

    /// Returns the next message.
    pub(crate) fn receive(&mut self) -> (String, Value) {
        let Frame::Message(body) = self.frame() else { panic!("no message") };
        let message = rmpv::decode::read_value(&mut body.as_slice()).unwrap();
        let [name, data, node] =
            <[Value; 3]>::try_from(message.as_array().unwrap().clone()).unwrap();
        assert_eq!(text(&node), self.identity);
        (text(&name), data)
    }

    /// Returns all messages up to the first of this type.
    pub(crate) fn until(&mut self, wanted: &str) -> Vec<(String, Value)> {
        let mut received = Vec::new();
        loop {
            assert!(received.len() < MAX_MESSAGES, "no {wanted} comes");
            received.push(self.receive());
            if received.last().is_some_and(|(name, _)| name == wanted) {
                return received;
            }
        }
    }

    /// Returns all messages until reports have at least this number of requests.
    pub(crate) fn until_requests(&mut self, least: u64) -> Vec<(String, Value)> {
        let (mut received, mut seen) = (Vec::new(), 0);
        while seen < least {
            let (name, data) = self.receive();
            if name == "stats" {
                seen += data["stats_total"]["num_requests"].as_u64().unwrap();
            }
            received.push((name, data));
        }
        received
    }

    fn frame(&mut self) -> Frame {
        let mut bytes = [0; 4096];
        loop {
            if let Some(frame) = self.decoder.next_frame().unwrap() {
                return frame;
            }
            let count = self.stream.read(&mut bytes).unwrap();
            assert!(count > 0, "the worker closed the connection");
            self.decoder.push(&bytes[..count]);
        }
    }
}

pub(crate) fn map(pairs: Vec<(&str, Value)>) -> Value {
    Value::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
