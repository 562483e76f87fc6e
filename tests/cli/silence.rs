//! A server that does not send its greeting: the note that the client prints while it waits.

use std::net::TcpListener;

use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{SMALL, backends},
};

/// All backends run at the same time, because each needs six seconds: the note appears after five.
#[test]
fn a_note_appears_if_the_greeting_takes_longer_than_five_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("smtp://{}?tls=none", silent.local_addr().expect("an address"));
    std::thread::scope(|scope| {
        for backend in backends() {
            let url = &url;
            scope.spawn(move || prints_the_note(url, backend));
        }
    });
}

fn prints_the_note(url: &str, backend: &str) {
    let mut command = binary::mailer();
    command.args(["send", "--server", url, "--backend", backend, "--timeout", "6"]).args(SMALL);
    let ran = run(&mut command).exits(75);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let [note, error, _hint] = lines.as_slice() else { panic!("not three lines: {ran:#?}") };
    assert!(
        note.starts_with("mailer: still waiting for the greeting of 127.0.0.1 port "),
        "{backend}: {note}"
    );
    assert!(note.contains("smtps://"), "{backend}: {note}");
    assert!(error.starts_with("mailer: no reply within 6 s (at greeting)"), "{backend}: {error}");
}
