//! A server that accepts a mail and is gone: the mail is reported once, and never sent again.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use mailer::{Envelope, Error, Kind, Mail, Mailer, Message, Outcome, Receipt, Reply, Server, Step};
use mailer_compare::Experiment;
use mailer_lab::Contender;

/// A mailer with a connection for each mail, to a server that goes away after the first.
struct EachItsOwn {
    server: Server,
    listener: Arc<Mutex<Option<TcpListener>>>,
}

impl Mailer for EachItsOwn {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn send(&mut self, _: &Mail) -> Receipt {
        let to = self.server.connect_to.expect("the link's address");
        let socket = TcpStream::connect(to).expect("the link is there");
        match self.listener.lock().unwrap().take() {
            Some(listener) => {
                listener.accept().expect("the link comes");
                Receipt::accepted(vec![Some(Reply::new(250, "ok"))], Reply::new(250, "ok"))
            }
            None => {
                let ended = std::io::Read::read(&mut &socket, &mut [0]);
                assert!(matches!(ended, Ok(0) | Err(_)), "the link has no server to reach");
                Receipt::not_sent(Error::lost(Step::Greeting))
            }
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn trace_to(&mut self, _: Option<Arc<dyn mailer::Trace>>) {}
}

#[test]
fn a_server_that_goes_away_between_mails_gets_no_mail_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr: SocketAddr = listener.local_addr().unwrap();
    let listener = Arc::new(Mutex::new(Some(listener)));
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let make = move |server: &Server| -> Result<Box<dyn Mailer>, Error> {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(EachItsOwn { server: server.clone(), listener: Arc::clone(&listener) }))
    };
    let contender = Contender::new("one", make);
    let mut server: Server = "smtp://mail.example.test?tls=none".parse().unwrap();
    server.connect_to = Some(addr);
    let envelope = Envelope::new(None, vec!["bob@example.test".parse().unwrap()]).unwrap();
    let mail = Mail::new(envelope, Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap());
    let comparison = Experiment::new(&server, &mail).mails(3).run(&[contender]).unwrap();
    let receipts: Vec<_> = comparison.observations[0].receipts().collect();
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::NotSent, Outcome::NotSent]);
    // The link could not reach the server, and the client could not know.
    let error = receipts[1].error.as_ref().unwrap();
    assert_eq!((error.kind(), error.step()), (Kind::Unreachable, Some(Step::Connect)));
    assert_eq!(made.load(Ordering::Relaxed), 1, "the observation is not run again");
}
