//! The named profiles.

use super::{
    EarlyInput, Extension, GroupReplies, MailLimit, OversizedChunk, PipelinedInput, Profile,
    RefusedChunk,
};

impl Profile {
    /// The names that [`Profile::named`] accepts.
    pub const NAMES: &'static [&'static str] =
        &["gmail", "postfix", "ses", "opensmtpd", "chasquid", "haraka", "exim", "minimal"];

    /// Returns the profile with this name, None if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gmail" => Self::gmail(),
            "postfix" => Self::postfix(),
            "ses" => Self::ses(),
            "opensmtpd" => Self::opensmtpd(),
            "chasquid" => Self::chasquid(),
            "haraka" => Self::haraka(),
            "exim" => Self::exim(),
            "minimal" => Self::minimal(),
            _ => return None,
        })
    }

    /// Returns a profile like Gmail's submission service. It is the default.
    #[must_use]
    pub fn gmail() -> Self {
        use Extension as E;
        Self::new(
            "gmail",
            &[
                E::Size,
                E::EightBitMime,
                E::StartTls,
                E::Auth,
                E::EnhancedStatusCodes,
                E::Pipelining,
                E::Chunking,
                E::SmtpUtf8,
            ],
            &["LOGIN", "PLAIN", "XOAUTH2", "PLAIN-CLIENTTOKEN", "OAUTHBEARER", "XOAUTH"],
        )
        .with_size(35_882_577)
    }

    /// Returns a profile like Postfix in its default configuration.
    #[must_use]
    pub fn postfix() -> Self {
        use Extension as E;
        let extensions = [
            E::Pipelining,
            E::Size,
            E::Vrfy,
            E::Etrn,
            E::StartTls,
            E::Auth,
            E::EnhancedStatusCodes,
            E::EightBitMime,
            E::Dsn,
            E::SmtpUtf8,
            E::Chunking,
        ];
        Self {
            refused_chunk: RefusedChunk::EndsTransaction,
            ..Self::new("postfix", &extensions, &["PLAIN", "LOGIN"]).with_size(10_240_000)
        }
    }

    /// Returns a profile like Amazon SES: neither PIPELINING nor CHUNKING.
    #[must_use]
    pub fn ses() -> Self {
        use Extension as E;
        Self::new("ses", &[E::EightBitMime, E::Size, E::StartTls, E::Auth], &["PLAIN", "LOGIN"])
            .with_size(41_943_040)
    }

    /// Returns a profile like OpenSMTPD: it does not announce PIPELINING, disconnects a client that
    /// pipelines, and allows 100 messages per connection.
    #[must_use]
    pub fn opensmtpd() -> Self {
        use Extension as E;
        let extensions = [
            E::EightBitMime,
            E::EnhancedStatusCodes,
            E::Size,
            E::Dsn,
            E::StartTls,
            E::Auth,
            E::Help,
        ];
        Self {
            early_input: EarlyInput::Refused,
            mail_limit: MailLimit::Busy(100),
            ..Self::new("opensmtpd", &extensions, &["PLAIN", "LOGIN"]).with_size(36_700_160)
        }
    }

    /// Returns a profile like chasquid: it drops what follows the content in the same TLS record or
    /// read.
    #[must_use]
    pub fn chasquid() -> Self {
        use Extension as E;
        let extensions = [
            E::EightBitMime,
            E::Pipelining,
            E::SmtpUtf8,
            E::EnhancedStatusCodes,
            E::Size,
            E::StartTls,
            E::Auth,
            E::Help,
        ];
        Self {
            recipients: Some(101),
            pipelined_input: PipelinedInput::Dropped,
            ..Self::new("chasquid", &extensions, &["PLAIN"]).with_size(52_428_800)
        }
    }

    /// Returns a profile like Haraka: it answers with 503 to commands between the content and its reply,
    /// and sends the replies to a group one by one, with Nagle's algorithm on.
    #[must_use]
    pub fn haraka() -> Self {
        use Extension as E;
        let extensions =
            [E::Pipelining, E::EightBitMime, E::SmtpUtf8, E::Size, E::StartTls, E::Auth];
        Self {
            pipelined_input: PipelinedInput::Refused,
            group_replies: GroupReplies::OneByOne,
            ..Self::new("haraka", &extensions, &["PLAIN", "LOGIN"]).with_size(26_214_400)
        }
    }

    /// Returns a profile like Exim: it reads a chunk that is too large as commands, leaves the
    /// transaction open after a chunk without recipients, and allows 1000 messages per connection.
    #[must_use]
    pub fn exim() -> Self {
        use Extension as E;
        let extensions = [
            E::Size,
            E::EightBitMime,
            E::Pipelining,
            E::Auth,
            E::Chunking,
            E::StartTls,
            E::SmtpUtf8,
            E::Help,
        ];
        Self {
            mail_limit: MailLimit::Closing(1000),
            refused_chunk: RefusedChunk::LeavesTransactionOpen,
            oversized_chunk: OversizedChunk::ReadAsCommands,
            ..Self::new("exim", &extensions, &["PLAIN", "LOGIN"]).with_size(52_428_800)
        }
    }

    /// Returns a profile with STARTTLS and AUTH only.
    #[must_use]
    pub fn minimal() -> Self {
        Self::new("minimal", &[Extension::StartTls, Extension::Auth], &["PLAIN", "LOGIN"])
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::gmail()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_listed_name_has_a_profile_of_that_name() {
        for name in Profile::NAMES {
            assert_eq!(Profile::named(name).expect("listed").name, *name);
        }
        assert_eq!(Profile::named("exchange"), None);
    }
}
