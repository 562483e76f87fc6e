//! Two clients that make the usual mistakes. Exercise 16 must catch them in every case, or a case proves
//! nothing about the learner's client.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use native_tls::TlsConnector;
use smtp_client::given::{Error, Mail, Outcome, Server, Stream};

use crate::{
    hostile_scripts::scripts,
    step_16_hostile::{NAMES, run},
};

/// The cases in which the message must be accepted: a client that believes everything passes them.
const FOR_THE_BELIEVER: [&str; 3] =
    ["replies::byte_by_byte", "content::lf_dot_lf", "quit::quit_closes"];

#[test]
fn every_case_has_a_script_and_a_test() {
    let named: Vec<_> = scripts().iter().map(|(name, _)| *name).collect();
    assert_eq!(named, NAMES);
}

#[test]
fn a_client_that_reads_no_code_fails_in_the_cases_that_refuse() {
    for name in NAMES.iter().filter(|name| !FOR_THE_BELIEVER.contains(name)) {
        let caught = run(name, |server, mail| {
            // Whatever happens, it reports success.
            let _ = believe_everything(server, mail);
            Outcome::Accepted
        });
        let failure = caught.expect_err(name);
        assert!(failure.contains("Lost: "), "{failure}");
    }
}

#[test]
fn a_client_that_takes_one_read_for_one_reply_fails_in_the_cases_that_accept() {
    for name in FOR_THE_BELIEVER {
        let caught = run(name, |server, mail| match one_read_per_reply(server, mail) {
            Ok(()) => Outcome::Accepted,
            Err(cause) => Outcome::NotSent(Error::Lost(cause)),
        });
        caught.expect_err(name);
    }
}

/// Sends everything, and looks at nothing that the server says.
fn believe_everything(server: &Server, mail: &Mail) -> io::Result<()> {
    let stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_millis(300)))?;
    let mut stream: BufReader<Box<dyn Stream>> = BufReader::new(Box::new(stream));
    skip_reply(&mut stream);
    say(&mut stream, "EHLO client.example.test\r\n")?;
    if let Some(tls) = &server.tls {
        say(&mut stream, "STARTTLS\r\n")?;
        let connector = TlsConnector::builder().danger_accept_invalid_certs(true).build();
        let connector = connector.map_err(io::Error::other)?;
        // What does not become TLS goes on without it.
        match connector.connect(&tls.name, stream.into_inner()) {
            Ok(secured) => stream = BufReader::new(Box::new(secured)),
            Err(_) => {
                let again = TcpStream::connect(server.address)?;
                again.set_read_timeout(Some(Duration::from_millis(300)))?;
                stream = BufReader::new(Box::new(again));
                skip_reply(&mut stream);
            }
        }
        say(&mut stream, "EHLO client.example.test\r\n")?;
    }
    if let Some(login) = &server.login {
        let response = STANDARD.encode(format!("\0{}\0{}", login.user, login.password));
        say(&mut stream, &format!("AUTH PLAIN {response}\r\n"))?;
    }
    say(&mut stream, &format!("MAIL FROM:<{}>\r\n", mail.from))?;
    for recipient in &mail.to {
        say(&mut stream, &format!("RCPT TO:<{recipient}>\r\n"))?;
    }
    say(&mut stream, "DATA\r\n")?;
    stream.get_mut().write_all(&mail.content)?;
    say(&mut stream, "\r\n.\r\n")
}

fn say(stream: &mut BufReader<Box<dyn Stream>>, text: &str) -> io::Result<()> {
    stream.get_mut().write_all(text.as_bytes())?;
    skip_reply(stream);
    Ok(())
}

/// Reads the lines of one reply, and ignores them and all errors.
fn skip_reply(stream: &mut BufReader<Box<dyn Stream>>) {
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        if line.get(3) != Some(&b'-') {
            break;
        }
        line.clear();
    }
}

/// Takes what one read returns for the reply, sends line ends as they are, and fails if QUIT does.
fn one_read_per_reply(server: &Server, mail: &Mail) -> io::Result<()> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut ask = |text: &[u8], code: &str| {
        stream.write_all(text)?;
        let mut reply = [0; 1024];
        let count = stream.read(&mut reply)?;
        let reply = String::from_utf8_lossy(&reply[..count]).into_owned();
        if reply.starts_with(code) { Ok(()) } else { Err(io::Error::other(reply)) }
    };
    ask(b"", "220")?;
    ask(b"EHLO client.example.test\r\n", "250")?;
    ask(format!("MAIL FROM:<{}>\r\n", mail.from).as_bytes(), "250")?;
    ask(format!("RCPT TO:<{}>\r\n", mail.to[0]).as_bytes(), "250")?;
    ask(b"DATA\r\n", "354")?;
    ask(&[mail.content.as_slice(), b"\r\n.\r\n"].concat(), "250")?;
    ask(b"QUIT\r\n", "221")
}
