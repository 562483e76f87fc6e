//! A driver of the protocol on tokio, without TLS: it has absolute deadlines, reads while it writes, and
//! can be cancelled at any await.
//!
//! Everything that the client knows is in the [`Session`], and every await waits for a single event: the
//! socket can be read or written. The transfers themselves do not wait. So a dropped future loses nothing,
//! and [`Client::abort`] still returns a true outcome for each mail.
//!
//! ```text
//! SMTP_URL='smtp://localhost:2525?tls=none' cargo run -p mailer-protocol --example on_tokio
//! ```

#![allow(dead_code, reason = "the tests include this file for `Client`")]

use std::{collections::VecDeque, error, io, sync::Arc, time::Duration};

use mailer::{Envelope, Error, Kind, Message, MessageReader, Receipt, Server, Step};
use mailer_protocol::{Flow, Next, Outgoing, Pipelining, Session};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

fn main() -> Result<(), Box<dyn error::Error>> {
    let server: Server = std::env::var("SMTP_URL")?.parse()?;
    let envelope =
        Envelope::new(Some("ann@example.com".parse()?), vec!["bob@example.com".parse()?])?;
    let message = Message::from_bytes("Subject: Hello\n\nHello, Bob.\n")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let receipts = runtime.block_on(async {
        let mails = [(Arc::new(envelope), message)];
        let mut client = Client::connect(server, Flow::Auto, mails).await?;
        client.run().await;
        Ok::<_, Error>(client.abort(&Error::lost(Step::Quit)))
    })?;
    for receipt in receipts {
        receipt.error.map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// A mail to send.
pub(crate) type Mail = (Arc<Envelope>, Message);

/// One connection, and the mails to send over it.
pub(crate) struct Client {
    session: Session,
    stream: TcpStream,
    /// The mails that are not offered yet, with their numbers.
    queue: VecDeque<(u64, Mail)>,
    /// The content of the mail that was offered last.
    content: Option<MessageReader>,
    receipts: Vec<Receipt>,
    /// The deadline of the current step, and the number of the reply that it belongs to.
    deadline: Option<(Instant, Option<u64>)>,
}

impl Client {
    pub(crate) async fn connect(
        server: Server,
        pipelining: impl Into<Pipelining>,
        mails: impl IntoIterator<Item = Mail>,
    ) -> Result<Self, Error> {
        let connect = TcpStream::connect((server.host.as_str(), server.port));
        let stream = timeout_at(Instant::now() + server.timeouts.connect, connect)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|cause| Error::not_connected(&server, &cause).with_cause(cause))?;
        let mut session = Session::new(Arc::new(server), pipelining);
        session.expect_mails();
        let queue = (0..).zip(mails).collect();
        Ok(Self { session, stream, queue, content: None, receipts: Vec::new(), deadline: None })
    }

    /// Sends the mails and quits. The future can be dropped at any await, and `run` can be called again.
    pub(crate) async fn run(&mut self) {
        loop {
            let done = match self.session.what_next() {
                Next::Write { step, limit } => self.write(step, limit).await,
                Next::Read { step, reply_number, limit } => {
                    self.read(step, reply_number, limit).await
                }
                Next::Close => return,
                next => self.answer(&next),
            };
            if let Err(error) = done {
                self.session.fail(error);
            }
        }
    }

    /// Ends the connection, which may be in any state, and returns a receipt for each mail.
    pub(crate) fn abort(mut self, error: &Error) -> Vec<Receipt> {
        // After a dropped `run`, the session still has mails in flight. The error settles them.
        self.session.fail(error.clone());
        while let Next::Settled(_) = self.session.what_next() {
            self.receipts.push(self.session.receipt().clone());
        }
        // These mails were never offered.
        let not_offered = self.queue.iter().map(|_| Receipt::not_sent(error.clone()));
        self.receipts.extend(not_offered);
        self.receipts
    }

    /// Answers a question of the session that needs no I/O.
    fn answer(&mut self, next: &Next) -> Result<(), Error> {
        match next {
            Next::Mail => match self.queue.pop_front() {
                Some((number, (envelope, message))) => {
                    self.content = Some(message.open());
                    self.session.offer(number, Outgoing::new(envelope, &message));
                }
                None => self.session.no_more_mails(),
            },
            Next::Content { max, .. } => {
                let content = self.content.as_mut();
                match content.map_or(Ok([].as_slice()), |content| content.next_block(*max)) {
                    Ok(block) => self.session.content(block),
                    Err(error) => self.session.content_failed(&error),
                }
            }
            Next::Settled(_) => self.receipts.push(self.session.receipt().clone()),
            Next::Idle => self.session.quit(),
            Next::StartTls { .. } => {
                let what = "this example has no TLS";
                return Err(Error::new(Kind::Configuration, what).with_step(Step::Tls));
            }
            Next::Write { .. } | Next::Read { .. } | Next::Close => {}
        }
        Ok(())
    }

    /// Writes what the socket accepts. A reply that arrives meanwhile is read first: the server may refuse
    /// the content.
    async fn write(&mut self, step: Step, limit: Duration) -> Result<(), Error> {
        let deadline = self.deadline(None, limit);
        let ready = wait(&self.stream, deadline, true).await;
        let Some(ready) = ready.map_err(|cause| Error::broken(step, cause))? else {
            return Err(Error::timed_out(step, limit));
        };
        if ready.is_readable() {
            return self.read_now(step);
        }
        match self.stream.try_write(self.session.bytes()) {
            Ok(count) => {
                self.session.advance(count);
                // Each write that makes progress has the whole limit again.
                self.deadline = None;
                Ok(())
            }
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(cause) => Err(Error::broken(step, cause)),
        }
    }

    async fn read(&mut self, step: Step, number: u64, limit: Duration) -> Result<(), Error> {
        let deadline = self.deadline(Some(number), limit);
        match wait(&self.stream, deadline, false).await {
            Ok(Some(_)) => self.read_now(step),
            Ok(None) => {
                self.session.reply_timed_out();
                Ok(())
            }
            Err(cause) => Err(Error::broken(step, cause)),
        }
    }

    fn read_now(&mut self, step: Step) -> Result<(), Error> {
        let mut buffer = [0; 4096];
        match self.stream.try_read(&mut buffer) {
            Ok(0) => return Err(Error::lost(step)),
            Ok(count) => self.session.received(buffer.get(..count).unwrap_or_default()),
            Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {}
            Err(cause) => return Err(Error::broken(step, cause)),
        }
        Ok(())
    }

    /// Returns the deadline of a write, or of the reply with this number. It stays the same until then.
    fn deadline(&mut self, reply: Option<u64>, limit: Duration) -> Instant {
        let same = self.deadline.filter(|(_, number)| *number == reply);
        let (deadline, _) = same.unwrap_or_else(|| (Instant::now() + limit, reply));
        self.deadline = Some((deadline, reply));
        deadline
    }
}

/// Waits until the socket can be read, or written too; `None` after the deadline.
async fn wait(
    stream: &TcpStream,
    deadline: Instant,
    may_write: bool,
) -> io::Result<Option<tokio::io::Ready>> {
    use tokio::io::Interest;
    let interest =
        if may_write { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
    timeout_at(deadline, stream.ready(interest)).await.ok().transpose()
}
