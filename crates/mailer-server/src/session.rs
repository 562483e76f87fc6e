//! A session: lines and content from the wire, answers from the dialogue, faults where scripted.

use std::{io, net::TcpStream, sync::Arc};

use crate::{
    auth::Exchange,
    command::Command,
    dialogue::{Answer, Dialogue, Then},
    fault::Point,
    gate::{self, Gate},
    mask,
    options::Security,
    profile::{Extension, PipelinedInput},
    reply::{self, Reply},
    shared::Shared,
    socket::End,
    tls::Grain,
    wire::Wire,
};

mod content;
mod pipelined_input;
mod script;

/// Serves one client until it is gone. An error means that its socket could not be set up.
pub(crate) fn serve(shared: &Shared, id: u64, socket: Arc<TcpStream>) -> io::Result<()> {
    let limits = &shared.config.limits;
    let wire = Wire::new(socket, id, limits, &shared.transcript, &shared.stop)?;
    let dialogue = Dialogue::new(&shared.config);
    let mut session = Session { shared, id, wire, dialogue, errors: 0, failed_logins: 0, taken: 0 };
    if let Err(end) = session.converse() {
        session.end(end);
    }
    Ok(())
}

struct Session<'s> {
    shared: &'s Shared,
    id: u64,
    wire: Wire<'s>,
    dialogue: Dialogue<'s>,
    /// Wrong commands since the last mail that was taken.
    errors: u32,
    /// Logins refused, which nothing sets back.
    failed_logins: u32,
    /// Mails taken.
    taken: u64,
}

impl Session<'_> {
    fn converse(&mut self) -> Result<(), End> {
        if self.shared.config.security == Security::Implicit {
            self.handshake()?;
        }
        let mut then = self.turn(Point::Greeting, |s| s.dialogue.open())?;
        loop {
            then = match then {
                Then::Command => self.command()?,
                Then::Response(exchange) => self.response(exchange)?,
                Then::Content => self.content()?,
                Then::Handshake => {
                    self.handshake()?;
                    Then::Command
                }
                Then::Close => return Err(End::Closed),
            };
        }
    }

    /// Says the last word and closes.
    fn end(&mut self, end: End) {
        match end {
            End::Gone | End::Closed => {}
            End::StepTimedOut => self.write(&reply::TOO_SLOW),
            End::SessionTimedOut => self.write(&reply::SESSION_OVER),
            End::Stopping => self.write(&reply::SHUTTING_DOWN),
            End::Reset => return self.wire.reset(),
        }
        self.wire.close(matches!(end, End::StepTimedOut | End::SessionTimedOut));
    }

    /// Reads and carries out one command.
    fn command(&mut self) -> Result<Then, End> {
        let limit = self.shared.config.limits.command_line;
        let profile = &self.shared.config.profile;
        let parsed = self.line(
            |line| mask::command(line, profile),
            |line| Command::parse(line, limit).map_err(|reply| not_understood(line, reply)),
        )?;
        match parsed.flatten() {
            Ok(command) => self.obey(command),
            Err(refusal) => self.say(refusal),
        }
    }

    fn obey(&mut self, command: Command) -> Result<Then, End> {
        let more = !self.wire.input().is_empty();
        if more && command == Command::StartTls {
            let reply = reply::BYTES_AFTER_START_TLS;
            return self.say(Answer { reply, then: Then::Close });
        }
        if more && self.dialogue.forbids_input_after(&command) {
            return self.say(Answer { reply: reply::NO_PIPELINING, then: Then::Close });
        }
        match (point(&command), command) {
            (_, Command::Bdat { octets, last }) => self.chunk(octets, last),
            (Some(point), command) => self.turn(point, |s| s.dialogue.obey(command)),
            (None, command) => {
                let answer = self.dialogue.obey(command);
                self.say(answer)
            }
        }
    }

    /// Reads the answer to a challenge of AUTH.
    fn response(&mut self, exchange: Exchange) -> Result<Then, End> {
        let response = self.line(|line| mask::response(line).to_owned(), str::to_owned)?;
        match response {
            Ok(text) => self.turn(Point::AuthResponse, |s| s.dialogue.response(exchange, &text)),
            Err(refusal) => self.say(refusal),
        }
    }

    fn handshake(&mut self) -> Result<(), End> {
        let Some(config) = &self.shared.tls else { return Err(End::Closed) };
        if self.interlude(Point::TlsHandshake)? {
            return Err(End::Closed);
        }
        // What is dropped with the end of the content depends on the record it came in.
        let grain = match self.shared.config.profile.pipelined_input {
            PipelinedInput::Dropped => Grain::Record,
            _ => Grain::All,
        };
        self.wire.begin_step(self.shared.config.limits.handshake);
        self.wire.start_tls(config, grain)?;
        self.dialogue.secured();
        Ok(())
    }

    /// Replies, unless this client has made too many errors: then it closes the connection.
    fn say(&mut self, answer: Answer) -> Result<Then, End> {
        // Guessing passwords is slow for the client that does it. Other sessions have threads of
        // their own, and nothing is locked meanwhile.
        let wrong = answer.reply == reply::WRONG_PASSWORD;
        if wrong && self.shared.stop.sleep(self.shared.config.limits.failed_login_delay) {
            return Err(End::Stopping);
        }
        self.write(&answer.reply);
        if let Some(last) = self.count_errors(&answer.reply) {
            self.write(&last);
            return Err(End::Closed);
        }
        Ok(answer.then)
    }

    /// Counts what was wrong with a command; returns the reply that ends the session if it was too
    /// much. What follows a refused MAIL in its group is no error of its own.
    fn count_errors(&mut self, reply: &Reply) -> Option<Reply> {
        let limits = &self.shared.config.limits;
        let follows = [reply::MAIL_FIRST, reply::RECIPIENT_FIRST].contains(reply);
        if reply.is_client_error() && !follows {
            self.errors += 1;
        }
        if *reply == reply::WRONG_PASSWORD {
            self.failed_logins += 1;
            if self.failed_logins >= limits.failed_logins {
                return Some(reply::TOO_MANY_LOGINS);
            }
        }
        (self.errors > limits.errors).then_some(reply::TOO_MANY_ERRORS)
    }

    fn write(&mut self, reply: &Reply) {
        let enhanced = self.dialogue.announced(Extension::EnhancedStatusCodes);
        reply.write_to(self.wire.output(), enhanced);
    }

    /// Waits for a line, writes it down as `shown` says, and reads it; an error is its refusal.
    fn line<T>(
        &mut self,
        shown: impl Fn(&str) -> String,
        read: impl FnOnce(&str) -> T,
    ) -> Result<Result<T, Answer>, End> {
        self.wire.begin_step(self.shared.config.limits.command);
        loop {
            let (result, used) = match gate::next_line(self.wire.input()) {
                Gate::Line { line, used } => {
                    self.wire.heard(|| shown(line));
                    (Ok(read(line)), used)
                }
                Gate::Refused { reply, used, is_bdat } => {
                    self.wire.heard(|| mask::no_command(used));
                    (Err(Answer::to_bad_line(reply, is_bdat)), used)
                }
                Gate::Partial => {
                    self.wire.fill()?;
                    continue;
                }
                Gate::Endless => {
                    self.wire.heard(|| mask::no_command(gate::LONGEST_LINE));
                    self.write(&reply::LINE_TOO_LONG);
                    return Err(End::Closed);
                }
            };
            self.wire.consume(used);
            return Ok(result);
        }
    }
}

/// The answer to a line that is no command.
fn not_understood(line: &str, reply: Reply) -> Answer {
    Answer::to_bad_line(reply, gate::is_bdat(line.as_bytes()))
}

/// Where a fault can be scripted.
fn point(command: &Command) -> Option<Point> {
    Some(match command {
        Command::Ehlo | Command::Helo => Point::Ehlo,
        Command::StartTls => Point::StartTls,
        Command::Auth { .. } => Point::Auth,
        Command::Mail(_) => Point::Mail,
        Command::Rcpt(_) => Point::Rcpt,
        Command::Data => Point::Data,
        Command::Bdat { .. } => Point::Bdat,
        Command::Rset => Point::Rset,
        Command::Noop => Point::Noop,
        Command::Quit => Point::Quit,
        _ => return None,
    })
}
