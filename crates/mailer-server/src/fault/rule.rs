//! Rules: faults as lines of words.

use std::{str::FromStr, time::Duration};

use super::{Action, Fault, Point, Times};

/// Why a rule is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{problem}", place = self.place())]
pub struct RuleError {
    /// The line within several rules, from 1.
    line: Option<usize>,
    /// The word within the rule, from 1.
    word: Option<(usize, String)>,
    problem: String,
}

impl RuleError {
    fn place(&self) -> String {
        let line = self.line.map(|line| format!("line {line}"));
        let word =
            self.word.as_ref().map(|(at, word)| format!("word {at}, \"{}\"", word.escape_debug()));
        let place = line.into_iter().chain(word).collect::<Vec<_>>().join(", ");
        if place.is_empty() { place } else { place + ": " }
    }
}

impl FromStr for Fault {
    type Err = RuleError;

    /// Parses a [rule](Self#rules).
    fn from_str(rule: &str) -> Result<Self, RuleError> {
        let words = shlex::split(rule).ok_or_else(|| whole("a quotation mark is not closed"))?;
        Rule { words: &words, next: 0 }.parse()
    }
}

impl Fault {
    /// Parses [rules](Self#rules), one per line. Empty lines and what follows a `#` are ignored.
    ///
    /// # Errors
    /// What is wrong with the first rule that is not valid, with its line.
    pub fn parse_rules(text: &str) -> Result<Vec<Self>, RuleError> {
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let rules = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        rules
            .map(|(line, rule)| {
                rule.parse().map_err(|error| RuleError { line: Some(line), ..error })
            })
            .collect()
    }
}

/// The words of a rule, and which is next.
struct Rule<'a> {
    words: &'a [String],
    next: usize,
}

impl Rule<'_> {
    fn parse(mut self) -> Result<Fault, RuleError> {
        let point = self.next_word("a rule begins with a point, such as RCPT")?;
        let Some(point) = Point::named(&point) else {
            let names: Vec<&str> = Point::ALL.iter().map(|point| point.name()).collect();
            return Err(self.wrong(&format!("not a point; points are {}", names.join(", "))));
        };
        let mut fault = Fault::at(point);
        while let Some(word) = self.words.get(self.next).cloned() {
            self.next += 1;
            fault = self.add(fault, &word)?;
        }
        if fault.then.is_empty() {
            return Err(whole("the rule has no action, such as 450, drop or delay 2s"));
        }
        if closes(&fault.then) {
            fault = fault.close();
        }
        Ok(fault)
    }

    /// Adds what this word means, with the words that belong to it.
    fn add(&mut self, fault: Fault, word: &str) -> Result<Fault, RuleError> {
        if let Some(pattern) = word.strip_prefix("from=") {
            return Ok(fault.from_sender(pattern));
        }
        if let Some(pattern) = word.strip_prefix("to=") {
            return Ok(fault.to_recipient(pattern));
        }
        if let Some(text) = word.strip_prefix("has=") {
            return Ok(fault.when(text));
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return match word.strip_suffix('%') {
                Some(percent) => {
                    let per_million = per_million(percent)
                        .ok_or_else(|| self.wrong("not a part from 0.0001% to 100%"))?;
                    self.apply(fault, Times::Random { per_million, seed: 0 })
                }
                None => self.reply(fault, word),
            };
        }
        match word {
            "drop" => Ok(fault.close()),
            "reset" => Ok(fault.reset()),
            "silence" => Ok(fault.silence()),
            "delay" => Ok(fault.delay(self.duration()?)),
            "slow" => Ok(fault.drip(self.duration()?)),
            "stop-reading" => {
                let time = self.words.get(self.next).and_then(|word| duration(word));
                self.next += usize::from(time.is_some());
                Ok(fault.stop_reading(time.unwrap_or(Duration::MAX)))
            }
            "first" => {
                let times = Times::First(self.number()?);
                self.apply(fault, times)
            }
            "nth" => {
                let times = Times::Nth(self.number()?);
                self.apply(fault, times)
            }
            "every" => {
                let times = Times::EveryNth(self.number()?);
                self.apply(fault, times)
            }
            "over" => {
                let limit = self.next_word("over needs a rate, such as 5/min")?;
                let times = rate(&limit).ok_or_else(|| self.wrong("not a rate such as 5/min or 100/10s"))?;
                self.apply(fault, times)
            }
            _ => Err(self.wrong(
                "neither an action (a code such as 450, drop, reset, silence, delay, slow, stop-reading) nor \
                 a condition (from=, to=, has=, 10%, first, nth, every, over); write a reply's text in \
                 quotation marks after its code",
            )),
        }
    }

    fn reply(&mut self, fault: Fault, word: &str) -> Result<Fault, RuleError> {
        let is_code =
            word.len() == 3 && word.parse().is_ok_and(|code: u16| (200..600).contains(&code));
        if !is_code {
            return Err(self.wrong("neither a reply code from 200 to 599 nor a part such as 10%"));
        }
        // Only a text of several words is told from the word that follows.
        let text = self.words.get(self.next).filter(|word| word.contains(char::is_whitespace));
        let text = match text {
            Some(text) if text.chars().any(char::is_control) => {
                self.next += 1;
                return Err(self.wrong("a reply's text has no control characters"));
            }
            Some(text) => {
                self.next += 1;
                text.clone()
            }
            None => standard_text(word).to_owned(),
        };
        Ok(fault.reply(format!("{word} {text}")))
    }

    /// Sets how often the fault applies.
    fn apply(&self, fault: Fault, times: Times) -> Result<Fault, RuleError> {
        match fault.times {
            Times::Every => Ok(Fault { times, ..fault }),
            _ => Err(self.wrong("the rule already has such a condition")),
        }
    }

    fn number(&mut self) -> Result<u64, RuleError> {
        let word = self.next_word("a number is missing at the end")?;
        let number = word.parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| self.wrong("not a number above 0"))
    }

    fn duration(&mut self) -> Result<Duration, RuleError> {
        let word = self.next_word("a duration is missing at the end, such as 200ms")?;
        duration(&word).ok_or_else(|| self.wrong("not a duration such as 200ms, 1.5s, 2m or 1h"))
    }

    fn next_word(&mut self, missing: &str) -> Result<String, RuleError> {
        let word = self.words.get(self.next).ok_or_else(|| whole(missing))?;
        self.next += 1;
        Ok(word.clone())
    }

    /// Returns the error of the latest word.
    fn wrong(&self, problem: &str) -> RuleError {
        let word =
            self.next.checked_sub(1).and_then(|at| Some((at + 1, self.words.get(at)?.clone())));
        RuleError { line: None, word, problem: problem.to_owned() }
    }
}

/// Returns the error of a rule as a whole.
fn whole(problem: &str) -> RuleError {
    RuleError { line: None, word: None, problem: problem.to_owned() }
}

/// Returns whether the actions end with a 421, after which a server closes the connection (RFC 5321 §3.8).
fn closes(actions: &[Action]) -> bool {
    matches!(actions.last(), Some(Action::Reply(reply)) if reply.starts_with("421"))
}

/// Returns a text for this code, with an enhanced status code (RFC 3463) of the same class where RFC 2034
/// has one.
fn standard_text(code: &str) -> &'static str {
    match code.as_bytes() {
        b"421" => "4.7.0 Injected fault: try again later",
        [b'2', ..] => "2.0.0 Injected fault",
        [b'3', ..] => "Injected fault",
        [b'4', ..] => "4.3.0 Injected fault: try again later",
        _ => "5.3.0 Injected fault: refused",
    }
}

/// Parses a percentage.
fn per_million(percent: &str) -> Option<u32> {
    let part: f64 = percent.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 100"
    )]
    let per_million = (part > 0.0 && part <= 100.0).then_some((part * 10_000.0).round() as u32)?;
    (per_million > 0).then_some(per_million)
}

/// Parses a number of seconds, minutes, hours or milliseconds with its unit; a day at most.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| c.is_ascii_alphabetic())?)?;
    let seconds = number.parse::<f64>().ok()? * unit_seconds(unit)?;
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    (!time.is_zero() && time <= Duration::from_secs(24 * 60 * 60)).then_some(time)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

/// Parses `5/min` or `100/10s`.
fn rate(text: &str) -> Option<Times> {
    let (count, period) = text.split_once('/')?;
    let count = count.parse().ok().filter(|count| *count > 0)?;
    let is_unit = period.starts_with(|c: char| c.is_ascii_alphabetic());
    let period = if is_unit { duration(&format!("1{period}")) } else { duration(period) }?;
    Some(Times::Over { count, period })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(rule: &str) -> Fault {
        rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"))
    }

    #[test]
    fn a_rule_means_the_fault_that_its_words_name() {
        let rcpt = || Fault::at(Point::Rcpt);
        let seconds = Duration::from_secs;
        for (rule, fault) in [
            (
                "RCPT 450 10%",
                rcpt().reply("450 4.3.0 Injected fault: try again later").at_random(100_000, 0),
            ),
            (
                "rcpt to=bob@* 550 '5.1.1 No such user'",
                rcpt().to_recipient("bob@*").reply("550 5.1.1 No such user"),
            ),
            (
                "MAIL from=<> over 5/min 421",
                Fault::at(Point::Mail)
                    .from_sender("<>")
                    .over(5, seconds(60))
                    .reply("421 4.7.0 Injected fault: try again later")
                    .close(),
            ),
            (
                "end-of-data silence drop nth 3",
                Fault::at(Point::EndOfData).silence().close().nth(3),
            ),
            (
                "EHLO slow 1.5s first 2",
                Fault::at(Point::Ehlo).drip(Duration::from_millis(1500)).first(2),
            ),
            ("DATA stop-reading", Fault::at(Point::Data).stop_reading(Duration::MAX)),
            (
                "DATA stop-reading 2m every 2",
                Fault::at(Point::Data).stop_reading(seconds(120)).every(2),
            ),
            (
                "connect delay 10ms reset over 100/10s",
                Fault::at(Point::Greeting)
                    .delay(Duration::from_millis(10))
                    .reset()
                    .over(100, seconds(10)),
            ),
            (
                "end-of-data has=spam 0.5% 554 \"5.7.1 No spam\"",
                Fault::at(Point::EndOfData)
                    .when("spam")
                    .at_random(5000, 0)
                    .reply("554 5.7.1 No spam"),
            ),
        ] {
            assert_eq!(parse(rule), fault, "{rule}");
        }
    }

    #[test]
    fn an_error_names_the_word_and_what_is_wrong() {
        for (rule, word, problem) in [
            ("", None, "a rule begins with a point"),
            ("RCPT", None, "no action"),
            ("RCPT 10%", None, "no action"),
            ("RCTP 450", Some("RCTP"), "points are greeting, EHLO"),
            ("RCPT 45", Some("45"), "reply code"),
            ("RCPT 600", Some("600"), "reply code"),
            ("RCPT 450 5", Some("5"), "reply code"),
            ("RCPT 450 0%", Some("0%"), "part"),
            ("RCPT 450 101%", Some("101%"), "part"),
            ("RCPT 450 10% first 2", Some("2"), "already has"),
            ("RCPT 450 later", Some("later"), "quotation marks"),
            ("RCPT 450 'a\tb c'", Some("a\\tb c"), "control"),
            ("RCPT delay", None, "duration is missing"),
            ("RCPT delay 2", Some("2"), "duration"),
            ("RCPT delay 25h", Some("25h"), "duration"),
            ("RCPT 450 first x", Some("x"), "number above 0"),
            ("RCPT 450 nth 0", Some("0"), "number above 0"),
            ("RCPT 421 over 5", Some("5"), "rate"),
            ("RCPT 421 over 0/min", Some("0/min"), "rate"),
            ("RCPT 450 'open", None, "not closed"),
        ] {
            let error = rule.parse::<Fault>().expect_err(rule).to_string();
            assert!(error.contains(problem), "{rule}: {error}");
            match word {
                Some(word) => assert!(error.contains(&format!("\"{word}\": ")), "{rule}: {error}"),
                None => assert!(!error.starts_with("word"), "{rule}: {error}"),
            }
        }
    }

    #[test]
    fn rules_are_lines_and_an_error_names_its_line() {
        let rules = "# all\n\nRCPT 450 10%  # one in ten\r\n  MAIL drop\n";
        assert_eq!(Fault::parse_rules(rules), Ok(vec![parse("RCPT 450 10%"), parse("MAIL drop")]));
        let error = Fault::parse_rules("RCPT 450\n\nMAIL 4\n").expect_err("4 is no code");
        assert!(error.to_string().starts_with("line 3, word 2, \"4\": "), "{error}");
    }

    #[test]
    fn only_random_faults_get_a_seed() {
        assert_eq!(parse("MAIL drop 50%").seeded(9), parse("MAIL drop").at_random(500_000, 9));
        assert!(parse("MAIL drop 50%").is_random() && !parse("MAIL drop").is_random());
        assert_eq!(parse("MAIL drop nth 2").seeded(9), parse("MAIL drop nth 2"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(rule in "\\PC{0,40}") {
            let _ = rule.parse::<Fault>();
        }

        #[test]
        fn words_in_any_order_are_a_rule_or_one_error_of_one_line(
            words in proptest::collection::vec(
                prop_oneof![
                    Just("RCPT"), Just("450"), Just("'4.2.1 Try later'"), Just("drop"), Just("slow"), Just("1s"),
                    Just("10%"), Just("first"), Just("3"), Just("over"), Just("5/min"), Just("to=*"), Just("x"),
                ],
                0..7,
            )
        ) {
            match words.join(" ").parse::<Fault>() {
                Ok(fault) => prop_assert!(!fault.then.is_empty()),
                Err(error) => {
                    let error = error.to_string();
                    prop_assert!(!error.is_empty() && !error.contains('\n'), "{}", error);
                }
            }
        }
    }
}
