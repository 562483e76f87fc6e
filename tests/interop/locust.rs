//! `mailer worker` with the master of Locust from PyPI: what Locust counts is what the server has stored.

mod master;
mod web;

use std::{collections::BTreeSet, fs, process::Command, time::Duration};

use libtest_mimic::Trial;
use mailer_server::{Account, Config, EmbeddedServer};
use mailer_tests::require::{Missing, Needed};
use serde_json::Value;

use self::master::{Master, Worker};
use crate::child::{self, LIMIT};

const USER: &str = "ann@example.test";
const PASSWORD: &str = "sesame for the load";

/// The longest time between two reports of a worker.
const REPORT: Duration = Duration::from_secs(3);

/// Locust 2.47 or newer.
struct Locust;

pub(crate) fn trials() -> Vec<Trial> {
    let locust = Needed::new("locust", Locust::find);
    vec![
        locust.trial("totals_of_two_workers_are_what_was_stored", two_workers),
        locust.trial("totals_of_eight_workers_are_what_was_stored", eight_workers),
        locust.trial("killed_worker_costs_one_report", killed_worker),
        locust.trial("run_stops_and_starts_again_from_the_web_page", stop_and_start),
        locust.trial("worker_in_python_joins_the_same_run", python_beside),
        locust.trial("failures_have_kind_step_and_code", failures),
        locust.trial("unknown_class_is_an_exception_at_the_master", unknown_class),
        locust.trial("remote_server_needs_consent", remote_server),
    ]
}

impl Locust {
    fn find() -> Result<Self, Missing> {
        let mut probe = Command::new("locust");
        let said = child::run(probe.arg("--version"), LIMIT).map_err(Missing::Unavailable)?;
        let version = said.stdout.split_whitespace().nth(1).unwrap_or_default();
        let mut numbers = version.split('.').filter_map(|number| number.parse::<u32>().ok());
        match (numbers.next(), numbers.next()) {
            (Some(2), Some(47..)) | (Some(3..), _) => Ok(Self),
            _ => Err(Missing::Unavailable(format!("locust is older than 2.47: {said:?}"))),
        }
    }
}

/// Each worker has its own account and CA: the master knows neither.
fn two_workers(_: &Locust) {
    let server = server(Config::default().with_account(Account::new(USER, PASSWORD)));
    let options = ["-u", "6", "-r", "6", "-t", "4s", "--mail-rate", "50", "--mail-size", "4K"];
    let master = Master::headless(2, "", &options, &["Raw", "RawStreamed", "Lettre"]);
    let ca = master.folder().join("ca.pem");
    fs::write(&ca, server.ca_pem()).expect("a file");
    let url = format!("smtp://localhost:{}", server.addr().port());
    let worker = |number| {
        let mut command = master.worker(number);
        command.args(["--server", &url, "--user", USER]).arg("--ca").arg(&ca);
        command.env("SMTP_PASSWORD", PASSWORD);
        Worker::start(&mut command)
    };
    let workers = [worker(0), worker(1)];
    let done = master.end();
    assert_eq!(done.code, Some(0), "{done:?}");
    workers.into_iter().for_each(|worker| assert_eq!(worker.end().code(), Some(0)));

    let rows = master.rows();
    let parts = ["connect", "tls", "auth", "message"];
    let backends = ["raw (auto)", "raw (streamed)", "lettre"];
    for name in backends.iter().flat_map(|it| parts.map(|part| format!("{it}/{part}"))) {
        let row = rows.get(&name).unwrap_or_else(|| panic!("no {name} in {rows:?}"));
        assert!(row.requests > 0 && row.failures == 0, "{name}: {row:?}");
    }
    assert_eq!(rows["raw (auto)/connect"].requests, 2, "{rows:?}");
    assert_totals(&master, &server);
    assert!(server.mails().iter().all(|mail| mail.size == 4096));
}

fn eight_workers(_: &Locust) {
    let server = server(Config::plain());
    let options = ["-u", "16", "-r", "16", "-t", "4s", "--mail-rate", "25"];
    let master = Master::headless(8, &url(&server), &options, &["RawPipelined"]);
    let workers: Vec<Worker> = (0..8).map(|it| Worker::start(&mut master.worker(it))).collect();
    let done = master.end();
    assert_eq!(done.code, Some(0), "{done:?}");
    workers.into_iter().for_each(|worker| assert_eq!(worker.end().code(), Some(0)));
    assert_totals(&master, &server);
    // Two users on each worker, each with a sender, a recipient and Message-IDs of its own.
    let mails = server.mails();
    let distinct = |of: &dyn Fn(&mailer_server::StoredMail) -> String| {
        mails.iter().map(of).collect::<BTreeSet<String>>().len()
    };
    assert_eq!(distinct(&|mail| mail.sender.clone().unwrap_or_default()), 16);
    assert_eq!(distinct(&|mail| mail.recipients.concat()), 16);
    let message_id = |mail: &mailer_server::StoredMail| {
        let header = String::from_utf8_lossy(&mail.header).into_owned();
        header.lines().find(|line| line.starts_with("Message-ID: ")).expect("it has one").to_owned()
    };
    assert_eq!(distinct(&message_id), mails.len());
}

fn killed_worker(_: &Locust) {
    const RATE: u32 = 50;
    const USERS_OF_IT: u32 = 2;
    let server = server(Config::plain());
    let rate = RATE.to_string();
    let options = ["-u", "4", "-r", "4", "-t", "12s", "--mail-rate", &rate];
    let master = Master::headless(2, &url(&server), &options, &["Raw"]);
    let [killed, other] = [0, 1].map(|number| Worker::start(&mut master.worker(number)));
    assert!(server.wait_for_mails(1200, LIMIT), "the worker has sent more than it may lose");
    killed.kill();
    let done = master.end();
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(other.end().code(), Some(0));

    let (stored, counted) = (server.stored().mails, master.messages().requests);
    // At its rate, at most so many since its last report, and those in flight.
    let missing = RATE * USERS_OF_IT * (REPORT.as_secs() as u32 + 1);
    let least = stored.saturating_sub(missing.into());
    assert!((least..=stored).contains(&counted), "{counted} counted of {stored} stored");
    let merged = master.merged();
    assert_eq!(merged["complete"], false);
    let remarks = merged["remarks"].to_string();
    assert!(remarks.contains("ended early: its file ends while the run goes on"), "{remarks}");
    let states: BTreeSet<&str> = merged["workers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|worker| worker["state"].as_str())
        .collect();
    assert_eq!(states, BTreeSet::from(["complete", "running"]));
}

fn stop_and_start(_: &Locust) {
    let server = server(Config::plain());
    let master = Master::with_web_page(&url(&server), &["Raw"]);
    let worker = Worker::start(&mut master.worker(0));
    for size in [2048, 1024] {
        let before = server.stored().mails;
        let form = format!("user_count=3&spawn_rate=3&mail_rate=100&mail_size={size}");
        master.page().swarm(&form);
        assert!(server.wait_for_mails(before + 100, LIMIT), "the run starts");
        master.page().stop();
        let stored = server.stored().mails - before;
        master.page().wait_for_requests("raw (auto)/message", stored);
        let last = server.mails().pop().expect("a message");
        assert_eq!(last.size, size);
    }
    master.terminate();
    let done = master.end();
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(worker.end().code(), Some(0));
}

fn python_beside(_: &Locust) {
    let server = server(Config::plain());
    let options = ["-u", "4", "-r", "4", "-t", "4s", "--mail-rate", "25"];
    let master = Master::headless(2, &url(&server), &options, &["Raw"]);
    let worker = Worker::start(&mut master.worker(0));
    let python = master.python_worker(PYTHON_USER);
    let done = master.end();
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(worker.end().code(), Some(0));
    assert_eq!(python.end().code(), Some(0));
    let rows = master.rows();
    let counts = ["raw (auto)/message", "smtplib/message"].map(|name| rows[name].requests);
    assert!(counts.iter().all(|count| *count > 0), "{rows:?}");
    assert_eq!(counts.iter().sum::<u64>(), server.stored().mails);
}

/// The same class as ours, in Python.
const PYTHON_USER: &str = r#"
import smtplib, time
from urllib.parse import urlsplit
from locust import User, constant, task

class Raw(User):
    wait_time = constant(0.04)

    def on_start(self):
        server = urlsplit(self.host)
        self.client = smtplib.SMTP(server.hostname, server.port)

    def on_stop(self):
        self.client.quit()

    @task
    def send(self):
        start = time.perf_counter()
        self.client.sendmail("python@example.test", ["inbox@example.test"], "Subject: one of many\n\nHello.\n")
        elapsed = (time.perf_counter() - start) * 1000
        self.environment.events.request.fire(
            request_type="SMTP", name="smtplib/message", response_time=elapsed, response_length=0, exception=None)
"#;

fn failures(_: &Locust) {
    let mut config = Config::plain().with_refused_recipient("refused@example.test");
    config.faults = mailer_server::Fault::parse_rules("MAIL 451 first 3").expect("rules");
    let server = server(config);
    let options = ["-u", "1", "-t", "3s", "--mail-rate", "20", "--mail-to", "refused@example.test"];
    let master = Master::headless(1, &url(&server), &options, &["Raw"]);
    let worker = Worker::start(&mut master.worker(0));
    let done = master.end();
    // Locust's exit status is 1 if a request has failed.
    assert_eq!(done.code, Some(1), "{done:?}");
    assert_eq!(worker.end().code(), Some(0));
    let failures = master.file("out_failures.csv");
    for failure in ["temporary at MAIL FROM (451),3", "refused at RCPT TO (550)"] {
        assert!(failures.contains(&format!("SMTP,raw (auto)/message,{failure}")), "{failures}");
    }
    let messages = master.messages();
    assert!(messages.requests == messages.failures && messages.requests > 3, "{messages:?}");
    assert_eq!(server.stored().mails, 0);
}

fn unknown_class(_: &Locust) {
    let server = server(Config::plain());
    let master = Master::headless(1, &url(&server), &["-u", "1"], &["Fax"]);
    let worker = Worker::start(&mut master.worker(0)).end();
    assert_eq!(worker.code(), Some(78), "{worker:?}");
    let problem = "this worker has no class of users named";
    assert!(worker.stderr.contains(problem) && worker.stderr.contains("hint:"), "{worker:?}");
    let done = master.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(master.file("out_exceptions.csv").contains(problem), "{done:?}");
}

fn remote_server(_: &Locust) {
    // TEST-NET-1 (RFC 5737): no server has this address.
    let master = Master::headless(1, "smtp://192.0.2.1:25", &["-u", "1"], &["Raw"]);
    let worker = Worker::start(&mut master.worker(0)).end();
    assert_eq!(worker.code(), Some(64), "{worker:?}");
    let problem = "smtp://192.0.2.1:25, which is not on loopback";
    assert!(worker.stderr.contains(problem) && worker.stderr.contains("--yes"), "{worker:?}");
    let done = master.end();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(master.file("out_exceptions.csv").contains(problem), "{done:?}");
}

fn server(mut config: Config) -> EmbeddedServer {
    config.keep_headers = true;
    EmbeddedServer::start(config).expect("the server starts")
}

fn url(server: &EmbeddedServer) -> String {
    format!("smtp://127.0.0.1:{}?tls=none", server.addr().port())
}

/// Checks that Locust, the files of the workers and the server agree to the message.
#[track_caller]
fn assert_totals(master: &Master, server: &EmbeddedServer) {
    let stored = server.stored().mails;
    let counted = master.messages();
    assert_eq!((counted.requests, counted.failures), (stored, 0));
    let merged = master.merged();
    assert_eq!(merged["complete"], true, "{merged}");
    let series = merged["series"].as_array().expect("a list");
    let accepted = |it: &Value| it["outcomes"]["accepted"].as_u64();
    assert_eq!(series.iter().filter_map(accepted).sum::<u64>(), stored);
    assert!(stored > 0);
}
