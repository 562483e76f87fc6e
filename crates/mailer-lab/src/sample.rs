//! The mail that is sent where the user gives none.

use std::time::SystemTime;

use mailer::{Draft, Error, HeaderText, Mail, MessageId};

/// Two lines that show what a sender has to care for: one beyond ASCII, one that begins with a dot.
const TEXT: &str = "Hello Bob,\n\n\
    the café opens at nine.\n\
    .this line begins with a dot, and has to arrive with one.\n\n\
    Ann";

/// A small draft from `ann@example.test` to `bob@example.test`.
///
/// # Errors
/// None that a caller could cause.
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
    fn it_is_a_mail() {
        let mail = mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().unwrap()).unwrap();
        assert_eq!(mail.envelope().recipients().len(), 1);
        assert!(TEXT.lines().any(|line| line.starts_with('.')) && !TEXT.is_ascii());
    }
}
