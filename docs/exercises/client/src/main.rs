//! The client as a program, for `mailer compare --with` and for `mailer serve`. It is complete; the steps do
//! the work.
//!
//! It reads what to do from the variables that `--with` sets: `MAILER_HOST`, `MAILER_PORT`, `MAILER_CA` (a
//! file; without it there is no TLS), `MAILER_USER` and `MAILER_PASSWORD` (without them there is no login),
//! `MAILER_FROM`, `MAILER_TO` (separated by commas) and `MAILER_EML` (a file).

use std::{env, fs, io, net::ToSocketAddrs as _, process::ExitCode, time::Duration};

use smtp_client::{
    given::{Login, Mail, Outcome, Server, Tls},
    step_15_pipelining::send,
};

/// The longest time to wait for a reply. RFC 5321 §4.5.3.2 has 5 to 10 minutes, for servers that are busy.
const TIMEOUT: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    match prepare() {
        Ok((server, mail)) => {
            let outcome = send(&server, &mail);
            eprintln!("{outcome}");
            // The numbers are those of `mailer send`, which tells more cases apart.
            match outcome {
                Outcome::Accepted => ExitCode::SUCCESS,
                Outcome::Unknown(_) => ExitCode::from(74),
                Outcome::NotSent(_) => ExitCode::from(75),
                Outcome::Partial(_) | Outcome::Rejected(_) => ExitCode::from(69),
            }
        }
        Err(cause) => {
            eprintln!("smtp-client: {cause}");
            ExitCode::from(64)
        }
    }
}

/// Reads the variables.
fn prepare() -> io::Result<(Server, Mail)> {
    let host = variable("MAILER_HOST")?;
    let port = variable("MAILER_PORT")?.parse().map_err(io::Error::other)?;
    let addresses: Vec<_> = (host.as_str(), port).to_socket_addrs()?.collect();
    // `localhost` has two addresses, and test servers listen on the older one.
    let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied();
    let tls = match env::var("MAILER_CA") {
        Ok(file) => Some(Tls { name: host.clone(), ca_pem: fs::read_to_string(file)? }),
        Err(_) => None,
    };
    let login = match (env::var("MAILER_USER"), env::var("MAILER_PASSWORD")) {
        (Ok(user), Ok(password)) => Some(Login { user, password }),
        _ => None,
    };
    let server = Server {
        address: address.ok_or_else(|| io::Error::other(format!("{host} has no address")))?,
        timeout: TIMEOUT,
        hello: "client.example.test".into(),
        tls,
        login,
    };
    let mail = Mail {
        from: variable("MAILER_FROM")?,
        to: variable("MAILER_TO")?.split(',').map(str::to_owned).collect(),
        content: fs::read(variable("MAILER_EML")?)?,
    };
    Ok((server, mail))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|cause| io::Error::other(format!("{name}: {cause}")))
}
