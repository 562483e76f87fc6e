//! Where both backends stand in the field: other people's SMTP clients, and ours, on the same work.
//!
//! Every contender is a program of its own, ours too, and sends to the same embedded server over the same
//! link, in turns with the others. So nobody is favoured by what is left out: what is looked at is what the
//! link and the server saw, from outside, and the start of a program is not in it.
//!
//! - **One mail per connection** is timed by the link: from when it took the connection to the last octet
//!   either way. Nothing has to be subtracted for starting a program, which for most of them takes longer
//!   than the mail.
//! - **A further mail on the same connection** is timed by the server: from when it had the first of so many
//!   mails to when it had the last, over the number of those in between. The link could not tell mails apart
//!   inside TLS, and to subtract one run from another would add the noise of two. Only with a server that is
//!   not ours the difference has to do. Round trips, octets, stalls and CPU time are such differences
//!   anyway: of counts, which have no noise to speak of.
//!
//! How each program is told what to do stands in one table, in `clients.rs`; what of it a reader has to know
//! is written from there. A run that did not do exactly what it was told has no figure.

mod arguments;
mod asked;
mod clients;
mod figures;
mod ground;
mod ours;
mod page;
mod told;
mod tools;
mod turns;
mod witness;

use std::io::{self, Write as _};

use mailer::Error;
use mailer_bench::cores::Cores;

use arguments::Arguments;
use clients::{CLIENTS, Tool};

/// What is said where something is told that went wrong.
type Outcome<T> = Result<T, String>;

/// What a contender of this project is told to be, before what it is to do.
const CLIENT: &str = "client";

/// Does what the command's arguments say.
///
/// # Errors
/// What keeps it from being done, or one of our own contenders from having a figure.
pub fn run(given: &[String]) -> Result<(), String> {
    if let [CLIENT, rest @ ..] = given.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        return ours::send(rest);
    }
    let arguments = Arguments::read(given)?;
    if arguments.build {
        CLIENTS.iter().filter_map(to_build).try_for_each(tools::build)?;
    }
    // To be asked before anybody is pinned.
    let cores = Cores::of_this_process();
    if arguments.page {
        return page::write(cores);
    }
    let measured = turns::measure(&arguments.settings, cores)?;
    // A closed pipe is no error.
    let _ = write!(io::stdout(), "{measured}");
    measured.verdict()
}

fn to_build(client: &clients::Client) -> Option<&'static str> {
    match client.tool {
        Tool::Built(folder) => Some(folder),
        _ => None,
    }
}

/// An error with its cause, in a line: it may stand in a cell of a table.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn in_words(error: Error) -> String {
    let text = format!("{error} {}", error.cause().unwrap_or_default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tell(what: &str) {
    // Nobody is left to tell if this cannot be written.
    let _ = writeln!(io::stderr(), "{what}");
}
