//! The replies to EHLO of every profile of the embedded server.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use mailer::Step;
use mailer_notes::{Piece, annotate};
use mailer_server::{Config, EmbeddedServer, Profile};

#[test]
fn every_keyword_of_every_profile_is_known() {
    for name in Profile::NAMES {
        for config in [Config::default(), Config::plain()] {
            let profile = Profile::named(name).expect("it is listed");
            let reply = reply_to_ehlo(config.with_profile(profile));
            assert!(reply.starts_with("250"), "{name}: {reply}");
            let [annotated] =
                annotate(&[Piece::server(Step::Ehlo, reply.as_bytes())]).try_into().expect("one");
            for token in annotated.tokens {
                assert!(!token.note.is_unknown(), "{name}: {:?} in {reply}", &reply[token.range]);
            }
        }
    }
}

fn reply_to_ehlo(config: Config) -> String {
    let server = EmbeddedServer::start(config).expect("it starts");
    let mut client = TcpStream::connect(server.addr()).expect("it listens");
    client.write_all(b"EHLO client.example.test\r\n").expect("it reads");
    let lines = BufReader::new(client).lines().map(|line| line.expect("it replies"));
    let mut reply = String::new();
    for line in lines.skip(1) {
        reply.push_str(&line);
        reply.push_str("\r\n");
        if line.get(3..4) == Some(" ") {
            break;
        }
    }
    reply
}
