//! `--step`: shows one step at a time, and asks before it shows the answer.

use std::io;

use mailer::{Error, Kind};
use mailer_compare::observation::Speaker;
use mailer_explain::{BREAKS, Break, Lesson, LessonPart};

use super::{broken::Breaker, reader::Command};
use crate::output;

/// What follows the last step.
pub(super) const END: &str = "That was one message. To break the dialogue in every way: mailer explain --break all. To see both \
    backends side by side, with their times: mailer compare.";

/// What the prompt offers before and after the answer. On a terminal of 80 columns there is room for an answer.
const BEFORE: &str = "[Enter] the answer  [code] guess  [b]ack  [x] break it  [?] words  [q]uit > ";
const BEFORE_WITHOUT_REPLY: &str = "[Enter] the answer  [b]ack  [x] break it  [?] words  [q]uit > ";
const AFTER_LAST: &str = "[Enter] end  [b]ack  [x] break it  [?] words  [q]uit > ";
const AFTER: &str = "[Enter] next step  [b]ack  [x] break it  [?] words  [q]uit > ";

/// The lesson at one step.
pub(super) struct Stepper<'a> {
    lesson: &'a Lesson,
    breaker: &'a Breaker<'a>,
    /// Whether stdin has ended, after which nothing waits.
    is_ended: bool,
}

/// Where the lesson goes from a step.
enum Then {
    Next,
    Back,
    Quit,
}

impl<'a> Stepper<'a> {
    pub(super) fn new(lesson: &'a Lesson, breaker: &'a Breaker<'a>) -> Self {
        Self { lesson, breaker, is_ended: false }
    }

    pub(super) fn run(mut self) -> Result<(), Error> {
        self.page(&self.breaker.view.introduction(self.lesson))?;
        self.line("[Enter] begin > ")?;
        let mut at = 0;
        while let Some(part) = self.lesson.parts.get(at) {
            match self.step(part)? {
                Then::Next => at += 1,
                Then::Back => at = at.saturating_sub(1),
                Then::Quit => return Ok(()),
            }
        }
        self.page(&format!("\n{}", self.breaker.view.hint(END)))
    }

    fn step(&mut self, part: &LessonPart) -> Result<Then, Error> {
        self.print_question(part)?;
        let mut is_answered = part.skipped.is_some();
        loop {
            let prompt = match is_answered {
                true if self.is_last(part) => AFTER_LAST,
                true => AFTER,
                false if part.step.answers.is_empty() => BEFORE_WITHOUT_REPLY,
                false => BEFORE,
            };
            let command = self.ask(prompt)?;
            match command {
                Command::Next if is_answered => return Ok(Then::Next),
                Command::Next | Command::Guess(_) if !is_answered => {
                    if let Command::Guess(code) = command {
                        output::result(&judged(code, part))?;
                    }
                    self.page(&self.breaker.view.answer(part))?;
                    is_answered = true;
                }
                Command::Back if self.is_first(part) => {
                    output::result("This is the first step.\n")?;
                }
                Command::Back => return Ok(Then::Back),
                Command::Quit => return Ok(Then::Quit),
                Command::Words => {
                    // The words of the reply would give the answer away.
                    let is_shown = |speaker| is_answered || speaker == Speaker::Client;
                    let words = self.breaker.view.words(part, |word| is_shown(word.speaker));
                    match words.as_str() {
                        "" => output::result("The client has sent no words at this step.\n")?,
                        words => self.page(words)?,
                    }
                }
                Command::Break(name) => {
                    self.break_it(part, name.as_deref())?;
                    self.print_question(part)?;
                    is_answered = part.skipped.is_some();
                }
                _ => output::result("Type one of the letters in brackets, or press Enter.\n")?,
            }
        }
    }

    fn is_first(&self, part: &LessonPart) -> bool {
        self.lesson.parts.first().is_some_and(|first| first.step.number == part.step.number)
    }

    fn is_last(&self, part: &LessonPart) -> bool {
        self.lesson.parts.last().is_some_and(|last| last.step.number == part.step.number)
    }

    fn print_question(&mut self, part: &LessonPart) -> Result<(), Error> {
        self.page(&format!("\n{}", self.breaker.view.question(self.lesson, part)))
    }

    /// Prints text, and waits where the terminal is full.
    fn page(&mut self, text: &str) -> Result<(), Error> {
        // The prompt needs a line, and so does the end of the text before.
        let rows = output::height().saturating_sub(2).max(1);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut screens = lines.chunks(rows).peekable();
        while let Some(screen) = screens.next() {
            output::unescaped(&screen.concat())?;
            if screens.peek().is_some() {
                self.line("[Enter] more > ")?;
            }
        }
        Ok(())
    }

    /// Runs a broken dialogue: the one that is named, the only one of the step, or one that is chosen.
    fn break_it(&mut self, part: &LessonPart, name: Option<&str>) -> Result<(), Error> {
        let chosen = match name {
            Some(name) => find(name)
                .map_or_else(|| self.choose("There is no such one.\n"), |one| Ok(Some(one)))?,
            None => match only_of_step(part) {
                Some(only) => Some(only),
                None => self.choose("")?,
            },
        };
        let Some(one) = chosen else { return Ok(()) };
        output::unescaped(&format!("\n{}", self.breaker.question(one)))?;
        let command = self.ask("What will the server say?  [Enter] send it  [b]ack > ")?;
        if !matches!(command, Command::Next | Command::Guess(_)) {
            return Ok(());
        }
        if self.breaker.refused(one)?.is_some() {
            return Ok(());
        }
        match self.breaker.answer(one) {
            Ok(text) => self.page(&text)?,
            // A server that refuses the client is part of the lesson, and the lesson goes on.
            Err(error) => output::error(&error),
        }
        if matches!(self.ask("[Enter] what the backends do  [b]ack > ")?, Command::Next) {
            self.page(&self.breaker.handling(one)?)?;
            self.ask("[Enter] back to the lesson > ")?;
        }
        Ok(())
    }

    /// Lists all broken dialogues until one is chosen; `None` goes back to the step.
    fn choose(&mut self, problem: &str) -> Result<Option<&'static Break>, Error> {
        let mut list = String::new();
        for (number, one) in (1..).zip(BREAKS) {
            let (title, step) = (one.note().title, one.note().step);
            list.push_str(&format!("  {number}  {:<14}  {title} (step {step})\n", one.name));
        }
        let mut problem = problem;
        loop {
            output::result(&format!("{problem}{list}"))?;
            let line =
                self.line("Which one? [number or name]  [Enter] none > ")?.unwrap_or_default();
            match line.trim() {
                "" => return Ok(None),
                name => {
                    if let Some(one) = find(name) {
                        return Ok(Some(one));
                    }
                }
            }
            problem = "There is no such one.\n";
        }
    }

    /// Prints a prompt and returns the command. At the end of stdin, the lesson goes on without waiting.
    fn ask(&mut self, prompt: &str) -> Result<Command, Error> {
        Ok(self.line(prompt)?.map_or(Command::Next, |line| Command::parse(&line)))
    }

    fn line(&mut self, prompt: &str) -> Result<Option<String>, Error> {
        if self.is_ended {
            return Ok(None);
        }
        output::result(prompt)?;
        let mut line = String::new();
        let count = io::stdin().read_line(&mut line).map_err(|cause| {
            Error::new(Kind::Internal, "cannot read the answer").with_cause(cause)
        })?;
        self.is_ended = count == 0;
        if !line.ends_with('\n') {
            output::result("\n")?;
        }
        Ok((count > 0).then_some(line))
    }
}

/// Returns the broken dialogue of a step that has no other.
fn only_of_step(part: &LessonPart) -> Option<&'static Break> {
    let mut of_step = Break::of_step(part.step.number);
    let only = of_step.next();
    only.filter(|_| of_step.next().is_none())
}

/// Finds a broken dialogue by its name or by its number in the list.
fn find(name: &str) -> Option<&'static Break> {
    let number: Option<usize> = name.parse().ok();
    number.map_or_else(|| Break::find(name), |number| BREAKS.get(number.checked_sub(1)?))
}

/// Compares a guess with what the server said.
fn judged(guess: u16, part: &LessonPart) -> String {
    let meaning = part.step.answers.iter().find(|answer| answer.code == guess);
    match (part.code(), meaning) {
        (Some(code), _) if code == guess => format!("Yes, {code}:\n"),
        (Some(code), _) if code / 100 == guess / 100 => {
            format!("Almost: {code}. The first digit is the one that counts.\n")
        }
        (Some(code), Some(meaning)) => {
            format!("Not this time: {code}. {guess} would mean: {}.\n", meaning.meaning)
        }
        (Some(code), None) => format!("No, {code}:\n"),
        (None, _) => "There is no reply at this step.\n".to_owned(),
    }
}
