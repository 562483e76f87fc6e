//! Other programs, where they are: each sends so many mails over one connection to a server that is
//! not ours.
//!
//! A run is a process that sends one mail more than was asked for, and its time is what it takes
//! longer than one that sends a single mail: so starting it, connecting and QUIT are left out, as they
//! are with the others. The mails are of the size of the workload's; what each program puts around
//! them is its own.

use std::{
    env,
    io::Write as _,
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mailer::{Error, Kind};
use mailer_lab::workload::Measured;
use tempfile::NamedTempFile;

/// A program, and how it is told what to do.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    tool: &'static str,
    arguments: fn(&Job) -> Vec<String>,
    stdin: fn(&Job) -> String,
}

/// Postfix's own load generator, curl, and Python's library.
pub(crate) static PROGRAMS: [Program; 3] = [
    Program {
        name: "smtp-source",
        tool: "smtp-source",
        arguments: |job| {
            let (mails, octets) = (job.mails.to_string(), job.octets.to_string());
            let addr = job.addr.to_string();
            let fixed = ["-d", "-s", "1", "-f", FROM, "-t", TO, "-m", &mails, "-l", &octets, &addr];
            fixed.map(str::to_owned).into()
        },
        stdin: |_| String::new(),
    },
    Program {
        name: "curl",
        tool: "curl",
        arguments: |_| ["--silent", "--show-error", "--config", "-"].map(str::to_owned).into(),
        stdin: |job| {
            let one = format!(
                "url = \"smtp://{}\"\nmail-from = \"{FROM}\"\nmail-rcpt = \"{TO}\"\n\
                 upload-file = \"{}\"\n",
                job.addr,
                job.file.path().display()
            );
            vec![one; usize::try_from(job.mails).unwrap_or(1)].join("next\nsilent\n")
        },
    },
    Program {
        name: "smtplib",
        tool: "python3",
        arguments: |job| {
            let (host, port) = (job.addr.ip().to_string(), job.addr.port().to_string());
            let (mails, file) = (job.mails.to_string(), job.file.path().display().to_string());
            ["-c", SMTPLIB, &host, &port, FROM, TO, &mails, &file].map(str::to_owned).into()
        },
        stdin: |_| String::new(),
    },
];

const FROM: &str = "ann@example.test";
const TO: &str = "bob@example.test";
const SMTPLIB: &str = "import smtplib, sys
host, port, sender, to, mails, file = sys.argv[1:]
content = open(file, 'rb').read()
with smtplib.SMTP(host, int(port)) as server:
    for _ in range(int(mails)):
        server.sendmail(sender, [to], content)
";

/// What a program is to do.
struct Job {
    addr: SocketAddr,
    octets: usize,
    mails: u64,
    /// A message of that size.
    file: NamedTempFile,
}

/// A program that is ready to run.
struct Outside {
    program: &'static Program,
    job: Job,
    /// What a process takes for a single mail.
    single: Duration,
}

/// How often that is tried: the shortest counts.
const TRIES: usize = 5;

impl Program {
    /// Whether this machine has it.
    pub(crate) fn is_there(&self) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(self.tool).exists())
    }

    /// Makes it ready to send mails of so many octets to this server.
    pub(crate) fn set_up(
        &'static self,
        addr: SocketAddr,
        octets: usize,
    ) -> Result<Box<dyn Measured>, Error> {
        let file = message(octets).map_err(|cause| self.failed().because(cause))?;
        let job = Job { addr, octets, mails: 1, file };
        let mut outside = Outside { program: self, job, single: Duration::MAX };
        for _ in 0..TRIES {
            outside.single = outside.single.min(outside.time(1)?);
        }
        Ok(Box::new(outside))
    }

    fn failed(&self) -> Error {
        Error::new(Kind::Internal, format!("{} does not work", self.name))
    }
}

fn message(octets: usize) -> std::io::Result<NamedTempFile> {
    const LINE: &str = "The quick brown fox jumps over the lazy dog, who does not mind.\r\n";
    let mut file = NamedTempFile::new()?;
    let header = "Subject: one of many\r\n\r\n";
    let lines = octets.saturating_sub(header.len()) / LINE.len();
    file.write_all(format!("{header}{}", LINE.repeat(lines)).as_bytes())?;
    file.flush()?;
    Ok(file)
}

impl Outside {
    /// How long a process takes that sends so many mails.
    fn time(&mut self, mails: u64) -> Result<Duration, Error> {
        self.job.mails = mails;
        let mut command = Command::new(self.program.tool);
        command.args((self.program.arguments)(&self.job));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let input = (self.program.stdin)(&self.job);
        let failed = |cause| self.program.failed().because(cause);
        let start = Instant::now();
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(failed)?;
        let timed = start.elapsed();
        if output.status.success() {
            return Ok(timed);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(self.program.failed().because(format!("{}: {said}", output.status)))
    }
}

impl Measured for Outside {
    fn run(&mut self, times: u64) -> Result<Duration, Error> {
        Ok(self.time(times + 1)?.saturating_sub(self.single))
    }

    /// The server is not ours; the program has said that all went well.
    fn check(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
