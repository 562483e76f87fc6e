//! The message that commands send if they are given none.

use std::time::SystemTime;

use mailer::{Draft, Error, HeaderText, Mail, MessageId};

/// The text has two lines that a sender must handle: one beyond ASCII, and one that starts with a dot.
const TEXT: &str = "Hello Bob,\n\n\
    the café opens at nine.\n\
    .this line begins with a dot, and has to arrive with one.\n\n\
    Ann";

/// Returns a small draft from `ann@example.test` to `bob@example.test`.
///
/// A backend that sends only finished messages cannot send it: give that one a
/// [`Message`](mailer::Message).
///
/// # Errors
/// Never: all of its parts are valid.
pub fn mail(date: SystemTime, message_id: MessageId) -> Result<Mail, Error> {
    let mut draft = Draft::new("Ann <ann@example.test>".parse()?, date, message_id);
    draft.to.push("Bob <bob@example.test>".parse()?);
    draft.subject = HeaderText::new("One mail, two ways to send it")?;
    draft.text = Some(TEXT.into());
    Mail::from_draft(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_valid_and_has_a_line_that_starts_with_a_dot() {
        let mail = mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().unwrap()).unwrap();
        assert_eq!(mail.envelope().recipients().len(), 1);
        assert!(TEXT.lines().any(|line| line.starts_with('.')) && !TEXT.is_ascii());
    }
}
