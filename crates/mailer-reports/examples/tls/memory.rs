//! The peak memory of `mailer send` and of curl, for a large file with TLS.
//!
//! The server reads the client's peak from `/proc` before it accepts the message: the client has sent everything then,
//! and waits. What the system reports of a process that has ended begins with the memory of the process that started it.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Security, Server, TlsLibrary};
use mailer_bench::{message, parse_peak_memory, report::units::bytes, statistics::Quartiles};
use mailer_lab::embedded;
use mailer_reports::{MarkdownTable, TextResult};
use mailer_server::{EmbeddedServer, Store};
use tempfile::TempDir;

/// Where systems keep all certificates in one file: Debian, Fedora, and others.
const SYSTEM_CERTIFICATES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

const MIB: usize = 1024 * 1024;
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// A program that sends the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Program {
    Mailer(TlsLibrary),
    #[default]
    Curl,
}

const PROGRAMS: [Program; 3] =
    [Program::Mailer(TlsLibrary::NativeTls), Program::Mailer(TlsLibrary::Rustls), Program::Curl];

/// The certificates that a program trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trusted {
    /// Those of the system, and the server's CA.
    System,
    /// The server's CA only.
    OneCa,
}

/// The peaks of a program, in bytes: a row of the table.
#[derive(Default)]
pub(crate) struct Peaks {
    program: Program,
    system: u64,
    one_ca: u64,
}

/// The process whose peak is read, and the peak.
#[derive(Default)]
struct Watched {
    process: Option<u32>,
    peak: Option<u64>,
}

struct Testbed {
    server: Server,
    watched: Arc<Mutex<Watched>>,
    folder: TempDir,
    _embedded: EmbeddedServer,
}

/// Returns the median peaks of each program that is there; nothing on a system without `/proc`.
pub(crate) fn measure(mailer: &Path, is_test: bool) -> TextResult<Vec<Peaks>> {
    if !Path::new("/proc/self/status").exists() {
        return Ok(Vec::new());
    }
    let (size, rounds) = if is_test { (MIB, 1) } else { (100 * MIB, 5) };
    let testbed = Testbed::set_up(size)?;
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let programs = PROGRAMS.into_iter().filter(|program| has_curl || *program != Program::Curl);
    let median = |program, trusted| -> TextResult<u64> {
        let peaks: TextResult<Vec<f64>> =
            (0..rounds).map(|_| Ok(testbed.peak(mailer, program, trusted)? as f64)).collect();
        let quartiles = Quartiles::new(&peaks?).ok_or("there are no rounds")?;
        Ok(quartiles.median as u64)
    };
    let peaks = |program| {
        let system = median(program, Trusted::System)?;
        Ok(Peaks { program, system, one_ca: median(program, Trusted::OneCa)? })
    };
    programs.map(peaks).collect()
}

impl Testbed {
    fn set_up(size: usize) -> TextResult<Self> {
        let text = |error: std::io::Error| error.to_string();
        let watched = Arc::<Mutex<Watched>>::default();
        let seen = Arc::clone(&watched);
        let mut config = embedded::config(Security::Required)
            .with_store(Store::Count)
            .with_on_mail(move |_| lock(&seen).read_peak());
        config.keep_transcript = false;
        config.size_limit = Some(2 * size as u64);
        let (embedded, server) =
            embedded::start_with(config, Security::Required).map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(text)?;
        let inside = |name: &str| folder.path().join(name);
        let one = embedded.ca_pem();
        let system = system_certificates();
        fs::write(inside("message.eml"), message::content(size)).map_err(text)?;
        fs::write(inside("one.pem"), one).map_err(text)?;
        fs::write(inside("system.pem"), format!("{system}\n{one}")).map_err(text)?;
        Ok(Self { server, watched, folder, _embedded: embedded })
    }

    /// Lets the program send the message, and returns its peak in bytes.
    fn peak(&self, mailer: &Path, program: Program, trusted: Trusted) -> TextResult<u64> {
        *lock(&self.watched) = Watched::default();
        let mut child =
            self.start(mailer, program, trusted).map_err(|e| format!("{program:?}: {e}"))?;
        let ended = wait(&mut child)?;
        let peak = lock(&self.watched).peak;
        match peak {
            Some(peak) if ended => Ok(peak),
            _ => Err(format!("{program:?} with {trusted:?} did not send the message")),
        }
    }

    fn start(
        &self,
        mailer: &Path,
        program: Program,
        trusted: Trusted,
    ) -> Result<Child, Box<dyn std::error::Error>> {
        let address = self.server.connect_to.ok_or("the server has no address")?;
        let account = self.server.credentials.as_ref().ok_or("the server has no account")?;
        let (user, password) = (account.user(), account.secret().reveal());
        let mut command = match program {
            Program::Mailer(library) => {
                let mut command = self.mailer(mailer, library, trusted);
                command.args([format!("--server=smtp://{address}"), format!("--user={user}")]);
                command.env("SMTP_PASSWORD", password);
                command
            }
            Program::Curl => {
                let mut command = self.curl(trusted);
                command.args(["--url", &format!("smtp://{address}/client.example.test")]);
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        lock(&self.watched).process = Some(child.id());
        if let (Program::Curl, Some(mut stdin)) = (program, child.stdin.take()) {
            // Other users can read arguments.
            writeln!(stdin, "user = \"{user}:{password}\"")?;
        }
        Ok(child)
    }

    /// Returns the command of `mailer send`, without the server and the account.
    fn mailer(&self, mailer: &Path, library: TlsLibrary, trusted: Trusted) -> Command {
        let mut command = Command::new(mailer);
        command.args(["send", "--from=ann@example.test", "--to=bob@example.test"]);
        command.arg(format!("--eml={}", self.file("message.eml")));
        command.arg(format!("--tls-library={library}")).env_remove("SMTP_URL");
        match trusted {
            Trusted::System => command.args(["--ca", &self.file("one.pem")]),
            // Both libraries read these variables instead of the system's files.
            Trusted::OneCa => command
                .env("SSL_CERT_FILE", self.file("one.pem"))
                .env("SSL_CERT_DIR", self.file("none")),
        };
        command
    }

    /// Returns the command of curl, without the server. It reads the account from its stdin.
    fn curl(&self, trusted: Trusted) -> Command {
        let ca = self.file(match trusted {
            Trusted::System => "system.pem",
            Trusted::OneCa => "one.pem",
        });
        let mut command = Command::new("curl");
        command.args(["-q", "--silent", "--show-error", "--ssl-reqd", "--config", "-"]);
        command.args(["--cacert", &ca, "--upload-file", &self.file("message.eml")]);
        command.args(["--mail-from", "ann@example.test", "--mail-rcpt", "bob@example.test"]);
        command
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

impl Watched {
    fn read_peak(&mut self) {
        let status = |process| fs::read_to_string(format!("/proc/{process}/status")).ok();
        self.peak = self.process.and_then(status).as_deref().and_then(parse_peak_memory);
    }
}

/// Every change is complete under one lock, so a panicked thread leaves nothing half done.
fn lock(watched: &Mutex<Watched>) -> std::sync::MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether the program has succeeded. A program that does not end in time is killed.
fn wait(child: &mut Child) -> TextResult<bool> {
    let text = |error: std::io::Error| error.to_string();
    let started = Instant::now();
    while started.elapsed() < RUN_LIMIT {
        match child.try_wait().map_err(text)? {
            Some(status) => return Ok(status.success()),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    child.kill().and_then(|()| child.wait()).map_err(text)?;
    Ok(false)
}

fn system_certificates() -> String {
    let found = SYSTEM_CERTIFICATES.iter().find_map(|path| fs::read_to_string(path).ok());
    found.unwrap_or_default()
}

pub(crate) fn table(peaks: &[Peaks]) -> MarkdownTable {
    let row = |peaks: &Peaks| {
        let name = match peaks.program {
            Program::Mailer(library) => format!("`mailer send --tls-library={library}`"),
            Program::Curl => "curl".into(),
        };
        vec![name, bytes(peaks.system), bytes(peaks.one_ca)]
    };
    let columns =
        ["peak memory", "the system's certificates and the server's CA", "the server's CA only"];
    MarkdownTable::new(columns, peaks.iter().map(row).collect())
}
