//! STARTTLS and implicit TLS.

use std::io::{Read, Write};

use mailer_server::{CertificateKind, Config, EmbeddedServer, Identity, StartError, TlsVersions};
use rustls::ProtocolVersion;

use crate::client::{Client, secured, socket, start, tls, tls_to};

#[test]
fn starttls_secures_a_message() {
    let server = start(Config::default().with_auth_required(false));
    let mut client = secured(&server);
    client.send(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
    let replies = client.read();
    assert_eq!(replies.lines().count(), 3, "{replies}");
    client.send(b"inside\r\n.\r\n");
    client.expect("250");
    client.says("QUIT", "221");
    assert!(client.is_closed());
    assert_eq!(&*server.mails()[0].content, b"inside\r\n");
}

#[test]
fn starttls_forgets_the_ehlo() {
    let server = start(Config::default().with_auth_required(false));
    let socket = socket(&server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "220");
    let mut client = Client::over(tls(&server, socket));
    client.says("MAIL FROM:<a@example.com>", "503");
}

#[test]
fn implicit_tls_uses_1_3_and_omits_starttls() {
    let server = start(Config::implicit().with_auth_required(false));
    let mut stream = tls(&server, socket(&server));
    stream.conn.complete_io(&mut stream.sock).expect("a handshake");
    assert_eq!(stream.conn.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let mut client = Client::over(stream);
    client.expect("220");
    let reply = client.says("EHLO client.example", "250");
    assert!(!reply.contains("STARTTLS"), "{reply}");
    client.send(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nBDAT 2 LAST\r\n\r\n");
    for code in ["250", "250", "250"] {
        client.expect(code);
    }
    assert_eq!(server.stored().bytes, 2);
}

#[test]
fn input_right_before_close_notify_is_processed() {
    let server = start(Config::implicit().with_auth_required(false));
    let mut stream = tls(&server, socket(&server));
    stream
        .write_all(b"HELO client.example\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nx\r\n.\r\n")
        .expect("sent");
    stream.conn.send_close_notify();
    stream.flush().expect("sent");
    assert!(server.wait_for_mails(1, crate::client::TIMEOUT));
}

#[test]
fn tls_1_2_is_used_where_configured() {
    let server = start(Config::implicit().with_tls_versions(TlsVersions::Tls12));
    let mut stream = tls(&server, socket(&server));
    stream.conn.complete_io(&mut stream.sock).expect("a handshake");
    assert_eq!(stream.conn.protocol_version(), Some(ProtocolVersion::TLSv1_2));
}

#[test]
fn session_tickets_are_sent_only_where_configured() {
    for tickets in [0, 2] {
        let config = Config::implicit().with_session_tickets(tickets);
        let server = start(config.with_auth_required(false));
        let mut stream = tls(&server, socket(&server));
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).expect("a greeting");
        assert_eq!((&greeting, stream.conn.tls13_tickets_received()), (b"220 ", tickets as u32));
    }
}

#[test]
fn input_in_the_clear_after_starttls_is_refused() {
    let server = start(Config::default().with_auth_required(false));
    let mut client = Client::connect(&server);
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.send(b"STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@example.com>\r\n");
    client.expect("503");
    assert!(client.is_closed());

    // After the reply: the input is no TLS record, so the handshake fails.
    let mut client = Client::connect(&server);
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "220");
    client.send(b"MAIL FROM:<evil@example.com>\r\n");
    assert!(client.is_closed() || !client.read().starts_with("250"));
}

#[test]
fn each_kind_of_certificate_has_its_defect() {
    for (kind, expected) in [
        (CertificateKind::Good, ""),
        (CertificateKind::Expired, "Expired"),
        (CertificateKind::WrongHost, "NotValidForName"),
        (CertificateKind::SelfSigned, "UnknownIssuer"),
        (CertificateKind::NotYetValid, "NotValidYet"),
        (CertificateKind::UnknownAuthority, "UnknownIssuer"),
    ] {
        let server = start(Config::implicit().with_certificate(kind));
        let mut stream = tls(&server, socket(&server));
        let error = match stream.conn.complete_io(&mut stream.sock) {
            Ok(_) => String::new(),
            Err(error) => format!("{error:?}"),
        };
        assert!(
            error.contains(expected) && error.is_empty() == expected.is_empty(),
            "{kind:?}: {error}"
        );
    }
}

#[test]
fn a_certificate_of_the_caller_is_presented() {
    let names = ["mail.example.test".to_owned(), "localhost".to_owned()];
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::new(names).expect("names").self_signed(&key);
    let (pem, key) = (certificate.expect("signed").pem(), key.serialize_pem());
    let identity = Identity::from_pem(pem.as_bytes(), key.as_bytes()).expect("an identity");
    let server = start(Config::implicit().with_identity(identity));
    assert_eq!(server.ca_pem(), pem);
    let mut stream = tls(&server, socket(&server));
    stream.conn.complete_io(&mut stream.sock).expect("a handshake");

    let other = rcgen::KeyPair::generate().expect("a key").serialize_pem();
    let identity = Identity::from_pem(pem.as_bytes(), other.as_bytes()).expect("both are there");
    let error = EmbeddedServer::start(Config::implicit().with_identity(identity));
    assert!(matches!(error, Err(StartError::Identity(_))), "{error:?}");
}

#[test]
fn the_certificate_has_the_configured_names_too() {
    let mut config = Config::implicit();
    config.certificate_names = vec!["192.0.2.1".to_owned()];
    let server = start(config);
    let mut stream = tls_to("192.0.2.1", &server, socket(&server));
    stream.conn.complete_io(&mut stream.sock).expect("a handshake");
}

// Linux has all of 127.0.0.0/8 on loopback, other systems only 127.0.0.1.
#[cfg(target_os = "linux")]
#[test]
fn several_addresses_have_one_server_and_one_count_of_sessions() {
    let mut config = Config::plain();
    config.also_listen = vec!["127.0.0.2:0".parse().expect("an address")];
    let server = start(config);
    let [first, second] = server.addrs() else { panic!("{:?}", server.addrs()) };
    assert_eq!((first.port(), *first), (second.port(), server.addr()));
    for (addr, session) in [(first, 1), (second, 2)] {
        let mut client = Client::over(std::net::TcpStream::connect(addr).expect("connected"));
        client.expect("220");
        client.says("EHLO client.example", "250");
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n.\r\n");
        (0..4).for_each(|_| drop(client.expect("")));
        assert_eq!(server.take_mails().pop().map(|mail| mail.session), Some(session));
    }
    let addrs = [*first, *second];
    drop(server);
    for addr in addrs {
        assert!(std::net::TcpStream::connect(addr).is_err(), "{addr} is closed");
    }
}
