//! The requests that Locust's web page makes.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::wait;

const LIMIT: Duration = Duration::from_secs(60);

/// Locust's web page.
pub(super) struct WebPage(u16);

impl WebPage {
    /// Returns the page of a master, once that listens.
    pub(super) fn open(port: u16) -> Self {
        let connected = wait::until(LIMIT, || TcpStream::connect(("127.0.0.1", port)).ok());
        assert!(connected.is_some(), "the web page does not answer");
        Self(port)
    }

    /// Starts a run with these fields of the form, as soon as a worker is ready.
    pub(super) fn swarm(&self, form: &str) {
        let ready = || self.workers().into_iter().any(|state| state == "ready").then_some(());
        assert!(wait::until(LIMIT, ready).is_some(), "no worker is ready");
        let answer = self.request("POST", "/swarm", form);
        assert_eq!(answer["success"], true, "{answer}");
    }

    /// Stops the run, and waits until all workers have stopped.
    pub(super) fn stop(&self) {
        let answer = self.request("POST", "/stop", "");
        assert_eq!(answer["success"], true, "{answer}");
        let stopped = || (self.stats()["state"] == "stopped").then_some(());
        assert!(wait::until(LIMIT, stopped).is_some(), "the run goes on");
    }

    /// Waits until a row has this number of requests and no failures. Locust answers from a cache that is up to two
    /// seconds old.
    pub(super) fn wait_for_requests(&self, name: &str, wanted: u64) {
        let mut seen = Value::Null;
        let found = wait::until(LIMIT, || {
            let stats = self.stats();
            let rows = stats["stats"].as_array().expect("a list");
            seen = rows.iter().find(|row| row["name"] == name).cloned().unwrap_or_default();
            (seen["num_requests"] == wanted && seen["num_failures"] == 0).then_some(())
        });
        assert!(found.is_some(), "not {wanted} requests, but {seen}");
    }

    fn workers(&self) -> Vec<String> {
        let stats = self.stats();
        let workers = stats["workers"].as_array().cloned().unwrap_or_default();
        workers.iter().filter_map(|it| it["state"].as_str().map(str::to_owned)).collect()
    }

    fn stats(&self) -> Value {
        self.request("GET", "/stats/requests", "")
    }

    fn request(&self, method: &str, path: &str, form: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.0)).expect("the web page");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        let length = form.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}"
        );
        stream.write_all(request.as_bytes()).expect("the request leaves");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
    }
}
