//! The embedded server with a client that sends arbitrary bytes: the server sends complete replies, and
//! stores exactly the mails that it accepts.

#![no_main]

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::LazyLock,
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Cuts;
use mailer_server::{Config, EmbeddedServer};
use socket2::SockRef;

static SERVER: LazyLock<EmbeddedServer> =
    LazyLock::new(|| EmbeddedServer::start(Config::plain()).expect("the server starts"));

/// The time after which a server counts as hanging: far more than a reply takes.
const HANGS_AFTER: Duration = Duration::from_secs(20);

fuzz_target!(|input: (Cuts, &[u8])| {
    let (cuts, bytes) = input;
    let replies = answers(cuts.pieces(bytes));
    let codes: Vec<u16> = replies.lines().map(code).collect();
    assert_eq!(codes.first(), Some(&220), "{replies}");
    let promised = replies.lines().filter(|line| line.contains("Stored as")).count();
    let mails = SERVER.take_mails();
    assert_eq!(mails.len(), promised, "{replies}");
    for mail in mails {
        assert!(!mail.recipients.is_empty());
        let bare = mail.content.split(|&byte| byte == b'\n').rev().skip(1);
        assert!(bare.into_iter().all(|line| line.ends_with(b"\r")), "a bare LF is stored");
    }
});

/// Returns everything that the server sends to a client that sends these pieces.
fn answers<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let mut client = TcpStream::connect(SERVER.addr()).expect("the server listens");
    // A connection that ends with a reset does not linger. There is one connection per input.
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("it can be set");
    client.set_read_timeout(Some(HANGS_AFTER)).expect("it can be set");
    client.set_nodelay(true).expect("it can be set");
    let sent = pieces.map(|piece| client.write_all(piece)).all(|sent| sent.is_ok());
    // The server may have closed the connection before everything was sent.
    let _ = client.shutdown(Shutdown::Write);
    let mut replies = Vec::new();
    let end = client.read_to_end(&mut replies);
    assert!(end.is_ok() || !sent, "{end:?}");
    String::from_utf8(replies).expect("replies are text")
}

/// Returns the code of a line, which must be a line of a reply.
fn code(line: &str) -> u16 {
    let (code, rest) = line.split_at(3);
    assert!(rest.starts_with([' ', '-']), "{line:?}");
    assert!(!rest.contains(char::is_control), "{line:?}");
    code.parse().expect("a reply begins with its code")
}
