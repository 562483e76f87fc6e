//! # One mail, two ways to send it
//!
//! This crate is the first chapter of the lesson: what two very different senders have in common.
//! One hands a mail to a library; the other writes every byte of SMTP itself. A program that uses
//! them should not have to know which is which, so both stand behind one trait, [`Mailer`], and
//! speak in the same words: [`Mail`], [`Envelope`], [`Server`], [`Receipt`], [`Error`], [`Trace`].
//!
//! There is no network here and no clock. The only I/O is reading a mail's content from its file.
//!
//! ```
//! use mailer::{Address, Envelope, Mail, Mailer, Message, Outcome, Receipt};
//!
//! /// Sends one mail with whatever backend it is given.
//! fn greet(mailer: &mut dyn Mailer) -> Result<Receipt, mailer::Error> {
//!     let ann: Address = "ann@example.com".parse()?;
//!     let bob: Address = "bob@example.com".parse()?;
//!     let message = Message::from_bytes("Subject: hello\r\n\r\nHello, Bob.\r\n")?;
//!     Ok(mailer.send(&Mail::new(Envelope::new(Some(ann), vec![bob])?, message)))
//! }
//! ```
//!
//! ## Why the trait has this shape
//!
//! **A [`Receipt`] and not a `Result`.** A mail has more than two fates. The server can take it for
//! Ann and refuse it for Bob; it can fall silent after it has read everything, and then nobody
//! knows. `Err` would have to hold half a success, so `Err` is kept for opening and closing, and
//! each mail gets exactly one [`Outcome`]. The two that matter most are the ones that a `Result`
//! melts into one: [`Outcome::NotSent`] may be sent again, [`Outcome::Unknown`] had better not be.
//!
//! **Blocking, and `&mut self`.** SMTP is a dialogue: one connection has one conversation. Blocking
//! calls show that, read like the protocol, and cost nothing where one thread serves one
//! connection. What was given up: ten thousand connections on one thread. Who needs those needs an
//! asynchronous trait, and another design.
//!
//! **[`Mailer::send_many`] besides [`Mailer::send`].** Most of what a low-level sender can win, it
//! wins between mails: by having the next one under way before the last one is answered. A trait
//! with `send` alone would have made both backends equally slow and called that a comparison. A
//! library that sends one mail after the other takes the default.
//!
//! **Object-safe.** `Box<dyn Mailer>` is what lets a list of names become a list of backends, and a
//! benchmark measure them in one loop. The price, one indirect call a mail, is some nanoseconds
//! beside a round trip; the benchmarks measure it.
//!
//! **One [`Error`].** Each backend could have had its own, and every caller would have had to know
//! all of them. Here an error's [`Kind`] says what the caller can do next, and both backends must
//! give the same kind for the same behaviour of a server. That mapping is where an abstraction shows
//! what it hides, and it is tested.
//!
//! **[`Trace`] in the trait.** To see what a backend says on the wire is half of what people come
//! for. It costs nothing when nobody asks.
//!
//! What the trait does not know: how commands are grouped into flights, how a [`Draft`] becomes a
//! message, which TLS library is used. These are what the backends differ in.
//!
//! ## A third backend
//!
//! The trait is not shaped around two. This one writes finished messages into a directory; a draft
//! it cannot render, and says so:
//!
//! ```
//! use mailer::{Content, Error, Kind, Mail, Mailer, Receipt, Reply, Step, Trace};
//! use std::{fs, path::PathBuf, sync::Arc};
//!
//! struct Directory { path: PathBuf, count: u64 }
//!
//! impl Mailer for Directory {
//!     fn open(&mut self) -> Result<(), Error> {
//!         fs::create_dir_all(&self.path)
//!             .map_err(|cause| Error::new(Kind::Configuration, "cannot make the directory").because(cause))
//!     }
//!     fn send(&mut self, mail: &Mail) -> Receipt {
//!         let Content::Message(message) = mail.content() else {
//!             return Receipt::not_sent(Error::new(Kind::CannotRender, "only finished messages are kept here"));
//!         };
//!         self.count += 1;
//!         let file = self.path.join(format!("{}.eml", self.count));
//!         let kept = self.open().and_then(|()| message.to_vec()).and_then(|bytes| fs::write(file, bytes)
//!             .map_err(|cause| Error::new(Kind::Temporary, "cannot write the mail").because(cause)));
//!         match kept {
//!             Ok(()) => Receipt::accepted(Vec::new(), Reply::new(250, "kept")),
//!             Err(error) => Receipt::not_sent(error.at(Step::Content)),
//!         }
//!     }
//!     fn close(&mut self) -> Result<(), Error> { Ok(()) }
//!     fn trace_to(&mut self, _sink: Option<Arc<dyn Trace>>) {}
//! }
//! # use mailer::{Envelope, Message, Outcome};
//! # let directory = tempfile::tempdir().unwrap();
//! # let mut mailer = Directory { path: directory.path().join("new"), count: 0 };
//! # let mail = Mail::new(Envelope::new(None, vec!["a@example.com".parse()?])?, Message::from_bytes("A: b\n\nc\n")?);
//! # assert_eq!(mailer.send(&mail).outcome, Outcome::Accepted);
//! # assert_eq!(fs::read(directory.path().join("new/1.eml")).unwrap(), b"A: b\r\n\r\nc\r\n");
//! # Ok::<(), Error>(())
//! ```

// Nothing that a server sends, or a user writes, may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod address;
mod error;
mod escape;
mod host;
mod mail;
mod receipt;
mod reply;
mod server;
mod step;
mod text;
mod trace;

use std::sync::Arc;

pub use address::{Address, Mailbox};
pub use error::{Error, Kind};
pub use escape::{escape, escape_json, escape_lines, is_unsafe};
pub use host::{HelloName, HostName};
pub use mail::{
    Attachment, Content, Draft, Envelope, Mail, MediaType, Message, MessageId, MessageReader,
};
pub use receipt::{Outcome, Receipt};
pub use reply::Reply;
pub use server::{
    Credentials, Mask, Mechanism, Secret, Security, Server, ServerUrl, Timeouts, Trust,
};
pub use step::{Phase, Step};
pub use text::HeaderText;
pub use trace::{Event, Source, Trace, What};

/// A way to send mail: one connection to one server, opened when needed and used for many mails.
pub trait Mailer: Send {
    /// Connects, secures and authenticates, so that the server would now take MAIL. Does nothing if
    /// that is so already.
    ///
    /// # Errors
    /// What kept it from happening; the connection is then closed.
    fn open(&mut self) -> Result<(), Error>;

    /// Sends one mail, opening first if needed. Whatever becomes of it is in the receipt; if opening
    /// fails, it is [`Outcome::NotSent`] with that error.
    fn send(&mut self, mail: &Mail) -> Receipt;

    /// Sends every mail the iterator gives, and calls `settled` with each one's number, from 0, and
    /// receipt: in the order of the input, as soon as it is known. Returns only when every mail it
    /// took is settled.
    ///
    /// Mails are taken as they are needed, never all at once. The iterator must not block: who has
    /// to wait for more mails ends it, and calls again on the same open connection. A receipt may be
    /// used again for the next mail once `settled` returns.
    fn send_many(
        &mut self,
        mails: &mut dyn Iterator<Item = Mail>,
        settled: &mut dyn FnMut(u64, &Receipt),
    ) {
        for (number, mail) in (0..).zip(mails) {
            settled(number, &self.send(&mail));
        }
    }

    /// Says QUIT and closes. Never changes the outcome of a mail. Does nothing if nothing is open.
    ///
    /// # Errors
    /// What kept the connection from being closed in good order; it is closed all the same.
    fn close(&mut self) -> Result<(), Error>;

    /// Sends the events of the dialogue to `sink` from now on, or to nobody.
    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>);
}
