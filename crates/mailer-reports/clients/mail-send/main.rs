//! The mail-send crate as its users use it: messages over one connection, or several connections one after another.
//!
//! The password is in `SMTP_PASSWORD`, and the file with the CA to trust is named by `SSL_CERT_FILE`.

use std::{env, error::Error, fs, time::Instant};

use mail_send::{SmtpClient, SmtpClientBuilder, smtp::message::Message};
use tokio::io::{AsyncRead, AsyncWrite};

const USAGE: &str =
    "send|open none|starttls|implicit HOST PORT USER FROM TO FILE COUNT, or --version";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let &[action, tls, host, port, user, from, to, file, count] = words.as_slice() else {
        return if words == ["--version"] { Ok(version()) } else { Err(USAGE.into()) };
    };
    let (content, count) = (fs::read(file)?, count.parse()?);
    let server = SmtpClientBuilder::new(host, port.parse()?)?
        .implicit_tls(tls == "implicit")
        .helo_host("client.example.test");
    let mail = Message::new(from, [to], content.as_slice());
    if tls == "none" {
        return send(server.connect_plain().await?, &mail, count).await;
    }
    let password = env::var("SMTP_PASSWORD")?;
    let server = server.credentials((user, password.as_str()));
    match action {
        "open" => open(&server, &mail, count).await,
        _ => send(server.connect().await?, &mail, count).await,
    }
}

/// Opens connections one after another, sends the message over the last one, and prints how many nanoseconds each took
/// until it was ready.
async fn open(
    server: &SmtpClientBuilder<&str>,
    mail: &Message<'_>,
    connections: u32,
) -> Result<(), Box<dyn Error>> {
    let mut lines = String::new();
    for left in (0..connections).rev() {
        let started = Instant::now();
        let client = server.connect().await?;
        lines += &format!("ready {}\n", started.elapsed().as_nanos());
        send(client, mail, u32::from(left == 0)).await?;
    }
    print!("{lines}");
    Ok(())
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
