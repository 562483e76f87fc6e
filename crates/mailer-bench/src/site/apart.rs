//! The embedded server in a process of its own.
//!
//! The two processes speak through the child's stdin and stdout, a line of JSON each time: first how
//! to reach the server, then, for each empty line that the parent writes, what is stored. When its
//! stdin ends, the child does too, whatever becomes of the parent.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use mailer::{Credentials, Error, Kind, Security, Server};
use mailer_server::EmbeddedServer;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Keep, Stored};
use mailer_lab::embedded;

/// How to reach a server. Its account is made for this run and known to nobody else.
#[derive(Serialize, Deserialize)]
struct Reach {
    addr: SocketAddr,
    ca_pem: String,
    account: Option<(String, String)>,
}

/// A server's process. Dropped, it is told to end, and waited for.
pub(super) struct Apart {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Apart {
    pub(super) fn start(
        mut command: Command,
        security: Security,
        keep: Keep,
    ) -> Result<(Self, Server), Error> {
        command.args([security.name(), keep.name()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|cause| broken().because(cause))?;
        let (ask, answers) = (child.stdin.take(), child.stdout.take().ok_or_else(broken)?);
        let mut apart = Self { child, ask, answers: BufReader::new(answers) };
        let reach: Reach = apart.answer()?;
        let mut server = embedded::reach_at(reach.addr, &reach.ca_pem, security)?;
        if let Some((user, password)) = reach.account {
            server.credentials = Some(Credentials::new(user, password)?);
        }
        Ok((apart, server))
    }

    pub(super) fn stored(&mut self) -> Result<Stored, Error> {
        let ask = self.ask.as_mut().ok_or_else(broken)?;
        ask.write_all(b"\n").map_err(|cause| broken().because(cause))?;
        self.answer()
    }

    fn answer<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|cause| broken().because(cause))?;
        serde_json::from_str(&line).map_err(|cause| broken().because(cause))
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        drop(self.ask.take());
        // It ends by itself now; how, nobody needs to know.
        let _ = self.child.wait();
    }
}

/// The process that [`Site::apart`](super::Site::apart) starts: serves until its stdin ends.
/// `arguments` are the last two it was given.
///
/// # Errors
/// If they are not of that kind, the server cannot be started, or the parent is gone.
pub fn serve(arguments: &[String]) -> Result<(), Error> {
    let (security, keep) = understood(arguments)
        .ok_or_else(|| Error::new(Kind::Configuration, "not the arguments of a server apart"))?;
    let (server, _) = embedded::start(security, keep.store())?;
    let told = tell(&Reach::to(&server)).and_then(|()| {
        io::stdin()
            .lock()
            .lines()
            .try_for_each(|line| line.and_then(|_| tell(&Stored::of(&server))))
    });
    told.map_err(|cause| broken().because(cause))
}

fn understood(arguments: &[String]) -> Option<(Security, Keep)> {
    let [security, keep] = arguments else { return None };
    let security = Security::ALL.into_iter().find(|known| known.name() == security)?;
    let keep = [Keep::Tally, Keep::Mails].into_iter().find(|known| known.name() == keep)?;
    Some((security, keep))
}

fn tell(answer: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

impl Reach {
    fn to(server: &EmbeddedServer) -> Self {
        let account = server.account().map(|it| (it.user.clone(), it.password.clone()));
        Self { addr: server.addr(), ca_pem: server.ca_pem().to_owned(), account }
    }
}

impl Keep {
    fn name(self) -> &'static str {
        match self {
            Self::Tally => "tally",
            Self::Mails => "mails",
        }
    }
}

fn broken() -> Error {
    Error::new(Kind::Internal, "the server's own process does not work")
}
