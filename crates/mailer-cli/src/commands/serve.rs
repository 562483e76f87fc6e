//! `mailer serve`: the embedded server for other clients.

use std::{fs, net::SocketAddr, path::PathBuf};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Kind};
use mailer_server::{Account, Config, EmbeddedServer, Profile, Security, Store, StoredMail};

use crate::{
    exit::Status,
    options::{PasswordOptions, Tls},
    output,
};

/// Runs the embedded SMTP server for other clients, and prints each mail it takes
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
    /// Keeps the mails in this maildir, too
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
}

fn profiles() -> PossibleValuesParser {
    Profile::NAMES.to_vec().into()
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let server = EmbeddedServer::start(config(arguments)?).map_err(|cause| {
        Error::new(Kind::Configuration, format!("cannot serve on {}", arguments.listen))
            .because(cause)
            .hint("choose another --listen; port 0 lets the system choose")
    })?;
    if let Some(file) = &arguments.ca_out {
        fs::write(file, server.ca_pem()).map_err(|cause| {
            Error::new(Kind::Configuration, format!("cannot write {}", file.display()))
                .because(cause)
        })?;
    }
    output::result(&format!("serving {}\n", url(arguments.tls, server.addr())))?;
    // The server works on its own threads, until the process is told to stop.
    loop {
        std::thread::park();
    }
}

fn config(arguments: &Arguments) -> Result<Config, Error> {
    let mut config = Config::default().with_listen(arguments.listen).with_on_mail(print);
    config.security = match arguments.tls {
        Tls::Starttls => Security::StartTls,
        Tls::Implicit => Security::Implicit,
        Tls::None => Security::Plain,
    };
    config.profile = Profile::named(&arguments.profile).unwrap_or_default();
    config.accounts.clear();
    if let Some(user) = &arguments.user {
        let password = arguments.password.password(user, None)?;
        config.accounts.push(Account::new(user.as_str(), password.reveal()));
    }
    config.auth_required = Some(arguments.user.is_some());
    config.allow_auth_without_tls = matches!(arguments.tls, Tls::None);
    config.keep_transcript = false;
    config.store = match &arguments.maildir {
        Some(directory) => Store::Maildir(directory.clone()),
        // It serves for ever: what it has printed it need not keep.
        None => Store::Count,
    };
    Ok(config)
}

/// One line for each mail, as it is taken.
fn print(mail: &StoredMail) {
    let sender = mail.sender.as_deref().unwrap_or_default();
    let recipients: Vec<String> = mail.recipients.iter().map(|to| format!("<{to}>")).collect();
    let place =
        mail.file.as_ref().map_or_else(String::new, |file| format!(" in {}", file.display()));
    let line = format!(
        "mail from <{sender}> to {} ({} octets){place}\n",
        recipients.join(", "),
        mail.octets
    );
    if let Err(error) = output::result(&line) {
        output::complain(&error);
    }
}

fn url(tls: Tls, address: SocketAddr) -> String {
    match tls {
        Tls::Starttls => format!("smtp://{address}"),
        Tls::Implicit => format!("smtps://{address}"),
        Tls::None => format!("smtp://{address}?tls=none"),
    }
}
