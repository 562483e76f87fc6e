//! The smallest driver of the protocol: a blocking TCP stream, without TLS.
//!
//! A time limit applies to each system call here, so a server that sends byte by byte can exceed it. The
//! example `on_tokio` has absolute deadlines, and `mailer-raw` has them with blocking I/O, and TLS.
//!
//! ```text
//! SMTP_URL='smtp://localhost:2525?tls=none' cargo run -p mailer-protocol --example blocking
//! ```

#![allow(dead_code, reason = "the tests include this file for `send`")]
#![expect(clippy::disallowed_types, reason = "the crate does no I/O, its examples do")]

use std::{
    error,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use mailer::{Envelope, Error, Kind, Message, MessageReader, Receipt, Server, Step};
use mailer_protocol::{Flow, Next, Outgoing, Session};

fn main() -> Result<(), Box<dyn error::Error>> {
    let server: Server = std::env::var("SMTP_URL")?.parse()?;
    let envelope =
        Envelope::new(Some("ann@example.com".parse()?), vec!["bob@example.com".parse()?])?;
    let message = Message::from_bytes("Subject: Hello\n\nHello, Bob.\n")?;
    for receipt in send(&server, &[(Arc::new(envelope), message)])? {
        receipt.error.map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// Sends messages over one connection. The receipts are in the order of the messages.
pub(crate) fn send(
    server: &Server,
    mails: &[(Arc<Envelope>, Message)],
) -> Result<Vec<Receipt>, Error> {
    let connect = TcpStream::connect((server.host.as_str(), server.port));
    let mut stream = connect.map_err(|cause| Error::lost(Step::Connect).with_cause(cause))?;
    let mut session = Session::new(Arc::new(server.clone()), Flow::Auto);
    session.expect_mails();
    let mut queue = (0..).zip(mails);
    let mut content: Option<MessageReader> = None;
    let mut receipts = Vec::new();
    loop {
        let done = match session.what_next() {
            Next::Write { step, limit } => write(&mut stream, &mut session, step, limit),
            Next::Read { step, limit, .. } => read(&mut stream, &mut session, step, limit),
            Next::StartTls { .. } => {
                Err(Error::new(Kind::Configuration, "this example has no TLS").with_step(Step::Tls))
            }
            Next::Mail => {
                match queue.next() {
                    Some((number, (envelope, message))) => {
                        session.offer(number, Outgoing::new(envelope.clone(), message));
                        content = Some(message.open());
                    }
                    None => session.no_more_mails(),
                }
                Ok(())
            }
            Next::Content { max, .. } => {
                match content.as_mut().map_or(Ok([].as_slice()), |content| content.next_block(max))
                {
                    Ok(block) => session.content(block),
                    Err(error) => session.content_failed(&error),
                }
                Ok(())
            }
            Next::Settled(_) => {
                receipts.push(session.receipt().clone());
                Ok(())
            }
            Next::Idle => {
                session.quit();
                Ok(())
            }
            Next::Close => break,
        };
        if let Err(error) = done {
            session.fail(error);
        }
    }
    // Mails that were never offered are not sent.
    let failure = session.failure().cloned().unwrap_or_else(|| Error::lost(session.step()));
    receipts.resize(mails.len(), Receipt::not_sent(failure));
    Ok(receipts)
}

fn write(
    stream: &mut TcpStream,
    session: &mut Session,
    step: Step,
    limit: Duration,
) -> Result<(), Error> {
    let broken = |cause| Error::broken(step, cause);
    stream.set_write_timeout(Some(limit)).map_err(broken)?;
    let count = stream.write(session.bytes()).map_err(broken)?;
    session.advance(count);
    Ok(())
}

fn read(
    stream: &mut TcpStream,
    session: &mut Session,
    step: Step,
    limit: Duration,
) -> Result<(), Error> {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    let mut buffer = [0; 4096];
    stream.set_read_timeout(Some(limit)).map_err(|cause| Error::broken(step, cause))?;
    match stream.read(&mut buffer) {
        Ok(0) => return Err(Error::lost(step)),
        Ok(count) => session.received(buffer.get(..count).unwrap_or_default()),
        Err(cause) if matches!(cause.kind(), WouldBlock | TimedOut) => session.reply_timed_out(),
        Err(cause) => return Err(Error::broken(step, cause)),
    }
    Ok(())
}
