//! lettre as its users use it, without our adapter: messages over one connection, then QUIT.
//!
//! The password is in `SMTP_PASSWORD`. The last line of the output is the peak memory of the process.

use std::{env, error::Error, fs};

use lettre::{
    SmtpTransport, Transport,
    address::Envelope,
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};

const USAGE: &str =
    "none|starttls|implicit HOST PORT HELLO USER FROM TO CA FILE MESSAGES, or --version";
/// The name in the server's certificate. The client connects to the address of the link.
const NAME: &str = "localhost";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let &[tls, host, port, hello, user, from, to, ca, file, messages] = words.as_slice() else {
        return if words == ["--version"] { Ok(version()) } else { Err(USAGE.into()) };
    };
    let mut builder = SmtpTransport::builder_dangerous(host)
        .port(port.parse()?)
        .hello_name(ClientId::Domain(hello.to_owned()))
        .pool_config(PoolConfig::new().max_size(1));
    if tls != "none" {
        let parameters = TlsParameters::builder(NAME.to_owned())
            .add_root_certificate(Certificate::from_pem(&fs::read(ca)?)?)
            .build()?;
        builder = builder.tls(match tls {
            "implicit" => Tls::Wrapper(parameters),
            _ => Tls::Required(parameters),
        });
        builder =
            builder.credentials(Credentials::new(user.to_owned(), env::var("SMTP_PASSWORD")?));
    }
    let (transport, content) = (builder.build(), fs::read(file)?);
    let envelope = Envelope::new(Some(from.parse()?), vec![to.parse()?])?;
    for _ in 0..messages.parse()? {
        transport.send_raw(&envelope, &content)?;
    }
    transport.shutdown();
    println!("{}", peak_memory().unwrap_or_default());
    Ok(())
}

/// Returns the line in which Linux reports the peak memory.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with("VmHWM:")).map(str::to_owned)
}

/// Prints the version of the library that is built in.
fn version() {
    let mut lock = include_str!("Cargo.lock").lines();
    lock.find(|line| *line == "name = \"lettre\"");
    let version = lock.next().unwrap_or_default().trim_start_matches("version = ");
    println!("lettre {}", version.trim_matches('"'));
}
