//! Stores: where messages are kept, and what the server reports about them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};

use mailer_server::{Config, EmbeddedServer, Store, Tally};

use crate::client::{Client, TIMEOUT, start};

fn send(server: &EmbeddedServer, content: &str) {
    let mut client = Client::connect(server);
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM:<>", "250");
    client.says("RCPT TO:<b@example.com>", "250");
    client.says("DATA", "354");
    client.send(format!("{content}\r\n.\r\n"));
    client.expect("250");
    client.says("QUIT", "221");
}

#[test]
fn a_message_in_memory_has_its_envelope_and_content() {
    let server = start(Config::plain());
    send(&server, "one");
    let mails = server.mails();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((mail.session, &mail.sender, &mail.authenticated_as), (1, &None, &None));
    assert_eq!(mail.recipients, ["b@example.com"]);
    assert_eq!((mail.body_8bit, mail.smtputf8, mail.via_bdat), (false, false, false));
    assert_eq!((&*mail.content, mail.size, &mail.file), (b"one\r\n".as_slice(), 5, &None));
    assert_eq!(server.take_mails().len(), 1);
    assert_eq!((server.mails().len(), server.stored().mails), (0, 1));
}

#[test]
fn counted_messages_have_a_tally_only() {
    let server = start(Config::plain().with_store(Store::Count));
    let mut sent = Tally::default();
    for content in ["one", "two", "three"] {
        send(&server, content);
    }
    for content in ["three\r\n", "one\r\n", "two\r\n"] {
        sent.count(content.as_bytes());
    }
    assert_eq!(server.stored(), sent);
    assert!(server.mails().is_empty());
}

/// Starts a server with a maildir, and returns a channel with the files that it delivers.
fn with_maildir(maildir: &Path) -> (EmbeddedServer, mpsc::Receiver<PathBuf>) {
    let (sender, files) = mpsc::channel();
    let config = Config::plain().with_store(Store::Maildir(maildir.to_owned()));
    let server = start(config.with_on_mail(move |mail| {
        assert!(mail.content.is_empty(), "the content is in the file only");
        let _ = sender.send(mail.file.clone().expect("a file"));
    }));
    (server, files)
}

#[test]
fn a_maildir_gets_one_file_per_message_and_memory_none() {
    let root = tempfile::tempdir().expect("a directory");
    let maildir = root.path().join("mail");
    let (server, files) = with_maildir(&maildir);
    for content in ["exactly this", "and this"] {
        send(&server, content);
        let file = files.try_recv().expect("delivered before the reply");
        assert_eq!(file.parent(), Some(maildir.join("new").as_path()));
        assert_eq!(fs::read(file).expect("read"), format!("{content}\r\n").as_bytes());
    }
    assert_eq!(server.stored().mails, 2);
    assert!(
        server.mails().is_empty(),
        "a server that runs for years must not keep messages in memory"
    );
}

#[test]
fn an_unfinished_message_leaves_no_file_in_a_maildir() {
    let root = tempfile::tempdir().expect("a directory");
    let (server, _files) = with_maildir(root.path());
    let in_tmp = || fs::read_dir(root.path().join("tmp")).expect("a directory").count();
    let mut clients: Vec<Client> = Vec::new();
    for (begin, reply) in [("DATA\r\n", "354"), ("BDAT 4\r\nhalf", "250")] {
        let mut client = Client::connect(&server);
        client.expect("220");
        client.says("EHLO client.example", "250");
        client.says("MAIL FROM:<>", "250");
        client.says("RCPT TO:<b@example.com>", "250");
        client.send(begin);
        client.expect(reply);
        clients.push(client);
        assert_eq!(in_tmp(), clients.len());
    }
    // One client disconnects, and the server stops before the other has finished.
    clients.truncate(1);
    drop(server);
    assert_eq!(in_tmp(), 0);
    assert_eq!(fs::read_dir(root.path().join("new")).expect("a directory").count(), 0);
}

#[test]
fn the_hook_is_called_before_the_reply() {
    let (sender, receiver) = mpsc::channel();
    let config = Config::plain().with_on_mail(move |mail| {
        let _ = sender.send(mail.size);
    });
    let server = start(config);
    send(&server, "one");
    assert_eq!(receiver.try_recv(), Ok(5));
}

#[test]
fn waiting_for_messages_ends_with_the_message_or_the_timeout() {
    let server = start(Config::plain());
    assert!(!server.wait_for_mails(1, Duration::from_millis(1)));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.wait_for_mails(1, TIMEOUT));
        send(&server, "one");
        assert!(waiting.join().expect("no panic"));
    });
}

#[test]
fn waiting_for_sessions_ends_with_the_last_one() {
    let (server, client) = crate::client::plain();
    assert!(!server.wait_for_sessions(Duration::from_millis(1)));
    drop(client);
    assert!(server.wait_for_sessions(TIMEOUT));
}

#[test]
fn debug_output_hides_passwords() {
    let server = start(Config::plain());
    let password = &server.account().expect("an account").password;
    assert!(!format!("{server:?}").contains(password.as_str()));
}
