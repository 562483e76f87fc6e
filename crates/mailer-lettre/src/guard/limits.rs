//! The limits of calls: the deadlines of all their steps together, or [`Timeouts::total`].

use std::time::Duration;

use mailer::{Content, Mail, Timeouts};

/// The number of bytes that [`Timeouts::block`] applies to.
const BLOCK: u64 = 64 * 1024;

/// Returns the limit of opening: all its steps, and the QUIT that ends a failure.
pub(super) fn to_open(timeouts: &Timeouts) -> Duration {
    // EHLO, STARTTLS, EHLO, AUTH and two answers to challenges, NOOP twice.
    let commands = timeouts.command.saturating_mul(8);
    let steps = [timeouts.connect, timeouts.greeting, commands, timeouts.tls, timeouts.quit];
    within_total(timeouts, steps)
}

/// Returns the limit of sending a mail. It includes opening, because lettre replaces a broken
/// connection.
pub(super) fn to_send(timeouts: &Timeouts, mail: &Mail) -> Duration {
    let recipients = u32::try_from(mail.envelope().recipients().len()).unwrap_or(u32::MAX);
    let blocks = u32::try_from(size_at_most(mail) / BLOCK + 1).unwrap_or(u32::MAX);
    let envelope = timeouts.envelope.saturating_mul(recipients.saturating_add(1));
    let content = timeouts.block.saturating_mul(blocks);
    let end = timeouts.end_of_data.saturating_add(timeouts.quit);
    within_total(timeouts, [to_open(timeouts), envelope, timeouts.data, content, end])
}

/// Returns the limit of QUIT.
pub(super) fn to_close(timeouts: &Timeouts) -> Duration {
    within_total(timeouts, [timeouts.quit])
}

/// Returns the sum of the limits of steps, or the limit of the whole call if that is shorter.
fn within_total(timeouts: &Timeouts, steps: impl IntoIterator<Item = Duration>) -> Duration {
    let sum = steps.into_iter().fold(Duration::ZERO, Duration::saturating_add);
    timeouts.total.map_or(sum, |total| total.min(sum))
}

/// Returns an upper bound of the bytes on the wire: each byte of a text may need three (RFC 2045 §6.7),
/// and three bytes of an attachment need four and their share of line ends.
fn size_at_most(mail: &Mail) -> u64 {
    match mail.content() {
        Content::Message(message) => message.size(),
        Content::Draft(draft) => {
            let texts = [&draft.text, &draft.html].into_iter().flatten().map(|text| text.len() * 3);
            let inline = draft.inline_files.iter().map(|inline| &inline.file);
            let files = draft.attachments.iter().chain(inline);
            let files = files.map(|file| file.content.len() / 2 * 3);
            texts.chain(files).sum::<usize>() as u64
        }
    }
}
