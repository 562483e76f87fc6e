//! The browser's end of the DevTools protocol, over a pair of pipes: one JSON document per message, each ended by NUL.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

/// Gives the pipes the numbers that Chromium expects: it reads from 3 and writes to 4.
const PIPES: &str = "exec 3<&0 4>&1 1>&2; exec \"$@\"";

/// A running browser.
pub(crate) struct DevTools {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    last_id: u64,
    /// What came while an answer was awaited.
    events: Vec<Value>,
}

impl DevTools {
    /// Starts a program, which is a browser.
    pub(crate) fn start(program: &str, arguments: &[String]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", PIPES, "sh", program, "--remote-debugging-pipe"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("a shell");
        let input = process.stdin.take().expect("a pipe");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, input, output, last_id: 0, events: Vec::new() }
    }

    /// Calls a method, in a session if there is one, and waits for the result.
    #[track_caller]
    pub(crate) fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut request = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            request["sessionId"] = session.into();
        }
        let message = format!("{request}\0");
        self.input.write_all(message.as_bytes()).expect("the browser reads");
        loop {
            let answer = self.read();
            if answer["id"] == id {
                assert_eq!(answer["error"], Value::Null, "{method}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// Waits for an event of a session.
    pub(crate) fn wait_for(&mut self, session: &str, method: &str) {
        let is_it = |event: &Value| event["sessionId"] == session && event["method"] == method;
        while !self.events.iter().any(is_it) {
            let event = self.read();
            self.events.push(event);
        }
    }

    /// The parameters of all events of a session with this name so far.
    pub(crate) fn events(&self, session: &str, method: &str) -> Vec<Value> {
        let events = self.events.iter();
        let events = events.filter(|it| it["sessionId"] == session && it["method"] == method);
        events.map(|event| event["params"].clone()).collect()
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).expect("the browser writes");
        assert_eq!(message.pop(), Some(0), "the browser has ended");
        serde_json::from_slice(&message).expect("a message of the browser is JSON")
    }
}

impl Drop for DevTools {
    fn drop(&mut self) {
        // It ends when nothing can reach it any more; this is for one that hangs.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
