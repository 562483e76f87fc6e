//! The mail-send crate as its users use it: messages over one connection, then QUIT.
//!
//! The password is in `SMTP_PASSWORD`, and the file with the CA to trust is named by `SSL_CERT_FILE`.

use std::{env, error::Error, fs};

use mail_send::{SmtpClient, SmtpClientBuilder, smtp::message::Message};
use tokio::io::{AsyncRead, AsyncWrite};

const USAGE: &str = "none|starttls|implicit HOST PORT USER FROM TO FILE MESSAGES, or --version";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let &[tls, host, port, user, from, to, file, messages] = words.as_slice() else {
        return if words == ["--version"] { Ok(version()) } else { Err(USAGE.into()) };
    };
    let (content, messages) = (fs::read(file)?, messages.parse()?);
    let server = SmtpClientBuilder::new(host, port.parse()?)?
        .implicit_tls(tls == "implicit")
        .helo_host("client.example.test");
    let mail = Message::new(from, [to], content.as_slice());
    if tls == "none" {
        return send(server.connect_plain().await?, &mail, messages).await;
    }
    let password = env::var("SMTP_PASSWORD")?;
    let server = server.credentials((user, password.as_str()));
    send(server.connect().await?, &mail, messages).await
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<S>,
    mail: &Message<'_>,
    messages: u32,
) -> Result<(), Box<dyn Error>> {
    for _ in 0..messages {
        client.send(mail.clone()).await?;
    }
    Ok(client.quit().await?)
}

/// Prints the version of the library that is built in.
fn version() {
    let mut lock = include_str!("Cargo.lock").lines();
    lock.find(|line| *line == "name = \"mail-send\"");
    let version = lock.next().unwrap_or_default().trim_start_matches("version = ");
    println!("mail-send {}", version.trim_matches('"'));
}
