//! `mailer serve`: runs the embedded server for other clients.

mod clients;
mod fault_options;
mod listen;
mod log;
mod trust;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Kind};
use mailer_link::Link;
use mailer_server::{
    Account, Config, EmbeddedServer, EventHook, FailureHook, LineHook, Profile, Security,
    StartError, Store,
};

use self::{
    clients::{Login, LoginSecret, Reached},
    fault_options::FaultOptions,
    listen::Listen,
    log::Log,
    trust::TrustOptions,
};
use crate::{
    exit::Status,
    input, interruption,
    options::{PasswordOptions, Tls, mechanisms, seconds, tls_help},
    output,
};

/// Run the embedded SMTP server for other clients
///
/// The server prints each message that it accepts, and each TLS handshake and login that fails. Lines to paste
/// for several clients are printed on stderr. Ctrl-C, SIGTERM and SIGHUP stop the server: open sessions get
/// 421, a message that is complete is delivered, an incomplete one is discarded, and the exit status is 130. A
/// second signal ends the process at once.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Listen on ADDRESS (may be repeated)
    ///
    /// ADDRESS is a port of localhost (2525), or a host with a port: localhost:2525, 127.0.0.1:2525, [::1]:2525,
    /// 0.0.0.0:2525 (all addresses). With port 0 the system chooses a port, and the first line of the output
    /// shows it. The default is 127.0.0.1:0.
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<Listen>,
    #[arg(
        help = "Start TLS at this point",
        long_help = tls_help("Start TLS at this point"),
        long,
        value_enum,
        default_value_t = Tls::Starttls,
        hide_possible_values = true
    )]
    tls: Tls,
    /// Require clients to log in as USER
    ///
    /// The password comes from --password-file, --password-command, SMTP_PASSWORD or a prompt. With
    /// --token-file, --token-command or SMTP_TOKEN, clients may log in with that access token.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordOptions,
    /// Offer these AUTH mechanisms
    ///
    /// Offer these AUTH mechanisms, in this order, separated by commas: scram-sha-256, plain, login, oauthbearer,
    /// xoauth2. The default is those of the profile.
    #[arg(
        long,
        value_name = "MECHANISM",
        value_delimiter = ',',
        value_parser = mechanisms(),
        hide_possible_values = true
    )]
    auth: Vec<String>,
    /// Accept any user and password
    ///
    /// Clients that log in are accepted with any user and password. Others need not log in.
    #[arg(long, conflicts_with = "user")]
    accept_any_login: bool,
    #[command(flatten)]
    trust: TrustOptions,
    /// Require client certificates of the CA in FILE
    ///
    /// A client whose certificate this CA has not signed, or that has none, cannot start TLS.
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    #[arg(
        help = "Imitate this server",
        long_help = profile_help(),
        long,
        value_name = "PROFILE",
        default_value = "gmail",
        value_parser = profiles(),
        hide_possible_values = true
    )]
    profile: String,
    /// Limit each wait for a client [default: 300]
    ///
    /// The limit, in seconds, of the wait for a command, for the next piece of content, and for a TLS
    /// handshake [default: 300, and 60 for a TLS handshake].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// Limit each session (seconds)
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3600")]
    session_timeout: Duration,
    /// Deliver messages to this maildir
    ///
    /// Each message is synced to the disk before the server accepts it. New folders have mode 0700, and files
    /// 0600. Without this option the server discards the messages.
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
    #[command(flatten)]
    faults: FaultOptions,
    /// Print the dialogue of every session
    ///
    /// What a client sends after AUTH is not shown.
    #[arg(long)]
    trace: bool,
    /// Print each event as a line of JSON
    #[arg(long)]
    json: bool,
}

fn profile_help() -> String {
    format!(
        "Imitate this server: announce its extensions, and read pipelined commands as it does\n\n\
         Possible values: {}",
        Profile::NAMES.join(", ")
    )
}

fn profiles() -> PossibleValuesParser {
    Profile::NAMES.to_vec().into()
}

/// The time for sessions to end after a signal. A session needs longer only if stdout is a pipe that is
/// not read.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A running server, and the links that clients reach it over on a simulated path.
struct Running {
    server: EmbeddedServer,
    links: Vec<Link>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let interrupted = interruption::receiver()?;
    let listen = match arguments.listen.as_slice() {
        [] => vec![Listen::any_port()],
        listen => listen.to_vec(),
    };
    let (faults, seed) = arguments.faults.faults()?;
    let mut config = config(arguments)?;
    let login = arguments.user().map(|user| account(&arguments.password, user)).transpose()?;
    let login = login.map(|(account, login)| {
        config.accounts.push(account);
        login
    });
    config.faults = faults;
    config.certificate_names = certificate_names(&listen);
    let ca = match arguments.tls {
        Tls::None => None,
        _ => arguments.trust.apply(&mut config)?,
    };
    let log = Log::new(arguments.json, ca.clone());
    hook_up(&mut config, &log, arguments.trace);
    let running = start(arguments, &listen, config)?;
    arguments.trust.write(running.server.ca_pem())?;
    let addresses = running.addresses();
    let first = addresses.first().copied().unwrap_or_else(|| running.server.addr());
    let reached = Reached {
        tls: arguments.tls,
        host: host(listen.first(), first),
        port: first.port(),
        ca: ca.as_deref(),
        login,
    };
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    log.serving(&reached.url(), &addresses, seed)?;
    if !arguments.json {
        output::note(&introduction(arguments, &reached, &addresses, seed));
    }
    // The server works on its own threads until a signal ends it. The sender lives as long as the
    // process, so this does not return earlier.
    let _ = interrupted.recv();
    if !running.server.stop_within(STOP_LIMIT) {
        output::note("mailer: a session did not end within 5 s");
    }
    // The last replies are still on the path.
    running.links.into_iter().for_each(|link| drop(link.finish()));
    Ok(Status::INTERRUPTED)
}

/// Starts the server on these addresses, or behind links that listen on them.
fn start(arguments: &Arguments, listen: &[Listen], config: Config) -> Result<Running, Error> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for listen in listen {
        let found =
            listen.addresses().map_err(|cause| cannot_listen(&listen.to_string(), cause))?;
        addresses.extend(
            found.into_iter().filter(|address| !addresses.contains(address)).collect::<Vec<_>>(),
        );
    }
    let path = arguments.faults.path();
    if path == mailer_link::Path::default() {
        let mut config = config;
        let mut addresses = addresses.into_iter();
        config.listen = addresses.next().unwrap_or(config.listen);
        config.also_listen = addresses.collect();
        let server = EmbeddedServer::start(config).map_err(cannot_serve)?;
        return Ok(Running { server, links: Vec::new() });
    }
    let server = EmbeddedServer::start(config).map_err(cannot_serve)?;
    let mut links: Vec<Link> = Vec::new();
    for mut address in addresses {
        if let (0, Some(first)) = (address.port(), links.first()) {
            address.set_port(first.addr().port());
        }
        let link = Link::to(server.addr()).over(path).listen(address).keep_records(false);
        links.push(link.start().map_err(|cause| cannot_listen(&address.to_string(), cause))?);
    }
    Ok(Running { server, links })
}

impl Running {
    /// Returns the addresses that clients connect to.
    fn addresses(&self) -> Vec<SocketAddr> {
        match self.links.as_slice() {
            [] => self.server.addrs().to_vec(),
            links => links.iter().map(Link::addr).collect(),
        }
    }
}

impl Arguments {
    /// Returns the value of `--user`; an empty value counts as not set.
    fn user(&self) -> Option<&str> {
        self.user.as_deref().filter(|user| !user.is_empty())
    }
}

fn cannot_listen(address: &str, cause: io::Error) -> Error {
    Error::new(Kind::Configuration, format!("cannot listen on {address}"))
        .with_cause(cause)
        .with_hint(LISTEN_HINT)
}

const LISTEN_HINT: &str = "choose another --listen; port 0 lets the system choose";

fn cannot_serve(cause: StartError) -> Error {
    let hint = match cause {
        StartError::Store(_) => "choose another --maildir: a directory that you may write to",
        StartError::Identity(_) => "--cert and --key must belong together",
        _ => LISTEN_HINT,
    };
    Error::new(Kind::Configuration, "cannot start the server").with_cause(cause).with_hint(hint)
}

fn config(arguments: &Arguments) -> Result<Config, Error> {
    let mut config = Config::default();
    config.security = match arguments.tls {
        Tls::Starttls => Security::StartTls,
        Tls::Implicit => Security::Implicit,
        Tls::None => Security::Plain,
    };
    config.profile = Profile::named(&arguments.profile).unwrap_or_default();
    config.accounts.clear();
    config.accept_any_login = arguments.accept_any_login;
    config.auth_required = Some(arguments.user().is_some());
    config.allow_auth_without_tls = matches!(arguments.tls, Tls::None);
    config.keep_transcript = false;
    config.keep_headers = true;
    config.limits.session = arguments.session_timeout;
    if let Some(file) = &arguments.client_ca {
        let pem = input::read_text(file).map_err(|cause| {
            Error::new(Kind::Configuration, format!("cannot read {}", file.display()))
                .with_cause(cause)
        })?;
        config = config.with_client_ca(pem);
    }
    let offered = arguments.auth.iter().filter(|name| !name.is_empty());
    let offered: Vec<String> = offered.map(|name| name.to_ascii_uppercase()).collect();
    if !offered.is_empty() {
        config.profile = config.profile.with_mechanisms(offered);
    }
    if let Some(timeout) = arguments.timeout {
        let limits = &mut config.limits;
        (limits.command, limits.handshake, limits.content) = (timeout, timeout, timeout);
    }
    config.store = match &arguments.maildir {
        Some(directory) => Store::Maildir(directory.clone()),
        // The server may run for ever, so it keeps no messages in memory.
        None => Store::Count,
    };
    Ok(config)
}

/// Returns the account with the password or the access token of the options, or both, and how clients log in to it.
fn account<'a>(options: &PasswordOptions, user: &'a str) -> Result<(Account, Login<'a>), Error> {
    let token = options.token(true)?;
    let has_password = token.is_none() || options.has_password()?;
    let account = match has_password {
        true => Account::new(user, options.password(user, None)?.reveal()),
        false => Account::with_random_password(user).ok_or_else(|| {
            Error::new(Kind::Internal, "the system has no random numbers for a password")
        })?,
    };
    let account = match token {
        Some(token) => account.with_token(token.reveal()),
        None => account,
    };
    let secret = if has_password { LoginSecret::Password } else { LoginSecret::Token };
    Ok((account, Login { user, secret }))
}

/// Lets the server print what happens.
fn hook_up(config: &mut Config, log: &Log, with_lines: bool) {
    let printed = log.clone();
    config.on_mail = Some(mailer_server::MailHook::new(move |mail| printed.message(mail)));
    let printed = log.clone();
    config.on_event = Some(EventHook::new(move |event| printed.event(event)));
    let printed = log.clone();
    config.on_failure = Some(FailureHook::new(move |cause| printed.accept_failure(cause)));
    if with_lines {
        let printed = log.clone();
        config.on_line = Some(LineHook::new(move |line| printed.line(line)));
    }
}

/// Returns the names by which clients may reach the server, beside those of every certificate.
fn certificate_names(listen: &[Listen]) -> Vec<String> {
    let mut names = Vec::new();
    for listen in listen {
        names.extend(listen.name().filter(|name| *name != "localhost").map(str::to_owned));
        for ip in listen.addresses().unwrap_or_default().iter().map(SocketAddr::ip) {
            if ip.is_unspecified() {
                names.extend(hostname::get().ok().and_then(|name| name.into_string().ok()));
            } else if !ip.is_loopback() {
                names.push(ip.to_string());
            }
        }
    }
    names.retain(|name| name.is_ascii());
    names
}

/// Returns the host that clients on this machine connect to.
fn host(listen: Option<&Listen>, address: SocketAddr) -> String {
    if let Some(name) = listen.and_then(Listen::name) {
        return name.to_owned();
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
        ip => ip.to_string(),
    }
}

/// Returns what a user needs to know at the start: addresses, logins, faults, and lines to paste.
fn introduction(
    arguments: &Arguments,
    reached: &Reached<'_>,
    addresses: &[String],
    seed: Option<u64>,
) -> String {
    let mut lines = Vec::new();
    if addresses.len() > 1 {
        lines.push(format!("listening on {}", addresses.join(", ")));
    }
    if arguments.accept_any_login {
        lines.push("any user and password are accepted, and no login is needed".to_owned());
    }
    let path = arguments.faults.path();
    if path != mailer_link::Path::default() {
        lines.push(format!("simulating a path with {path}"));
    }
    lines.extend(seed.map(|seed| format!("random faults: --seed {seed} repeats them")));
    lines.push(reached.lines_to_paste());
    lines.join("\n")
}
