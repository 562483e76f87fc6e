//! A session: reads commands from the wire, answers them from the dialogue, and injects faults.

use std::{
    io,
    net::TcpStream,
    sync::{Arc, atomic::Ordering},
};

use crate::{
    active_faults::Scene,
    auth::Exchange,
    command::Command,
    dialogue::{Answer, Dialogue, Then},
    event::Event,
    fault::Point,
    line::{self, NextLine},
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
mod faults;
mod pipelined_input;

/// Serves one client until the connection ends.
///
/// # Errors
/// If the socket cannot be set up.
pub(crate) fn serve(shared: &Shared, id: u64, socket: Arc<TcpStream>) -> io::Result<()> {
    let limits = &shared.config.limits;
    let sending = shared.config.profile.group_replies;
    let wire = Wire::new(socket, id, limits, sending, &shared.transcript, &shared.stop)?;
    let dialogue = Dialogue::new(&shared.config);
    let mut session =
        Session { shared, id, wire, dialogue, errors: 0, failed_logins: 0, accepted: 0 };
    if let Err(end) = session.run() {
        session.end(end);
    }
    Ok(())
}

struct Session<'s> {
    shared: &'s Shared,
    id: u64,
    wire: Wire<'s>,
    dialogue: Dialogue<'s>,
    /// Invalid commands since the last accepted message.
    errors: u32,
    /// Failed logins on this connection, which nothing resets.
    failed_logins: u32,
    /// Accepted messages on this connection.
    accepted: u64,
}

impl Session<'_> {
    fn run(&mut self) -> Result<(), End> {
        if self.shared.config.security == Security::Implicit {
            self.handshake()?;
        }
        let mut then = self.reply_at(Point::Greeting, &Scene::default(), |s| s.dialogue.open())?;
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
            self.wire.answer_ended()?;
        }
    }

    /// Sends the last reply and closes the connection.
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
        let searched = self.shared.faults.any();
        let parsed = self.line(
            |line| mask::command(line, profile),
            |line| match Command::parse(line, limit) {
                Ok(command) => {
                    Ok((command, if searched { line.to_owned() } else { String::new() }))
                }
                Err(reply) => Err(invalid_line(line, reply)),
            },
        )?;
        match parsed.flatten() {
            Ok((command, line)) => self.obey(command, &line),
            Err(refusal) => self.reply(refusal),
        }
    }

    fn obey(&mut self, command: Command, line: &str) -> Result<Then, End> {
        let more = !self.wire.input().is_empty();
        if more && command == Command::StartTls {
            let reply = reply::BYTES_AFTER_START_TLS;
            return self.reply(Answer { reply, then: Then::Close });
        }
        if more && self.dialogue.forbids_input_after(&command) {
            return self.reply(Answer { reply: reply::NO_PIPELINING, then: Then::Close });
        }
        match (point(&command), command) {
            (_, Command::Bdat { size, last }) => self.chunk(size, last),
            (Some(point), command) => {
                let scene = self.scene(line, &command);
                self.reply_at(point, &scene, |s| s.dialogue.obey(command))
            }
            (None, command) => {
                let answer = self.dialogue.obey(command);
                self.reply(answer)
            }
        }
    }

    /// Reads the answer to a challenge of AUTH.
    fn response(&mut self, exchange: Exchange) -> Result<Then, End> {
        let response = self.line(|line| mask::response(line).to_owned(), str::to_owned)?;
        match response {
            Ok(text) => {
                let scene = Scene::new(&text);
                self.reply_at(Point::AuthResponse, &scene, |s| s.dialogue.response(exchange, &text))
            }
            Err(refusal) => self.reply(refusal),
        }
    }

    fn handshake(&mut self) -> Result<(), End> {
        let Some(config) = &self.shared.tls else { return Err(End::Closed) };
        if self.fault_at(Point::TlsHandshake, &Scene::default())? {
            return Err(End::Closed);
        }
        // Which commands are dropped with the end of the content depends on their TLS record.
        let grain = match self.shared.config.profile.pipelined_input {
            PipelinedInput::Dropped => Grain::Record,
            _ => Grain::All,
        };
        self.wire.begin_step(self.shared.config.limits.handshake);
        if let Err(reason) = self.wire.start_tls(config, grain)? {
            self.report(&Event::TlsFailed { session: self.id, reason });
            return Err(End::Gone);
        }
        if self.wire.is_resumed() {
            self.shared.resumed.fetch_add(1, Ordering::Relaxed);
        }
        self.dialogue.secured();
        Ok(())
    }

    fn report(&self, event: &Event) {
        if let Some(hook) = &self.shared.config.on_event {
            hook.call(event);
        }
    }

    /// Reports a login that was just refused.
    fn report_denial(&mut self) {
        if let Some(denial) = self.dialogue.denial.take() {
            let reason = match denial.reason {
                "" => denial.reply.text(),
                reason => reason.to_owned(),
            };
            let (user, code) = (denial.user, denial.reply.code);
            self.report(&Event::LoginFailed { session: self.id, user, reason, code });
        }
    }

    /// Replies, and closes the connection after too many errors.
    fn reply(&mut self, answer: Answer) -> Result<Then, End> {
        self.report_denial();
        // The delay slows down guessing. It affects no other session: each has its own thread, and
        // no lock is held here.
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

    /// Counts the errors of the client, and returns the reply that ends the session after too many.
    /// Commands that are refused because their MAIL was refused do not count.
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

    /// Reads a line, logs it in the form of `shown`, and parses it with `read`. The inner error is the
    /// answer to an invalid line.
    fn line<T>(
        &mut self,
        shown: impl Fn(&str) -> String,
        read: impl FnOnce(&str) -> T,
    ) -> Result<Result<T, Answer>, End> {
        self.wire.begin_step(self.shared.config.limits.command);
        loop {
            let (result, used) = match line::next_line(self.wire.input()) {
                NextLine::Line { line, used } => {
                    self.wire.log_received(|| shown(line));
                    (Ok(read(line)), used)
                }
                NextLine::Refused { reply, used, is_bdat } => {
                    self.wire.log_received(|| mask::not_a_command(used));
                    (Err(Answer::to_bad_line(reply, is_bdat)), used)
                }
                NextLine::Partial => {
                    self.wire.fill()?;
                    continue;
                }
                NextLine::TooLong => {
                    self.wire.log_received(|| mask::not_a_command(line::LONGEST_LINE));
                    self.write(&reply::LINE_TOO_LONG);
                    return Err(End::Closed);
                }
            };
            self.wire.consume(used);
            return Ok(result);
        }
    }
}

/// Returns the answer to a line that is not a valid command.
fn invalid_line(line: &str, reply: Reply) -> Answer {
    Answer::to_bad_line(reply, line::is_bdat(line.as_bytes()))
}

/// Returns the point that a command reaches.
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
