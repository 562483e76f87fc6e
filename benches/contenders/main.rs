//! Other SMTP clients beside both backends, where they are: through the same embedded server and link, in
//! turns in one run.
//!
//! ```text
//! cargo bench -p mailer-benches --bench contenders -- [--tls none|starttls|implicit] [--link-rtt MS]
//!     [--mails N] [--size OCTETS] [--rounds N] [--all-flows] [--build] [--server ADDRESS:PORT]
//!     [--quick-ack] [--against NAME] [NAME]
//! ```
//!
//! A program that this machine has not is left out, and named; NAME is a part of contenders' names. With TLS
//! everybody logs in, in the clear nobody does. `--build` builds the libraries mail-send and lettre as programs
//! first, which are no part of this workspace and whose dependencies have to be fetched. `--all-flows` adds those of
//! raw that not every server bears.
//!
//! Ratios are to raw-pipelined, or to the contender of `--against`. What our adapter adds to lettre shows with
//! `--quick-ack`, which keeps Nagle's algorithm from stalling both:
//!
//! ```text
//! ... --build --tls none --quick-ack --against lettre-direct --size 10485760 --mails 20 --rounds 15 lettre
//! ```
//!
//! smtp-source comes with Postfix. It need not be installed to be tried:
//!
//! ```text
//! apt-get download postfix && dpkg -x postfix_*.deb postfix
//! PATH=$PATH:$PWD/postfix/usr/sbin LD_LIBRARY_PATH=$PWD/postfix/usr/lib/postfix cargo bench ...
//! ```
//!
//! `--server` measures on a server that is not ours, such as Postfix's smtp-sink: it must take mails in the
//! clear and without a login. What it stores is not checked, and what a further mail takes is the difference
//! between a connection with so many mails and one with a single mail (more `--mails` make it exact).
//!
//! `--page` writes `docs/field.md`, in some five minutes.

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

fn main() -> ExitCode {
    match mailer_benches::contenders::run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            // Nobody is left to tell if this cannot be written.
            let _ = writeln!(io::stderr(), "{what}");
            ExitCode::FAILURE
        }
    }
}
