//! A draft from the options.

use std::{path::Path, time::SystemTime};

use mailer::{Attachment, Draft, Error, HeaderText, Kind, Mail, Mailbox};

use super::{Reading, file, message_id};
use crate::options::{MailOptions, mailboxes};

/// Returns the draft that the options describe, with a new Date and Message-ID.
pub(super) fn mail(options: &MailOptions, reading: Reading) -> Result<Mail, Error> {
    let from: Mailbox = options
        .sender()
        .ok_or_else(|| {
            Error::new(Kind::Message, "the message has no sender").with_hint("name one with --from")
        })?
        .parse()?;
    let message_id = message_id::random(from.address.domain())?;
    let mut draft = Draft::new(from, SystemTime::now(), message_id);
    draft.to = mailboxes(&options.to)?;
    draft.cc = mailboxes(&options.cc)?;
    draft.bcc = mailboxes(&options.bcc)?;
    draft.reply_to = mailboxes(&options.reply_to)?;
    draft.subject = HeaderText::new(options.subject.clone().unwrap_or_default())?;
    draft.text = match &options.body_file {
        Some(path) => Some(file::read_text(path, reading)?),
        None => options.body.clone(),
    };
    let read_text = |path| file::read_text(path, reading);
    draft.html = options.html_file.as_deref().map(read_text).transpose()?;
    draft.attachments =
        options.attach.iter().map(|path| attachment(path, reading)).collect::<Result<_, _>>()?;
    Mail::from_draft(draft)
}

fn attachment(path: &Path, reading: Reading) -> Result<Attachment, Error> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let guess = mime_guess::from_path(path).first_raw();
    let media_type = guess.and_then(|name| name.parse().ok()).unwrap_or_default();
    Ok(Attachment::new(HeaderText::new(name)?, media_type, file::read(path, reading)?))
}
