//! `mailer serve`: runs the embedded server for other clients.

use std::{fs, io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Kind, escape};
use mailer_server::{
    Account, Config, EmbeddedServer, FailureHook, Profile, Security, StartError, Store, StoredMail,
};

use crate::{
    exit::Status,
    interruption,
    options::{PasswordOptions, Tls, seconds, tls_help},
    output,
};

/// Run the embedded SMTP server for other clients
///
/// The server prints one line for each message that it accepts. Ctrl-C, SIGTERM and SIGHUP stop it: open
/// sessions get 421, a message that is complete is delivered, an incomplete one is discarded, and the exit
/// status is 130. A second signal ends the process at once.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Listen on this address
    ///
    /// With port 0 the system chooses a port, and the first line of the output shows it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
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
    /// The password comes from --password-file, --password-command, SMTP_PASSWORD or a prompt.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordOptions,
    /// Write the CA certificate to FILE (PEM)
    ///
    /// Clients must trust this CA. It is new each time the server starts.
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
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

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let interrupted = interruption::receiver()?;
    let server = EmbeddedServer::start(config(arguments)?).map_err(cannot_serve)?;
    if let Some(file) = &arguments.ca_out {
        fs::write(file, server.ca_pem()).map_err(|cause| {
            Error::new(Kind::Configuration, format!("cannot write {}", file.display()))
                .with_cause(cause)
        })?;
    }
    output::result(&format!("serving {}\n", url(arguments.tls, server.addr())))?;
    // The server works on its own threads until a signal ends it. The sender lives as long as the
    // process, so this does not return earlier.
    let _ = interrupted.recv();
    if !server.stop_within(STOP_LIMIT) {
        output::note("mailer: a session did not end within 5 s");
    }
    Ok(Status::INTERRUPTED)
}

fn cannot_serve(cause: StartError) -> Error {
    let hint = match cause {
        StartError::Store(_) => "choose another --maildir: a directory that you may write to",
        _ => "choose another --listen; port 0 lets the system choose",
    };
    Error::new(Kind::Configuration, "cannot start the server").with_cause(cause).with_hint(hint)
}

fn config(arguments: &Arguments) -> Result<Config, Error> {
    let mut config = Config::default().with_listen(arguments.listen).with_on_mail(print);
    config.on_failure = Some(FailureHook::new(print_failure));
    config.security = match arguments.tls {
        Tls::Starttls => Security::StartTls,
        Tls::Implicit => Security::Implicit,
        Tls::None => Security::Plain,
    };
    config.profile = Profile::named(&arguments.profile).unwrap_or_default();
    config.accounts.clear();
    let user = arguments.user.as_deref().filter(|user| !user.is_empty());
    if let Some(user) = user {
        let password = arguments.password.password(user, None)?;
        config.accounts.push(Account::new(user, password.reveal()));
    }
    config.auth_required = Some(user.is_some());
    config.allow_auth_without_tls = matches!(arguments.tls, Tls::None);
    config.keep_transcript = false;
    config.limits.session = arguments.session_timeout;
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

/// Prints one line for an accepted message.
fn print(mail: &StoredMail) {
    let sender = escape(mail.sender.as_deref().unwrap_or_default());
    let recipients = mail.recipients.iter().map(|to| format!("<{}>", escape(to)));
    let recipients: Vec<String> = recipients.collect();
    let file = mail.file.as_ref().map(|file| file.display().to_string());
    let place = file.map_or_else(String::new, |file| format!(" in {}", escape(&file)));
    let line =
        format!("mail from <{sender}> to {} ({} bytes){place}\n", recipients.join(", "), mail.size);
    if let Err(error) = output::result(&line) {
        output::error(&error);
    }
}

/// Prints that new clients must wait, or are disconnected, until the system has resources again.
fn print_failure(cause: &io::Error) {
    output::error(
        &Error::new(Kind::Internal, "cannot accept more connections for now")
            .with_cause(cause.to_string())
            .with_hint("raise the limits of open files (ulimit -n) and processes (ulimit -u)"),
    );
}

fn url(tls: Tls, address: SocketAddr) -> String {
    match tls {
        Tls::Starttls => format!("smtp://{address}"),
        Tls::Implicit => format!("smtps://{address}"),
        Tls::None => format!("smtp://{address}?tls=none"),
    }
}
