//! A draft from the options.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use mailer::{
    Attachment, ContentId, Draft, Envelope, Error, HeaderText, InlineFile, Kind, Mail, Mailbox,
};

use super::{Reading, file, header, message_id, recipients};
use crate::{
    options::{MailOptions, mailboxes},
    output,
};

/// Returns the draft that the options describe, with a new Date and Message-ID.
pub(super) fn mail(options: &MailOptions, reading: Reading) -> Result<Mail, Error> {
    let from = from(options)?;
    let message_id = message_id::random(from.address.domain())?;
    let mut draft = Draft::new(from, SystemTime::now(), message_id);
    draft.to = recipients::list(&options.to, &options.to_file, reading)?;
    draft.cc = mailboxes(&options.cc)?;
    draft.bcc = recipients::list(&options.bcc, &options.bcc_file, reading)?;
    draft.reply_to = mailboxes(&options.reply_to)?;
    draft.subject = HeaderText::new(options.subject.clone().unwrap_or_default())?;
    draft.headers =
        options.headers.iter().map(|text| header::field(text)).collect::<Result<_, _>>()?;
    draft.text = match &options.body_file {
        Some(path) => Some(file::read_text(path, reading)?),
        None => options.body.clone(),
    };
    let read_text = |path| file::read_text(path, reading);
    draft.html = options.html_file.as_deref().map(read_text).transpose()?;
    draft.attachments =
        options.attach.iter().map(|path| attachment(path, reading)).collect::<Result<_, _>>()?;
    draft.inline_files =
        options.inline.iter().map(|value| inline_file(value, reading)).collect::<Result<_, _>>()?;
    note_hidden_files(&draft);
    let mail = Mail::from_draft(draft)?;
    let envelope = Envelope::clone(mail.envelope());
    let envelope = match options.envelope_sender()? {
        Some(sender) => Envelope::new(sender, envelope.recipients().to_vec())?,
        None => envelope,
    };
    Ok(Mail::new(envelope.with_dsn(options.dsn()?), mail.content().clone()))
}

/// Returns the author.
fn from(options: &MailOptions) -> Result<Mailbox, Error> {
    let none = |what: &'static str, hint: &'static str| {
        Err(Error::new(Kind::Message, what).with_hint(hint))
    };
    match options.sender() {
        None => none("the message has no sender", "name one with --from"),
        Some(text) if text.trim() == "<>" => none(
            "the header of a message needs an author",
            "name one with --from, and pass --envelope-from '<>' for an envelope without a sender",
        ),
        Some(text) => text.parse(),
    }
}

/// Prints a note about each file that the HTML body does not show.
fn note_hidden_files(draft: &Draft) {
    let html = draft.html.as_deref().unwrap_or_default();
    for inline in &draft.inline_files {
        let url = format!("cid:{}", inline.content_id);
        if !html.contains(&url) {
            output::note(&format!(
                "mailer: the HTML body does not show {} (it has no {url})",
                inline.file.name
            ));
        }
    }
}

/// Returns the file that a value of `--inline` names: `FILE`, or `CID=FILE`.
fn inline_file(value: &Path, reading: Reading) -> Result<InlineFile, Error> {
    let (id, path) = match split_id(value) {
        Some((id, path)) => (Some(id), path),
        None => (None, value.to_owned()),
    };
    let file = attachment(&path, reading)?;
    let id = id.map_or_else(|| id_of(file.name.as_str()), Ok)?;
    Ok(InlineFile::new(id, file))
}

/// Splits `CID=FILE`. Text before the `=` that cannot be a Content-ID, or that has a slash, is a part of the
/// path.
fn split_id(value: &Path) -> Option<(ContentId, PathBuf)> {
    let (id, path) = value.to_str()?.split_once('=')?;
    let id = id.parse().ok().filter(|_| !id.contains('/'))?;
    Some((id, path.into()))
}

/// Returns the name of a file as a Content-ID.
fn id_of(name: &str) -> Result<ContentId, Error> {
    name.parse().map_err(|error: Error| {
        error.with_hint("give the file another name in the HTML body: --inline NAME=FILE")
    })
}

fn attachment(path: &Path, reading: Reading) -> Result<Attachment, Error> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let guess = mime_guess::from_path(path).first_raw();
    let media_type = guess.and_then(|name| name.parse().ok()).unwrap_or_default();
    Ok(Attachment::new(HeaderText::new(name)?, media_type, file::read(path, reading)?))
}
