//! What a learner types at a prompt of `--step`.

/// A command at a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Shows the answer, or the next step.
    Next,
    /// Shows the step before.
    Back,
    /// Breaks the dialogue: the word after it, if there is one, says how.
    Break(Option<String>),
    /// Shows the step word by word.
    Words,
    /// A reply code, as a guess.
    Guess(u16),
    /// Ends the lesson.
    Quit,
    /// Anything else.
    Unknown,
}

impl Command {
    /// Parses a line.
    pub(super) fn parse(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        match first.to_ascii_lowercase().as_str() {
            "" | "n" | "next" => Self::Next,
            "b" | "back" => Self::Back,
            "x" | "break" => Self::Break(second.map(ToOwned::to_owned)),
            "?" | "w" | "words" => Self::Words,
            "q" | "quit" => Self::Quit,
            code => match code.parse() {
                Ok(code @ 200..=599) => Self::Guess(code),
                _ => Self::Unknown,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_letters_words_or_codes() {
        let parsed =
            ["", "B\n", "x lone-dot", "x", "250", "999", "q", " next ", "?"].map(Command::parse);
        let lone_dot = Command::Break(Some("lone-dot".into()));
        assert_eq!(
            parsed,
            [
                Command::Next,
                Command::Back,
                lone_dot,
                Command::Break(None),
                Command::Guess(250),
                Command::Unknown,
                Command::Quit,
                Command::Next,
                Command::Words,
            ]
        );
    }
}
