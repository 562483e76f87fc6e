//! `mailer serve`: the embedded server for other clients.

use std::{fs, io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Kind, escape};
use mailer_server::{
    Account, Config, EmbeddedServer, FailureHook, Profile, Security, StartError, Store, StoredMail,
};

use crate::{
    exit::Status,
    interruption,
    options::{PasswordOptions, Tls, seconds},
    output,
};

/// Runs the embedded SMTP server for other clients, and prints each mail it takes
///
/// Ctrl-C, SIGTERM and SIGHUP end it: open sessions get 421, a mail that is complete is delivered, and one
/// that is not leaves nothing behind. The exit status is 130. A second signal ends it at once.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// When TLS starts
    #[arg(long, value_enum, default_value_t = Tls::Starttls)]
    tls: Tls,
    /// Demands that clients log in as USER
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    password: PasswordOptions,
    /// Writes the certificate of the server's throw-away CA to FILE, for clients to believe
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Announces what such a server announces, and takes flights as it does
    #[arg(long, value_name = "PROFILE", default_value = "gmail", value_parser = profiles())]
    profile: String,
    /// The longest that a client may take for a command, for a TLS handshake, or between two pieces of
    /// content [default: 300, for a TLS handshake 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// The longest that a session may last, whatever happens in it
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3600")]
    session_timeout: Duration,
    /// Delivers each mail to this maildir, for you only, and syncs it to the disk
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
}

fn profiles() -> PossibleValuesParser {
    Profile::NAMES.to_vec().into()
}

/// How long sessions may take to end once a signal has asked for it. A session takes longer only if
/// the line that it prints is not read.
const STOP_LIMIT: Duration = Duration::from_secs(5);

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let interrupted = interruption::receiver()?;
    let server = EmbeddedServer::start(config(arguments)?)
        .map_err(|cause| cannot_serve(arguments, cause))?;
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
        output::note("mailer: a session did not end in time");
    }
    Ok(Status::INTERRUPTED)
}

fn cannot_serve(arguments: &Arguments, cause: StartError) -> Error {
    let hint = match cause {
        StartError::Store(_) => "choose another --maildir: a directory that you may write to",
        _ => "choose another --listen; port 0 lets the system choose",
    };
    Error::new(Kind::Configuration, format!("cannot serve on {}", arguments.listen))
        .with_cause(cause)
        .with_hint(hint)
}

fn config(arguments: &Arguments) -> Result<Config, Error> {
    let mut config = Config::default().with_listen(arguments.listen).with_on_mail(print);
    config.on_failure = Some(FailureHook::new(complain));
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
        // It serves for ever: what it has printed it need not keep.
        None => Store::Count,
    };
    Ok(config)
}

/// One line for each mail, as it is taken.
fn print(mail: &StoredMail) {
    let sender = escape(mail.sender.as_deref().unwrap_or_default());
    let recipients = mail.recipients.iter().map(|to| format!("<{}>", escape(to)));
    let recipients: Vec<String> = recipients.collect();
    let file = mail.file.as_ref().map(|file| file.display().to_string());
    let place = file.map_or_else(String::new, |file| format!(" in {}", escape(&file)));
    let line = format!(
        "mail from <{sender}> to {} ({} octets){place}\n",
        recipients.join(", "),
        mail.size
    );
    if let Err(error) = output::result(&line) {
        output::complain(&error);
    }
}

/// Clients wait, or are hung up on, until there is room again.
fn complain(cause: &io::Error) {
    output::complain(
        &Error::new(Kind::Internal, "cannot serve more connections for now")
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
