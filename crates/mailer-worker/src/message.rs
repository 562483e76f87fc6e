//! The messages between a worker and its master, as msgpack: `[type, data, node_id]`.
//!
//! Locust documents them for workers in other languages; the shapes are those of `locust/runners.py` and
//! `locust/rpc/protocol.py` of Locust 2.47.

use std::collections::BTreeMap;

use rmpv::Value;
use serde::{Deserialize, Serialize};

use crate::locust_stats::Statistics;
pub use crate::locust_stats::Users;

/// How deep arrays and maps may nest. `spawn` needs four levels.
const MAX_DEPTH: usize = 16;

/// The state of a worker, as heartbeats report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It has no users.
    Ready,
    /// It starts users.
    Spawning,
    /// It has as many users as it should have.
    Running,
}

/// A message to the master.
#[derive(Debug)]
pub(crate) enum ToMaster<'a> {
    /// The worker waits for work. The data is -1: the master does not compare versions.
    ClientReady,
    Heartbeat(Heartbeat),
    /// A `spawn` has arrived.
    Spawning,
    /// All users of the `spawn` are started.
    SpawningComplete(UserCount),
    Stats(&'a Statistics),
    /// An error for the master's table of exceptions.
    Exception(&'a str),
    /// Lines for the master's log of this worker.
    Logs(Vec<&'a str>),
    /// All users are stopped.
    ClientStopped,
    /// The worker ends.
    Quit,
}

#[derive(Debug, Serialize)]
pub(crate) struct Heartbeat {
    pub(crate) state: State,
    /// Per cent of all cores. From 90 on, the master warns.
    pub(crate) current_cpu_usage: f64,
    /// Bytes.
    pub(crate) current_memory_usage: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct UserCount {
    pub(crate) user_classes_count: Users,
    pub(crate) user_count: u64,
}

#[derive(Serialize)]
struct Exception<'a> {
    msg: &'a str,
    traceback: &'a str,
}

#[derive(Serialize)]
struct Logs<'a> {
    worker_id: &'a str,
    logs: &'a [&'a str],
}

impl ToMaster<'_> {
    /// Returns the message of the worker `node` as msgpack.
    ///
    /// # Errors
    /// Never, as long as every type here can be written.
    pub(crate) fn encode(&self, node: &str) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        match self {
            Self::ClientReady => encode("client_ready", -1, node),
            Self::Heartbeat(heartbeat) => encode("heartbeat", heartbeat, node),
            Self::Spawning => encode("spawning", (), node),
            Self::SpawningComplete(count) => encode("spawning_complete", count, node),
            Self::Stats(statistics) => encode("stats", statistics, node),
            Self::Exception(msg) => encode("exception", Exception { msg, traceback: "" }, node),
            Self::Logs(logs) => encode("logs", Logs { worker_id: node, logs }, node),
            Self::ClientStopped => encode("client_stopped", (), node),
            Self::Quit => encode("quit", (), node),
        }
    }
}

/// Structs become maps; the envelope is a tuple and becomes an array.
fn encode(
    name: &str,
    data: impl Serialize,
    node: &str,
) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(&(name, data, node))
}

/// A message from the master.
#[derive(Clone, Debug, PartialEq)]
pub enum FromMaster {
    /// The master knows this worker, by this index.
    Ack {
        /// It differs from that of every other worker of the master.
        index: u64,
    },
    /// The master is alive.
    Heartbeat,
    /// The worker has to have these users.
    Spawn(Box<Spawn>),
    /// The worker has to stop all users and wait for the next `spawn`.
    Stop,
    /// The worker has to end.
    Quit,
    /// The master could not read a message: the worker has to connect again.
    Reconnect,
    /// The master says something that needs no answer, or that its locustfile understands and this worker does
    /// not.
    Other,
}

/// The users that a worker has to have, and what they do.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Spawn {
    /// The master's clock. A message with an older time is ignored.
    pub timestamp: f64,
    /// The number of users of each class, and not the number to add.
    pub user_classes_count: Users,
    /// The value of Locust's option `--host`.
    pub host: Option<String>,
    /// How long users may take to end, in seconds: Locust's option `--stop-timeout`.
    pub stop_timeout: Option<f64>,
    /// The options of the master, those of the locustfile included.
    pub parsed_options: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Ack {
    index: u64,
}

impl FromMaster {
    /// Reads a message.
    ///
    /// # Errors
    /// Returns what is wrong with it.
    pub fn decode(mut body: &[u8]) -> Result<Self, String> {
        let value = rmpv::decode::read_value_with_max_depth(&mut body, MAX_DEPTH)
            .map_err(|cause| format!("a message is not msgpack: {cause}"))?;
        if !body.is_empty() {
            return Err(format!("a message is followed by {} more bytes", body.len()));
        }
        let parts = match value {
            Value::Array(parts) => <[Value; 3]>::try_from(parts).ok(),
            _ => None,
        };
        let Some([name, data, _]) = parts else {
            return Err("a message is not an array of type, data and node".to_owned());
        };
        let name = name.as_str().ok_or("the type of a message is not text")?;
        let invalid = |cause: rmpv::ext::Error| format!("the data of {name:?} is wrong: {cause}");
        Ok(match name {
            "ack" => {
                let Ack { index } = rmpv::ext::from_value(data).map_err(invalid)?;
                Self::Ack { index }
            }
            "heartbeat" => Self::Heartbeat,
            "spawn" => {
                let spawn: Spawn = rmpv::ext::from_value(data).map_err(invalid)?;
                if !spawn.timestamp.is_finite() {
                    return Err("the time of \"spawn\" is not a number".to_owned());
                }
                Self::Spawn(Box::new(spawn))
            }
            "stop" => Self::Stop,
            "quit" => Self::Quit,
            "reconnect" => Self::Reconnect,
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(value: &Value) -> Result<FromMaster, String> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        FromMaster::decode(&bytes)
    }

    fn message(name: &str, data: Value) -> Value {
        Value::Array(vec![name.into(), data, "me".into()])
    }

    fn map(pairs: Vec<(&str, Value)>) -> Value {
        Value::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    fn spawn(changed: &str, to: &Value) -> Value {
        let fields = vec![
            ("timestamp", 17.5.into()),
            ("user_classes_count", map(vec![("Raw", 3.into())])),
            ("host", Value::Nil),
            ("stop_timeout", 0.into()),
            ("parsed_options", map(vec![("mail_size", "4K".into()), ("tags", Value::Nil)])),
        ];
        let fields = fields.into_iter().map(|(key, value)| match key == changed {
            true => (key, to.clone()),
            false => (key, value),
        });
        message("spawn", map(fields.collect()))
    }

    #[test]
    fn messages_of_the_master_are_read() {
        assert_eq!(decode(&message("heartbeat", Value::Nil)), Ok(FromMaster::Heartbeat));
        let ack = message("ack", map(vec![("index", 7.into())]));
        assert_eq!(decode(&ack), Ok(FromMaster::Ack { index: 7 }));
        assert_eq!(decode(&message("my_own", map(vec![]))), Ok(FromMaster::Other));
        let Ok(FromMaster::Spawn(read)) = decode(&spawn("", &Value::Nil)) else { panic!() };
        assert_eq!(read.user_classes_count, Users::from([("Raw".into(), 3)]));
        assert_eq!((read.timestamp, read.host, read.stop_timeout), (17.5, None, Some(0.0)));
        assert_eq!(read.parsed_options["mail_size"], "4K".into());
    }

    #[test]
    fn other_shapes_are_an_error_that_names_the_message() {
        for (wrong, named) in [
            (Value::Nil, "not an array"),
            (Value::Array(vec!["ack".into(), Value::Nil]), "not an array"),
            (Value::Array(vec![1.into(), Value::Nil, "me".into()]), "is not text"),
            (message("ack", Value::Nil), "\"ack\""),
            (message("ack", map(vec![("index", (-1).into())])), "\"ack\""),
            (spawn("timestamp", &f64::NAN.into()), "\"spawn\""),
            (spawn("user_classes_count", &map(vec![("Raw", (-1).into())])), "\"spawn\""),
            (spawn("user_classes_count", &3.into()), "\"spawn\""),
            (spawn("host", &3.into()), "\"spawn\""),
            (spawn("stop_timeout", &"soon".into()), "\"spawn\""),
        ] {
            let error = decode(&wrong).unwrap_err();
            assert!(error.contains(named), "{wrong}: {error}");
        }
    }

    #[test]
    fn hostile_bytes_are_an_error() {
        let deep = vec![0x91; 100_000];
        let huge = [&[0xdd], u32::MAX.to_be_bytes().as_slice()].concat();
        let long = [&[0xdb], u32::MAX.to_be_bytes().as_slice(), b"x"].concat();
        let map = [&[0xdf], u32::MAX.to_be_bytes().as_slice()].concat();
        let spare = b"\x93\xa4stop\xc0\xa2me\xc0".to_vec();
        for bytes in [Vec::new(), vec![0xc1], deep, huge, long, map, spare] {
            assert!(FromMaster::decode(&bytes).is_err());
        }
        let whole = b"\x93\xa4stop\xc0\xa2me";
        for length in 0..whole.len() {
            assert!(FromMaster::decode(&whole[..length]).is_err(), "{length}");
        }
        assert_eq!(FromMaster::decode(whole), Ok(FromMaster::Stop));
    }

    #[test]
    fn messages_to_the_master_are_arrays_with_maps() {
        let heartbeat =
            Heartbeat { state: State::Running, current_cpu_usage: 1.5, current_memory_usage: 7 };
        let read = |message: ToMaster<'_>| {
            let bytes = message.encode("me").unwrap();
            rmpv::decode::read_value(&mut bytes.as_slice()).unwrap().to_string()
        };
        assert_eq!(
            read(ToMaster::Heartbeat(heartbeat)),
            r#"["heartbeat", {"state": "running", "current_cpu_usage": 1.5, "current_memory_usage": 7}, "me"]"#
        );
        assert_eq!(read(ToMaster::ClientReady), r#"["client_ready", -1, "me"]"#);
        assert_eq!(read(ToMaster::Quit), r#"["quit", nil, "me"]"#);
    }
}
