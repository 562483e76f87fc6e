//! `mailer worker`: joins a Locust master.

use std::{cell::Cell, path::PathBuf, process};

use clap::Args;
use mailer::{Error, Kind, Server, TlsLibrary};
use mailer_backends::{BACKENDS, Flow};
use mailer_worker::{End, LOCUSTFILE, Timing, UserClass, Worker};

use crate::{
    exit::{Status, usage_error},
    interruption,
    options::{ServerOptions, Tuning, optional_path},
    output,
};

/// The port of Locust's option --master-bind-port.
const PORT: u16 = 5557;

/// Send load as a worker of Locust
///
/// The master of Locust (2.47 or newer) plans the load, shows it and adds up the results; workers on many machines
/// send it. The master's --host is the URL of the server, and the locustfile that --print-locustfile prints has
/// the other options. docs/scale.md explains a run.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Join this master [default port: 5557]
    #[arg(long, value_name = "HOST[:PORT]", required_unless_present = "print_locustfile")]
    master: Option<String>,
    /// Write the result to FILE
    ///
    /// The file has the counts and the latencies of the latest run; mailer merge adds up the files of all workers.
    /// The default is mailer-worker-HOST-PID.json.
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    result: Option<PathBuf>,
    /// Run at most N users
    ///
    /// Each user has a connection and a thread. If the master wants more users of this worker, it ends with an error.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    max_users: u64,
    /// Allow a remote server that the master names
    ///
    /// Without --yes, the worker sends to servers on loopback only.
    #[arg(long)]
    yes: bool,
    /// Print the locustfile for the master, and exit
    #[arg(long)]
    print_locustfile: bool,
    #[command(flatten)]
    tuning: Tuning,
    #[command(flatten)]
    server: ServerOptions,
}

impl Arguments {
    /// Completes the options with the profile that they name.
    pub(crate) fn use_profile(&mut self) -> Result<(), Error> {
        self.server.use_profile(false).map(drop)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    if arguments.print_locustfile {
        return output::result(LOCUSTFILE).map(|()| Status::OK);
    }
    if arguments.server.names_only_a_user() {
        let hint =
            "name the server that the user belongs to; the master's --host never gets the password";
        return Ok(usage_error("--user needs --server", hint));
    }
    if let Some(status) = arguments.server.tls_library.refuse_several() {
        return Ok(status);
    }
    arguments.tuning.note_limits();
    let own = arguments.server.server()?;
    let is_refused = Cell::new(false);
    let host = hostname::get().unwrap_or_default().to_string_lossy().into_owned();
    let file = format!("mailer-worker-{host}-{}.json", process::id());
    let result = arguments.result.clone().filter(|it| !it.as_os_str().is_empty());
    let interrupted = interruption::flag()?;
    let worker = Worker {
        master: with_port(arguments.master.as_deref().unwrap_or_default()),
        host,
        classes: &classes(arguments.tuning, arguments.server.tls_library.first()),
        max_users: arguments.max_users,
        result: &result.unwrap_or_else(|| file.into()),
        timing: Timing::default(),
        admit: &|url| {
            let server = server(arguments, own.as_ref(), url)?;
            if arguments.yes || !mailer_lab::is_remote(&server)? {
                return Ok(server);
            }
            is_refused.set(true);
            let what = format!("the master wants to send to {server}, which is not on loopback");
            Err(Error::new(Kind::Configuration, what)
                .with_hint("pass --yes to every worker if the owner of the server agrees"))
        },
        interrupted: &interrupted,
        note: &|text| output::note(&format!("mailer: {text}")),
    };
    match worker.run() {
        Ok(End::Quit) => Ok(Status::OK),
        Ok(End::Interrupted) => Ok(Status::INTERRUPTED),
        Err(error) if is_refused.get() => {
            output::error(&error);
            Ok(Status::USAGE)
        }
        Err(error) => Err(error),
    }
}

/// Returns the server of a run: that of this worker's own options, or else that of the master.
fn server(arguments: &Arguments, own: Option<&Server>, url: Option<&str>) -> Result<Server, Error> {
    match (own, url.map(str::trim).filter(|url| !url.is_empty())) {
        (Some(own), Some(url)) if arguments.server.is_from_environment() => {
            same_server(own, &url.parse()?)
        }
        (Some(own), _) => Ok(own.clone()),
        (None, Some(url)) => arguments.server.server_of(url),
        (None, None) => Err(Error::new(Kind::Configuration, "the master names no server")
            .with_hint("start the master with --host smtp://host:port")),
    }
}

/// Returns the server of SMTP_URL if it is the server of the master. A variable that was set for another purpose must
/// not redirect the load.
fn same_server(own: &Server, of_master: &Server) -> Result<Server, Error> {
    let host = |server: &Server| server.host.to_string().to_ascii_lowercase();
    if (host(own), own.port) == (host(of_master), of_master.port) {
        return Ok(own.clone());
    }
    let what =
        format!("the master wants to send to {of_master}, and SMTP_URL of this worker names {own}");
    Err(Error::new(Kind::Configuration, what)
        .with_hint("unset SMTP_URL, or name the server of this worker with --server"))
}

/// Returns a class for each backend and each of its flows.
fn classes(tuning: Tuning, library: TlsLibrary) -> Vec<UserClass> {
    let flows = |has_flows: bool| if has_flows { Flow::ALL } else { &[Flow::Auto] };
    let classes = BACKENDS.iter().flat_map(|backend| {
        // As in bench, lettre is called on the user's own thread.
        let options = flows(backend.has_flows).iter().map(move |flow| tuning.options(*flow, true));
        options.map(|options| UserClass::new(backend.contender(options, library)))
    });
    classes.collect()
}

/// Returns the master's address with a port.
fn with_port(master: &str) -> String {
    let has_port = match master.rsplit_once(':') {
        // In an IPv6 address, a port follows the bracket.
        Some((host, port)) => {
            port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
        }
        None => false,
    };
    match (has_port, master.contains(':') && !master.starts_with('[')) {
        (true, _) => master.to_owned(),
        (false, true) => format!("[{master}]:{PORT}"),
        (false, false) => format!("{master}:{PORT}"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Tuned {
        #[command(flatten)]
        tuning: Tuning,
    }

    #[test]
    fn the_port_of_the_master_is_that_of_locust() {
        for (master, address) in [
            ("load.example.test", "load.example.test:5557"),
            ("load.example.test:1234", "load.example.test:1234"),
            ("192.0.2.1", "192.0.2.1:5557"),
            ("[2001:db8::1]", "[2001:db8::1]:5557"),
            ("[2001:db8::1]:99", "[2001:db8::1]:99"),
            ("2001:db8::1", "[2001:db8::1]:5557"),
        ] {
            assert_eq!(with_port(master), address);
        }
    }

    #[test]
    fn a_server_in_the_environment_has_to_be_that_of_the_master() {
        let own: Server = "smtp://ann:sesame@Mail.example.test".parse().unwrap();
        let same = same_server(&own, &"smtp://mail.example.test".parse().unwrap());
        assert!(same.unwrap().credentials.is_some());
        for other in ["smtp://mail.example.test:26", "smtp://mail.example.org"] {
            let error = same_server(&own, &other.parse().unwrap()).unwrap_err();
            assert_eq!(error.kind(), Kind::Configuration);
            assert!(!error.to_string().contains("sesame"), "{error}");
        }
    }

    #[test]
    fn the_locustfile_has_a_class_for_each_backend_and_flow() {
        let declared = LOCUSTFILE.lines().filter_map(|line| line.strip_prefix("class "));
        let declared: Vec<&str> = declared.filter_map(|line| line.split('(').next()).collect();
        let classes = classes(Tuned::parse_from(["tuned"]).tuning, TlsLibrary::Rustls);
        assert_eq!(declared, classes.iter().map(UserClass::name).collect::<Vec<_>>());
    }
}
