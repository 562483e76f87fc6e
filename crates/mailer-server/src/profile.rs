//! What the server announces, as data

/// A service extension that the server can announce in its reply to EHLO
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extension {
    /// SIZE with the limit in octets (RFC 1870)
    Size,
    /// 8BITMIME (RFC 6152)
    EightBitMime,
    /// STARTTLS (RFC 3207); announced only where TLS can still be started
    StartTls,
    /// AUTH with the profile's mechanisms (RFC 4954); announced only where AUTH would be taken
    Auth,
    /// ENHANCEDSTATUSCODES (RFC 2034); without it replies carry none
    EnhancedStatusCodes,
    /// PIPELINING (RFC 2920)
    Pipelining,
    /// CHUNKING, that is BDAT (RFC 3030)
    Chunking,
    /// BINARYMIME (RFC 3030 §3)
    BinaryMime,
    /// SMTPUTF8 (RFC 6531)
    SmtpUtf8,
    /// DSN (RFC 3461)
    Dsn,
    /// VRFY, listed as some servers do; the command is known in any case
    Vrfy,
    /// ETRN (RFC 1985), always answered 459
    Etrn,
    /// HELP, listed as some servers do; the command is known in any case
    Help,
}

/// What becomes of input that comes before its time: a group where PIPELINING is not announced, or
/// more input behind a command that RFC 2920 §3.1 allows only as the last of its group
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyInput {
    /// Taken in order, as most servers do
    #[default]
    Tolerated,
    /// Answered with 500, and the connection closed
    Refused,
}

/// What a kind of server announces and how strict it is
///
/// Only what is announced is accepted. Profiles resemble the servers they are named after; they
/// are not copies of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name it was made from
    pub name: String,
    /// What the reply to EHLO lists, in this order
    pub extensions: Vec<Extension>,
    /// What AUTH lists, in this order. PLAIN and LOGIN are built; any other answers 504
    pub mechanisms: Vec<String>,
    /// The SIZE announced and enforced, in octets; None announces `SIZE 0` and enforces nothing
    pub size: Option<u64>,
    /// What becomes of input that comes before its time
    pub early_input: EarlyInput,
}

impl Profile {
    /// The names that [`Profile::named`] knows
    pub const NAMES: &'static [&'static str] = &["gmail", "postfix", "ses", "opensmtpd", "minimal"];

    /// The profile of that name, None if there is none
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gmail" => Self::gmail(),
            "postfix" => Self::postfix(),
            "ses" => Self::ses(),
            "opensmtpd" => Self::opensmtpd(),
            "minimal" => Self::minimal(),
            _ => return None,
        })
    }

    /// As Gmail's submission service; the default
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

    /// As Postfix with its defaults
    #[must_use]
    pub fn postfix() -> Self {
        use Extension as E;
        Self::new(
            "postfix",
            &[
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
            ],
            &["PLAIN", "LOGIN"],
        )
        .with_size(10_240_000)
    }

    /// As Amazon SES: neither PIPELINING nor CHUNKING
    #[must_use]
    pub fn ses() -> Self {
        use Extension as E;
        Self::new("ses", &[E::EightBitMime, E::Size, E::StartTls, E::Auth], &["PLAIN", "LOGIN"])
            .with_size(41_943_040)
    }

    /// As OpenSMTPD: no PIPELINING, and whoever does it nevertheless is thrown out
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
            ..Self::new("opensmtpd", &extensions, &["PLAIN", "LOGIN"]).with_size(36_700_160)
        }
    }

    /// Nothing but STARTTLS and AUTH, where they are configured
    #[must_use]
    pub fn minimal() -> Self {
        Self::new("minimal", &[Extension::StartTls, Extension::Auth], &["PLAIN", "LOGIN"])
    }

    /// The same, announcing `extension` too
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        if !self.extensions.contains(&extension) {
            self.extensions.push(extension);
        }
        self
    }

    /// The same without `extension`
    #[must_use]
    pub fn without(mut self, extension: Extension) -> Self {
        self.extensions.retain(|e| *e != extension);
        self
    }

    /// The same with a SIZE of that many octets
    #[must_use]
    pub fn with_size(mut self, octets: u64) -> Self {
        self.size = Some(octets);
        self
    }

    /// The same with these mechanisms after AUTH
    #[must_use]
    pub fn with_mechanisms<I: IntoIterator<Item = S>, S: Into<String>>(mut self, all: I) -> Self {
        self.mechanisms = all.into_iter().map(Into::into).collect();
        self
    }

    /// The same with this rule for early input
    #[must_use]
    pub fn with_early_input(mut self, rule: EarlyInput) -> Self {
        self.early_input = rule;
        self
    }

    fn new(name: &str, extensions: &[Extension], mechanisms: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            extensions: extensions.to_vec(),
            mechanisms: mechanisms.iter().map(|m| (*m).to_owned()).collect(),
            size: None,
            early_input: EarlyInput::Tolerated,
        }
    }

    /// The line of the EHLO reply for one extension
    pub(crate) fn keyword(&self, extension: Extension) -> String {
        match extension {
            Extension::Size => format!("SIZE {}", self.size.unwrap_or(0)),
            Extension::EightBitMime => "8BITMIME".into(),
            Extension::StartTls => "STARTTLS".into(),
            Extension::Auth => format!("AUTH {}", self.mechanisms.join(" ")),
            Extension::EnhancedStatusCodes => "ENHANCEDSTATUSCODES".into(),
            Extension::Pipelining => "PIPELINING".into(),
            Extension::Chunking => "CHUNKING".into(),
            Extension::BinaryMime => "BINARYMIME".into(),
            Extension::SmtpUtf8 => "SMTPUTF8".into(),
            Extension::Dsn => "DSN".into(),
            Extension::Vrfy => "VRFY".into(),
            Extension::Etrn => "ETRN".into(),
            Extension::Help => "HELP".into(),
        }
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
    fn every_listed_name_is_known_and_keeps_its_name() {
        for name in Profile::NAMES {
            assert_eq!(Profile::named(name).expect("listed").name, *name);
        }
        assert_eq!(Profile::named("exchange"), None);
    }

    #[test]
    fn an_extension_is_announced_once_or_not_at_all() {
        let profile = Profile::gmail().with(Extension::Size).without(Extension::Chunking);
        let sizes = profile.extensions.iter().filter(|e| **e == Extension::Size).count();
        assert_eq!((sizes, profile.extensions.contains(&Extension::Chunking)), (1, false));
    }
}
