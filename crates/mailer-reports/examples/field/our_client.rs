//! One of our own contenders, as a program like the other clients.

use std::{
    env, fs,
    io::{self, Write as _},
    time::Instant,
};

use mailer::{
    Credentials, Envelope, Error, Mail, Mailer, Message, Outcome as MailOutcome, Server, TlsLibrary,
};
use mailer_backends::{BACKENDS, Flow, Options, Pipelining};
use mailer_bench::floor::{self, Shape};
use mailer_lab::Contender;

use super::{TextResult, arguments::SECURITIES, describe};

/// What a line starts with that has the nanoseconds until a connection was ready for MAIL.
pub(super) const READY: &str = "ready ";

/// Sends messages over one connection, or opens several connections.
pub(super) fn run(words: &[&str]) -> TextResult<()> {
    let &[action, name, security, host, port, user, from, to, ca, file, repetitions] = words else {
        return Err(format!("wrong arguments of a client: {words:?}"));
    };
    let invalid = |value: &str| format!("{value} is not a valid argument of a client");
    let address = format!("{host}:{port}").parse().map_err(|_| invalid(port))?;
    let known = SECURITIES.into_iter().find(|(known, _)| *known == security);
    let (_, security) = known.ok_or_else(|| invalid(security))?;
    let mut server = Server::new("localhost".parse().map_err(describe)?, 25, security);
    server.connect_to = Some(address);
    let authorities = fs::read(ca).map_err(|error| error.to_string())?;
    if !authorities.is_empty() {
        server.trust.add_pem(&authorities).map_err(describe)?;
    }
    // Without a login there is no password.
    if let Ok(password) = env::var("SMTP_PASSWORD") {
        server.credentials = Some(Credentials::new(user, password).map_err(describe)?);
    }
    let content = fs::read(file).map_err(|error| error.to_string())?;
    let mail = mail(from, to, content).map_err(describe)?;
    let contender = contender(name).ok_or_else(|| invalid(name))?;
    let mut mailer = (contender.make)(&server).map_err(describe)?;
    let repetitions = repetitions.parse().map_err(|_| invalid(repetitions))?;
    match action {
        "send" => send_all(mailer.as_mut(), &mail, repetitions)?,
        "open" => open_several(mailer.as_mut(), &mail, repetitions)?,
        _ => return Err(invalid(action)),
    }
    report_memory();
    Ok(())
}

/// Prints the line of Linux with this process's peak memory, which
/// [`parse_peak_memory`](mailer_bench::parse_peak_memory) reads. Other systems have no such line, and nothing is
/// reported then.
fn report_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM:")) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}

fn send_all(mailer: &mut dyn Mailer, mail: &Mail, messages: usize) -> TextResult<()> {
    let (mut accepted, mut failure) = (0, None);
    let mut all = std::iter::repeat_n(mail, messages).cloned();
    mailer.send_many(&mut all, &mut |_, receipt| match receipt.outcome {
        MailOutcome::Accepted => accepted += 1,
        _ => failure = failure.take().or_else(|| receipt.error.clone()),
    });
    mailer.close().map_err(describe)?;
    match failure {
        Some(error) => Err(describe(error)),
        None if accepted < messages => {
            Err(format!("{accepted} of {messages} messages were accepted"))
        }
        None => Ok(()),
    }
}

/// Opens connections one after another, sends the message over the last one, and prints how long each took until it
/// was ready.
fn open_several(mailer: &mut dyn Mailer, mail: &Mail, connections: usize) -> TextResult<()> {
    let mut lines = String::new();
    for left in (0..connections).rev() {
        let started = Instant::now();
        mailer.open().map_err(describe)?;
        lines += &format!("{READY}{}\n", started.elapsed().as_nanos());
        if left == 0 {
            send_all(mailer, mail, 1)?;
        } else {
            mailer.close().map_err(describe)?;
        }
    }
    write!(io::stdout(), "{lines}").map_err(|error| error.to_string())
}

fn mail(from: &str, to: &str, content: Vec<u8>) -> Result<Mail, Error> {
    let envelope = Envelope::new(Some(from.parse()?), vec![to.parse()?])?;
    Ok(Mail::new(envelope, Message::from_bytes(content)?))
}

/// Returns the contender with this label: a floor, or a backend in one of its flows.
fn contender(label: &str) -> Option<Contender> {
    let floors = Shape::ALL.iter().copied().map(floor::bare);
    let backends = BACKENDS.iter().flat_map(|backend| {
        let in_flow = move |&flow: &Flow| {
            TlsLibrary::ALL.iter().map(move |&library| backend.contender(options(flow), library))
        };
        Flow::ALL.iter().flat_map(in_flow)
    });
    floors.chain(backends).find(|contender| contender.label() == label)
}

/// As on the command line, QUIT leaves with the last content. A library is called on this thread.
fn options(flow: Flow) -> Options {
    let pipelining = Pipelining { pipeline_quit: true, ..flow.into() };
    Options { pipelining, unguarded: true, ..Options::default() }
}

#[cfg(test)]
mod tests {
    use super::{
        super::clients::{CLIENTS, OPENERS},
        *,
    };

    #[test]
    fn each_of_our_clients_is_a_contender() {
        for client in CLIENTS.iter().chain(&OPENERS).filter(|client| client.is_ours()) {
            assert!(contender(client.name).is_some(), "{}", client.name);
        }
        assert!(contender("raw (otherwise)").is_none());
    }
}
