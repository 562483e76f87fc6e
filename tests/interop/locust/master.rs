//! Locust's master, and the workers that join it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    sync::Mutex,
    time::Duration,
};

use mailer_tests::binary;
use serde_json::Value;
use tempfile::TempDir;

use super::web::WebPage;
use crate::{
    child::{self, Finished, Running},
    wait,
};

/// The time limit of a run.
const LIMIT: Duration = Duration::from_secs(120);

/// A master, in a folder with its files and those of its workers.
pub(super) struct Master {
    running: Mutex<Running>,
    folder: TempDir,
    port: u16,
    web_port: Option<u16>,
}

/// How a master ended.
#[derive(Debug)]
#[expect(dead_code, reason = "a test that fails shows the log")]
pub(super) struct Done {
    pub(super) code: Option<i32>,
    log: String,
}

/// A row of Locust's table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) requests: u64,
    pub(super) failures: u64,
}

impl Master {
    /// Starts a run for `workers` workers without a web page, with these options and classes.
    pub(super) fn headless(workers: u32, host: &str, options: &[&str], classes: &[&str]) -> Self {
        let workers = workers.to_string();
        let common = ["--headless", "--expect-workers", &workers, "--stop-timeout", "20"];
        Self::start(host, &[&common, options].concat(), None, classes)
    }

    /// Starts a master that waits for its web page.
    pub(super) fn with_web_page(host: &str, classes: &[&str]) -> Self {
        let port = free_port();
        let text = port.to_string();
        let options = ["--web-host", "127.0.0.1", "--web-port", &text, "--stop-timeout", "20"];
        Self::start(host, &options, Some(port), classes)
    }

    fn start(host: &str, options: &[&str], web_port: Option<u16>, classes: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("mailer-locust-").tempdir().expect("a folder");
        let printed = child::run(binary::mailer().args(["worker", "--print-locustfile"]), LIMIT);
        let mut locustfile = printed.expect("it ends").stdout;
        if classes.contains(&"Fax") {
            locustfile += "class Fax(User): pass\n";
        }
        fs::write(folder.path().join("locustfile.py"), locustfile).expect("a file");
        let port = free_port();
        let mut command = locust(folder.path());
        command.args(["-f", "locustfile.py", "--master", "--master-bind-host", "127.0.0.1"]);
        command.args(["--master-bind-port", &port.to_string(), "--csv", "out"]);
        command.args(["--host", host]).args(options).args(classes);
        let log = File::create(folder.path().join("log")).expect("a file");
        command.stdout(log.try_clone().expect("a copy")).stderr(log);
        let running = Mutex::new(Running::start(&mut command).expect("locust"));
        Self { running, folder, port, web_port }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the command of a worker of this master.
    pub(super) fn worker(&self, number: u32) -> Command {
        let mut command = binary::mailer();
        command.args(["worker", "--master", &format!("127.0.0.1:{}", self.port), "--result"]);
        command.arg(self.folder().join(format!("worker-{number}.json")));
        command
    }

    /// Starts a worker of Locust's own with this locustfile.
    pub(super) fn python_worker(&self, locustfile: &str) -> Worker {
        fs::write(self.folder().join("python_worker.py"), locustfile).expect("a file");
        let mut command = locust(self.folder());
        command.args(["-f", "python_worker.py", "--worker", "--master-host", "127.0.0.1"]);
        command.args(["--master-port", &self.port.to_string()]);
        Worker::start(&mut command)
    }

    /// Returns the web page, once it answers.
    pub(super) fn page(&self) -> WebPage {
        WebPage::open(self.web_port.expect("this master has a web page"))
    }

    /// Asks the master to end.
    pub(super) fn terminate(&self) {
        let id = self.running.lock().expect("no test has failed").0.id();
        let mut kill = Command::new("kill");
        assert!(kill.arg(id.to_string()).status().expect("kill").success());
    }

    /// Waits until the master ends.
    pub(super) fn end(&self) -> Done {
        let mut running = self.running.lock().expect("no test has failed");
        let status: Option<ExitStatus> =
            wait::until(LIMIT, || running.0.try_wait().expect("it can be waited for"));
        let log = self.file("log");
        let status = status.unwrap_or_else(|| panic!("locust goes on:\n{log}"));
        Done { code: status.code(), log }
    }

    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap_or_default()
    }

    /// Returns the rows of the table that Locust wrote at the end, by their names.
    pub(super) fn rows(&self) -> BTreeMap<String, Row> {
        let table = self.file("out_stats.csv");
        let row = |line: &str| {
            let mut cells = line.strip_prefix("SMTP,")?.split(',');
            let name = cells.next()?.to_owned();
            let mut count = || cells.next().and_then(|cell| cell.parse().ok());
            Some((name, Row { requests: count()?, failures: count()? }))
        };
        table.lines().filter_map(row).collect()
    }

    /// Returns the sum of all rows about messages.
    pub(super) fn messages(&self) -> Row {
        let rows = self.rows();
        let messages = rows.iter().filter(|(name, _)| name.ends_with("/message"));
        messages.fold(Row::default(), |sum, (_, row)| Row {
            requests: sum.requests + row.requests,
            failures: sum.failures + row.failures,
        })
    }

    /// Returns what `mailer merge` makes of the workers' files.
    pub(super) fn merged(&self) -> Value {
        let files = fs::read_dir(self.folder()).expect("the folder");
        let files = files.map(|entry| entry.expect("an entry").path());
        let files = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
        let mut command = binary::mailer();
        let merged = child::run(command.args(["merge", "--json"]).args(files), LIMIT);
        serde_json::from_str(&merged.expect("it ends").stdout).expect("JSON")
    }
}

/// A process that is a worker.
pub(super) struct Worker(Running);

impl Worker {
    pub(super) fn start(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Running::start(command).expect("a worker"))
    }

    /// Ends the worker without a chance to say anything.
    pub(super) fn kill(self) {
        drop(self.0);
    }

    /// Waits until the worker ends.
    pub(super) fn end(self) -> Finished {
        self.0.finish(LIMIT).expect("the worker ends by itself")
    }
}

fn locust(folder: &Path) -> Command {
    let mut command = Command::new("locust");
    // A configuration of the user's would change the run.
    command.current_dir(folder).env("HOME", folder).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Returns a port that is free now. Locust cannot report a port that the system has chosen.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
