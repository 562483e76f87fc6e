//! A contender of this project as a program of its own, like the others.

use std::{
    env, fs,
    io::{self, Write as _},
};

use mailer::{Credentials, Envelope, Error, Mail, Mailer, Message, Outcome as MailOutcome, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options, Pipelining};
use mailer_bench::floor::{self, Shape};

use super::{Outcome, arguments::SECURITIES, in_words};

/// Sends mails over one connection and closes it.
pub(super) fn send(words: &[&str]) -> Outcome<()> {
    let &[name, security, host, port, user, from, to, ca, file, mails] = words else {
        return Err(format!("not what a client is told: {words:?}"));
    };
    let wrong = |what: &str| format!("{what} is not what a client is told");
    let address = format!("{host}:{port}").parse().map_err(|_| wrong(port))?;
    let known = SECURITIES.into_iter().find(|(known, _)| *known == security);
    let (_, security) = known.ok_or_else(|| wrong(security))?;
    let mut server = Server::new("localhost".parse().map_err(in_words)?, 25, security);
    server.connect_to = Some(address);
    let authorities = fs::read(ca).map_err(|error| error.to_string())?;
    if !authorities.is_empty() {
        server.trust.add_pem(&authorities).map_err(in_words)?;
    }
    // Where nobody is to log in, there is no password.
    if let Ok(password) = env::var("SMTP_PASSWORD") {
        server.credentials = Some(Credentials::new(user, password).map_err(in_words)?);
    }
    let content = fs::read(file).map_err(|error| error.to_string())?;
    let mail = mail(from, to, content).map_err(in_words)?;
    let mut mailer = mailer(name, &server).map_err(in_words)?;
    deliver(mailer.as_mut(), &mail, mails.parse().map_err(|_| wrong(mails))?)?;
    report_memory();
    Ok(())
}

/// The line of Linux that says how much memory this process took at the most; see
/// [`high_water`](mailer_bench::load::high_water). Other systems do not say it, and it is no result.
fn report_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM:")) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}

fn deliver(mailer: &mut dyn Mailer, mail: &Mail, mails: usize) -> Outcome<()> {
    let (mut accepted, mut failure) = (0, None);
    let mut all = std::iter::repeat_n(mail, mails).cloned();
    mailer.send_many(&mut all, &mut |_, receipt| match receipt.outcome {
        MailOutcome::Accepted => accepted += 1,
        _ => failure = failure.take().or_else(|| receipt.error.clone()),
    });
    mailer.close().map_err(in_words)?;
    match failure {
        Some(error) => Err(in_words(error)),
        None if accepted < mails => Err(format!("{accepted} of {mails} mails were accepted")),
        None => Ok(()),
    }
}

fn mail(from: &str, to: &str, content: Vec<u8>) -> Result<Mail, Error> {
    let envelope = Envelope::new(Some(from.parse()?), vec![to.parse()?])?;
    Ok(Mail::new(envelope, Message::from_bytes(content)?))
}

/// The mailer of this name.
fn mailer(name: &str, server: &Server) -> Result<Box<dyn Mailer>, Error> {
    if let Some(shape) = Shape::ALL.into_iter().find(|shape| name == format!("bare-{shape}")) {
        return (floor::bare(shape).make)(server);
    }
    let unknown = || Error::new(mailer::Kind::Configuration, format!("there is no {name}"));
    let (backend, flow) = BACKENDS.iter().find_map(|it| named(it, name)).ok_or_else(unknown)?;
    // As the command line has it: QUIT leaves with the last content.
    let pipelining = Pipelining { pipeline_quit: true, ..flow.into() };
    backend.make(server, &Options { pipelining, unguarded: true, ..Options::default() })
}

/// A backend with its flow, if that is its name.
fn named(backend: &'static Backend, name: &str) -> Option<(&'static Backend, Flow)> {
    let rest = name.strip_prefix(backend.name)?;
    if rest.is_empty() {
        return Some((backend, Flow::default()));
    }
    let flow = rest.strip_prefix('-').filter(|_| backend.has_flows)?;
    Some((backend, Flow::ALL.into_iter().find(|known| known.to_string() == flow)?))
}

#[cfg(test)]
mod tests {
    use mailer::Security;

    use super::{super::clients::CLIENTS, *};

    #[test]
    fn there_is_a_mailer_of_each_of_our_names() {
        let server = Server::new("localhost".parse().unwrap(), 25, Security::None);
        for client in CLIENTS.iter().filter(|client| client.is_ours()) {
            assert!(mailer(client.name, &server).is_ok(), "{}", client.name);
        }
        assert!(mailer("raw-otherwise", &server).is_err());
    }
}
