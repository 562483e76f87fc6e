//! A server that says nothing: what people are told while they wait.

use std::net::TcpListener;

use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{SMALL, backends},
};

/// All at once, since each takes the five seconds after which the command says something, and one
/// more.
#[test]
fn after_five_seconds_it_says_what_is_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let url = format!("smtp://{}?tls=none", silent.local_addr().expect("it has an address"));
    std::thread::scope(|scope| {
        for backend in backends() {
            let url = &url;
            scope.spawn(move || says_what_is_waited_for(url, backend));
        }
    });
}

fn says_what_is_waited_for(url: &str, backend: &str) {
    let mut command = binary::mailer();
    command.args(["send", "--server", url, "--backend", backend, "--timeout", "6"]).args(SMALL);
    let ran = run(&mut command).exits(75);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let [waiting, error] = lines.as_slice() else { panic!("not two lines: {ran:#?}") };
    assert!(
        waiting.starts_with("mailer: still waiting for 127.0.0.1 port "),
        "{backend}: {waiting}"
    );
    assert!(waiting.contains("smtps://"), "{backend}: {waiting}");
    assert!(error.starts_with("mailer: no answer within 6 s (at greeting)"), "{backend}: {error}");
}
