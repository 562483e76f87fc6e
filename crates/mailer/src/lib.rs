//! The trait [`Mailer`] and the vocabulary that every backend shares.
//!
//! The workspace has two very different senders: `mailer-lettre` hands a mail to a library, and
//! `mailer-raw` writes every byte of SMTP itself. This crate holds what they have in common, so that a
//! program can use either through the same trait and the same types: [`Mail`], [`Envelope`],
//! [`Server`], [`Receipt`], [`Error`] and [`Trace`].
//!
//! The crate uses no network and no clock. Its only I/O is to read a mail's content from a file.
//!
//! ```
//! use mailer::{Envelope, Mail, Mailer, Message, Receipt};
//!
//! /// Sends mail with any backend: `mailer_raw::RawMailer`, `mailer_lettre::LettreMailer` or your own.
//! struct Greeter {
//!     mailer: Box<dyn Mailer>,
//! }
//!
//! impl Greeter {
//!     fn greet(&mut self, recipient: &str) -> Result<Receipt, mailer::Error> {
//!         let envelope = Envelope::new(Some("ann@example.com".parse()?), vec![recipient.parse()?])?;
//!         let message = Message::from_bytes("Subject: hello\r\n\r\nHello.\r\n")?;
//!         Ok(self.mailer.send(&Mail::new(envelope, message)))
//!     }
//! }
//! # use mailer::{Error, Retry, Step, Trace};
//! # struct Unreachable;
//! # impl Mailer for Unreachable {
//! #     fn open(&mut self) -> Result<(), Error> { Err(Error::lost(Step::Greeting)) }
//! #     fn send(&mut self, _: &Mail) -> Receipt {
//! #         self.open().map_or_else(Receipt::not_sent, |()| unreachable!())
//! #     }
//! #     fn close(&mut self) -> Result<(), Error> { Ok(()) }
//! #     fn trace_to(&mut self, _: Option<std::sync::Arc<dyn Trace>>) {}
//! # }
//! # let receipt = Greeter { mailer: Box::new(Unreachable) }.greet("bob@example.com")?;
//! # assert_eq!(receipt.retry(), Retry::Again);
//! # Ok::<(), Error>(())
//! ```
//!
//! ## Where to go
//!
//! | question | item |
//! | --- | --- |
//! | How do I send a mail? | [`Mailer`], then `mailer_backends::find` or the crate of a backend |
//! | How do I write a mail? | [`Draft`] for parts that the backend renders, [`Message`] for finished bytes |
//! | How do I name a server? | [`Server`], which parses a URL such as `smtp://mail.example.com` |
//! | What happened to my mail, and do I send it again? | [`Receipt`] and [`Receipt::retry`]; `examples/queue.rs` is a queue worker |
//! | How long may it take? | [`Timeouts`] |
//! | What did client and server say? | [`Trace`] |
//! | How do I write a backend? | [below](#a-third-backend) |
//!
//! ## A smaller build
//!
//! Host names and addresses may be internationalised, so this crate and the `url` crate need `idna`. It uses
//! ICU4X by default. An application can choose the smaller unicode-rs tables in its own lock file with
//! `cargo update -p idna_adapter --precise 1.1.0`: then this crate needs 20 external crates instead of 40.
//! lettre uses the same `idna`, so the choice applies to both backends.
//!
//! ## Why the trait has this shape
//!
//! **[`Mailer::send`] returns a [`Receipt`], not a `Result`.** A mail has more than two outcomes. The
//! server can accept it for Ann and refuse it for Bob, or it can read the whole mail and never reply.
//! An `Err` would have to describe a partial success. So `Err` is used for opening and closing only,
//! and each mail gets exactly one [`Outcome`]. A `Result` would also hide the most important
//! distinction: a mail that is [`Outcome::NotSent`] can be sent again safely, and sending one that is
//! [`Outcome::Unknown`] again may deliver it twice.
//!
//! **Calls block, and the receiver is `&mut self`.** SMTP is a dialogue, and one connection has one
//! conversation. Blocking calls read like the protocol and cost nothing when one thread serves one
//! connection. The price is that one thread cannot serve ten thousand connections: that needs an
//! asynchronous trait and another design.
//!
//! **[`Mailer::send_many`] exists besides [`Mailer::send`].** With `send`, a backend must wait for one
//! mail's final reply before it sees the next mail. With `send_many`, it can write the next mail
//! before the previous one is answered, which is where pipelining across mails saves round trips. The
//! backends differ with `send` too: raw needs fewer round trips for one mail. A library that sends
//! one mail at a time uses the default implementation.
//!
//! **The trait is object-safe.** `Box<dyn Mailer>` turns a list of names into a list of backends, and
//! a benchmark can measure all of them in one loop. The price is one indirect call per mail: a few
//! nanoseconds, against milliseconds for a round trip. The benchmarks measure it.
//!
//! **There is one [`Error`] type.** With an error type per backend, every caller would have to know
//! all of them. Here an error's [`Kind`] states what the caller can do next. Both backends must
//! return the same kind for the same behaviour of a server, and the conformance suite tests that.
//!
//! **[`Trace`] is part of the trait.** Every backend can show what it writes to the wire and what the
//! server replies. Without a trace, backends create no events, so tracing costs nothing.
//!
//! The trait leaves three things to the backends: how commands are grouped into flights (what is
//! written without waiting for a reply in between), how a [`Draft`] becomes a message, and which TLS
//! library is used.
//!
//! ## A third backend
//!
//! The trait is not limited to the two backends of this workspace. This one writes finished messages
//! to a directory, and refuses drafts because it cannot render them:
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
//!             .map_err(|cause| Error::new(Kind::Configuration, "cannot make the directory").with_cause(cause))
//!     }
//!     fn send(&mut self, mail: &Mail) -> Receipt {
//!         let Content::Message(message) = mail.content() else {
//!             return Receipt::not_sent(Error::new(Kind::CannotRender, "this backend stores finished messages only"));
//!         };
//!         self.count += 1;
//!         let file = self.path.join(format!("{}.eml", self.count));
//!         let kept = self.open().and_then(|()| message.to_vec()).and_then(|bytes| fs::write(file, bytes)
//!             .map_err(|cause| Error::new(Kind::Temporary, "cannot write the mail").with_cause(cause)));
//!         match kept {
//!             Ok(()) => Receipt::accepted(Vec::new(), Reply::new(250, "kept")),
//!             Err(error) => Receipt::not_sent(error.with_step(Step::Content)),
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

// No input from a server or a user may make this code panic.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]
#![warn(missing_debug_implementations)]

mod address;
mod error;
mod escape;
mod host;
mod mail;
mod mailer;
mod names;
mod receipt;
mod reply;
mod server;
mod step;
mod text;
mod trace;

pub use address::{Address, Mailbox};
pub use error::{Error, Kind, Setting};
pub use escape::{escape, escape_json, escape_lines, is_unsafe};
pub use host::{HelloName, HostName};
pub use mail::{
    Attachment, Content, ContentId, Draft, Dsn, Envelope, EnvelopeId, HeaderField, InlineFile,
    Mail, MediaType, Message, MessageId, MessageReader, Notify, ReturnedContent,
};
pub use mailer::Mailer;
pub use names::UnknownName;
pub use receipt::{Outcome, Receipt, Retry};
pub use reply::Reply;
pub use server::{
    ClientCertificate, Credentials, Mask, Mechanism, Secret, Security, Server, ServerUrl, Timeouts,
    TlsLibrary, Trust,
};
pub use step::{Phase, Step};
pub use text::HeaderText;
pub use trace::{Event, Source, Trace, What};
