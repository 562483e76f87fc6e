//! New Message-IDs.

use mailer::{Error, Kind, MessageId};

/// Returns a Message-ID that no other message has: 128 random bits at this domain.
pub(crate) fn random(domain: &str) -> Result<MessageId, Error> {
    let random =
        getrandom::u64().and_then(|high| Ok((high, getrandom::u64()?))).map_err(|cause| {
            Error::new(Kind::Internal, "cannot get random numbers").with_cause(cause)
        })?;
    format!("{:016x}{:016x}@{domain}", random.0, random.1).parse()
}
