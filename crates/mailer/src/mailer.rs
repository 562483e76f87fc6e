//! The trait [`Mailer`].

use std::sync::Arc;

use crate::{Error, Mail, Receipt, Trace};

/// A sender of mail: one connection to one server, opened when needed and used for many mails.
pub trait Mailer: Send {
    /// Connects, starts TLS and authenticates, so that the server is ready for MAIL. Does nothing if the
    /// connection is open already.
    ///
    /// # Errors
    /// Returns the reason if a step fails. The connection is then closed.
    fn open(&mut self) -> Result<(), Error>;

    /// Sends one mail, and opens the connection first if needed. The receipt holds the outcome. If
    /// opening fails, the outcome is [`Outcome::NotSent`](crate::Outcome::NotSent) with the error of [`open`](Mailer::open).
    #[must_use = "the outcome of the mail is only in its receipt"]
    fn send(&mut self, mail: &Mail) -> Receipt;

    /// Sends every mail that the iterator yields. Calls `settled` once per mail with its number, from
    /// 0, and its receipt, in the order of the input and as soon as the outcome is known. Returns when
    /// every mail that it pulled from the iterator is settled.
    ///
    /// Mails are pulled as they are needed, not all at once. The iterator must not block: a caller that
    /// has to wait for more mails ends the iterator, and calls this method again on the same open
    /// connection. The receipt is only valid during the call: a backend may reuse it for the next mail.
    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        for (number, mail) in (0..).zip(mails) {
            settled(number, &self.send(&mail));
        }
    }

    /// Sends QUIT and closes the connection. Does nothing if no connection is open. The outcomes of
    /// mails that are already settled do not change.
    ///
    /// # Errors
    /// Returns the reason if the server did not reply to QUIT with 221. The connection is closed even
    /// then, and mails that were accepted stay accepted.
    fn close(&mut self) -> Result<(), Error>;

    /// Sends the events of the dialogue to `sink` from now on; `None` turns tracing off.
    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>);
}

/// Implements [`Mailer`] for a pointer to a mailer. All methods are forwarded, so that a backend's own
/// `send_many` is used.
macro_rules! forward {
    ($pointer:ty) => {
        impl<M: Mailer + ?Sized> Mailer for $pointer {
            fn open(&mut self) -> Result<(), Error> {
                (**self).open()
            }

            fn send(&mut self, mail: &Mail) -> Receipt {
                (**self).send(mail)
            }

            fn send_many(
                &mut self,
                mails: &mut dyn Iterator<Item = Mail>,
                settled: &mut dyn FnMut(u64, &Receipt),
            ) {
                (**self).send_many(mails, settled);
            }

            fn close(&mut self) -> Result<(), Error> {
                (**self).close()
            }

            fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
                (**self).trace_to(sink);
            }
        }
    };
}

forward!(Box<M>);
forward!(&mut M);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Envelope, Kind, Message};

    /// A mailer that counts calls of `send_many`.
    #[derive(Default)]
    struct Counter {
        calls: u64,
    }

    impl Mailer for Counter {
        fn open(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn send(&mut self, _: &Mail) -> Receipt {
            Receipt::not_sent(Error::new(Kind::Internal, "send is not expected"))
        }

        fn send_many(
            &mut self,
            mails: &mut dyn Iterator<Item = Mail>,
            _: &mut dyn FnMut(u64, &Receipt),
        ) {
            self.calls += mails.count() as u64;
        }

        fn close(&mut self) -> Result<(), Error> {
            Ok(())
        }

        fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
    }

    fn send_two(mut mailer: impl Mailer) {
        let envelope = Envelope::new(None, vec!["a@example.com".parse().unwrap()]).unwrap();
        let mail = Mail::new(envelope, Message::from_bytes("A: b\r\n\r\nc\r\n").unwrap());
        mailer.send_many(&mut [mail.clone(), mail].into_iter(), &mut |_, _| {});
    }

    #[test]
    fn pointers_to_a_mailer_use_its_own_send_many() {
        let mut counter = Counter::default();
        send_two(&mut counter);
        let boxed: Box<dyn Mailer + '_> = Box::new(&mut counter);
        send_two(boxed);
        assert_eq!(counter.calls, 4);
    }
}
