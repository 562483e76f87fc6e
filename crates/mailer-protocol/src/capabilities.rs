//! The extensions that a server announces.

use mailer::{Mechanism, Reply};

/// The extensions in the reply to EHLO (RFC 5321 §4.1.1.1).
///
/// A client must discard what it learned before TLS (RFC 3207 §4.2), so the session replaces the whole
/// value when TLS starts.
///
/// ```
/// use mailer::Reply;
/// use mailer_protocol::Capabilities;
/// let reply = Reply::new(250, "mail.example.com\nPIPELINING\nSIZE 1000000\nAUTH LOGIN PLAIN");
/// let capabilities = Capabilities::from_reply(&reply);
/// assert!(capabilities.pipelining && !capabilities.starttls);
/// assert_eq!(capabilities.size, Some(1_000_000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// CHUNKING (RFC 3030).
    pub chunking: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// DSN (RFC 3461): MAIL and RCPT may ask for delivery status notifications.
    pub dsn: bool,
    /// SIZE (RFC 1870): MAIL may declare the size of the mail.
    pub declares_size: bool,
    /// The maximum size of a mail in bytes; `None` if the server states no limit or `SIZE 0`.
    pub size: Option<u64>,
    /// The AUTH mechanisms in upper case, in the order of the server, each once.
    pub auth: Vec<String>,
}

impl Capabilities {
    /// Parses the reply to EHLO. The first line is a greeting, and unknown extensions are skipped.
    #[must_use]
    pub fn from_reply(reply: &Reply) -> Self {
        let mut capabilities = Self::default();
        for line in reply.lines().skip(1) {
            capabilities.add(&line.to_ascii_uppercase());
        }
        capabilities
    }

    /// Whether the server announces this mechanism.
    #[must_use]
    pub fn offers(&self, mechanism: Mechanism) -> bool {
        self.auth.iter().any(|name| name == mechanism.name())
    }

    fn add(&mut self, line: &str) {
        // Old servers announce "AUTH=LOGIN" in addition to "AUTH LOGIN" or instead of it.
        let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        match words.next() {
            Some("STARTTLS") => self.starttls = true,
            Some("PIPELINING") => self.pipelining = true,
            Some("CHUNKING") => self.chunking = true,
            Some("8BITMIME") => self.eight_bit_mime = true,
            Some("SMTPUTF8") => self.smtputf8 = true,
            Some("DSN") => self.dsn = true,
            Some("SIZE") => {
                self.declares_size = true;
                self.size = words.next().and_then(|limit| limit.parse().ok()).filter(|&n| n > 0);
            }
            Some("AUTH") => {
                for name in words {
                    if !self.auth.iter().any(|known| known == name) {
                        self.auth.push(name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(lines: &str) -> Capabilities {
        Capabilities::from_reply(&Reply::new(250, format!("mail.example.com\n{lines}")))
    }

    #[test]
    fn the_extensions_of_gmail_are_read() {
        let capabilities = parse(
            "SIZE 35882577\n8BITMIME\nAUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN \
                               OAUTHBEARER XOAUTH\nENHANCEDSTATUSCODES\nPIPELINING\nCHUNKING\nSMTPUTF8",
        );
        assert_eq!(capabilities.size, Some(35_882_577));
        assert!(capabilities.eight_bit_mime && capabilities.pipelining && capabilities.smtputf8);
        assert!(capabilities.chunking);
        assert!(capabilities.offers(Mechanism::Login) && capabilities.offers(Mechanism::Plain));
    }

    #[test]
    fn unusual_spellings_are_accepted() {
        assert_eq!(parse("AUTH=LOGIN\nauth plain login").auth, ["LOGIN", "PLAIN"]);
        assert!(parse("Pipelining").pipelining);
        assert_eq!(parse("SIZE").size, None);
        assert!(parse("SIZE").declares_size);
        assert_eq!(parse("SIZE 0").size, None);
        assert_eq!(parse("SIZE many").size, None);
    }

    #[test]
    fn the_greeting_line_announces_nothing() {
        assert_eq!(
            Capabilities::from_reply(&Reply::new(250, "PIPELINING")),
            Capabilities::default()
        );
        assert!(!parse("PLAIN-CLIENTTOKEN\nXSTARTTLS").starttls);
    }

    proptest! {
        #[test]
        fn case_order_and_unknown_extensions_change_nothing(
            lines in proptest::sample::subsequence(
                vec!["STARTTLS", "PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 77", "AUTH PLAIN"],
                0..=8,
            ),
            unknown in proptest::collection::vec("X[A-Z0-9-]{0,9}( [ -~]{0,9})?", 0..4),
        ) {
            let all = parse(&lines.join("\n"));
            prop_assert_eq!(&all, &parse(&lines.join("\n").to_ascii_lowercase()));
            let reversed: Vec<&str> = lines.iter().rev().copied().collect();
            prop_assert_eq!(&all, &parse(&[reversed.join("\n"), unknown.join("\n")].join("\n")));
            let has = |line| lines.contains(&line);
            prop_assert_eq!(all.starttls, has("STARTTLS"));
            prop_assert_eq!(all.pipelining, has("PIPELINING"));
            prop_assert_eq!(all.chunking, has("CHUNKING"));
            prop_assert_eq!(all.eight_bit_mime, has("8BITMIME"));
            prop_assert_eq!(all.smtputf8, has("SMTPUTF8"));
            prop_assert_eq!(all.dsn, has("DSN"));
            prop_assert_eq!(all.size, has("SIZE 77").then_some(77));
            prop_assert_eq!(all.offers(Mechanism::Plain), has("AUTH PLAIN"));
        }

        #[test]
        fn no_text_produces_an_invalid_capability(text in "(\\PC|\n|\t){0,60}") {
            let found = parse(&text);
            prop_assert!(found.size != Some(0));
            prop_assert!(found.auth.iter().all(|name| !name.is_empty() && !name.contains([' ', '=', '\t'])));
        }
    }
}
