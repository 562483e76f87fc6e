//! How long a call may take before it is given up: the deadlines of all its steps together.

use std::time::Duration;

use mailer::{Content, Mail, Timeouts};

/// Bytes that [`Timeouts::block`] is for.
const BLOCK: u64 = 64 * 1024;

/// The longest that opening may take: all its steps, and the QUIT that ends a failure.
pub(super) fn to_open(timeouts: &Timeouts) -> Duration {
    // EHLO, STARTTLS, EHLO, AUTH and two answers to challenges, NOOP twice.
    let commands = timeouts.command.saturating_mul(8);
    sum([timeouts.connect, timeouts.greeting, commands, timeouts.tls, timeouts.quit])
}

/// The longest that a message may take: on a connection that turns out to be broken, after which
/// lettre opens another one.
pub(super) fn to_send(timeouts: &Timeouts, mail: &Mail) -> Duration {
    let recipients = u32::try_from(mail.envelope().recipients().len()).unwrap_or(u32::MAX);
    let blocks = u32::try_from(size_at_most(mail) / BLOCK + 1).unwrap_or(u32::MAX);
    let envelope = timeouts.envelope.saturating_mul(recipients.saturating_add(1));
    let content = timeouts.block.saturating_mul(blocks);
    let end = [timeouts.end_of_data, timeouts.quit];
    sum([to_open(timeouts), envelope, timeouts.data, content].into_iter().chain(end))
}

/// The longest that QUIT may take.
pub(super) fn to_close(timeouts: &Timeouts) -> Duration {
    timeouts.quit
}

fn sum(limits: impl IntoIterator<Item = Duration>) -> Duration {
    limits.into_iter().fold(Duration::ZERO, Duration::saturating_add)
}

/// Bytes on the wire, or more: every byte of a text may take three (RFC 2045 §6.7), every three of
/// an attachment four and its line ends.
fn size_at_most(mail: &Mail) -> u64 {
    match mail.content() {
        Content::Message(message) => message.size(),
        Content::Draft(draft) => {
            let texts = [&draft.text, &draft.html].into_iter().flatten().map(|text| text.len() * 3);
            let files = draft.attachments.iter().map(|file| file.content.len() / 2 * 3);
            texts.chain(files).sum::<usize>() as u64
        }
    }
}
