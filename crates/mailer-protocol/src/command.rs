//! Commands of the client (RFC 5321 §4.1.1).

use std::fmt;

use mailer::{Address, Dsn, HelloName, Mechanism, Notify, Step};
use zeroize::Zeroizing;

/// A command, or the response to a challenge of AUTH.
///
/// It has two forms: the bytes for the wire ([`Command::encode`]), and the text for traces
/// ([`Display`](fmt::Display)), in which secrets are masked. Traces have no access to the first.
#[derive(Clone, Debug)]
pub(crate) enum Command<'a> {
    Ehlo(&'a HelloName),
    Helo(&'a HelloName),
    StartTls,
    Auth {
        mechanism: Mechanism,
        initial_response: Option<Base64>,
    },
    AuthResponse(Base64),
    /// A response to a challenge that has no secret.
    AuthFixed(&'static str),
    Mail {
        sender: Option<&'a Address>,
        parameters: MailParameters,
        dsn: Option<&'a Dsn>,
    },
    Recipient {
        address: &'a Address,
        notify: Option<Notify>,
    },
    Data,
    /// `BDAT … LAST` with the length of the content in bytes (RFC 3030 §2). The content follows at once,
    /// and the reply comes after the content.
    Bdat(u64),
    /// The dot that ends the content.
    EndOfData,
    Reset,
    Quit,
}

/// The parameters of MAIL. Each is sent only if the server announces its extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MailParameters {
    /// `SIZE=` (RFC 1870 §6).
    pub(crate) size: Option<u64>,
    /// `BODY=8BITMIME` (RFC 6152 §2).
    pub(crate) is_8bit: bool,
    /// `SMTPUTF8` (RFC 6531 §3.4).
    pub(crate) smtputf8: bool,
}

impl Command<'_> {
    /// Appends the bytes for the wire, with the line end.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        // Writing to a vector cannot fail.
        let _ = self.write_to(&mut Line(out), |secret| &secret.0);
        out.extend_from_slice(b"\r\n");
    }

    /// Writes the line without its line end; `show` returns the text for a secret. There are no format
    /// strings in the commands of a mail: in a profile of `streamed` they cost more than the rest.
    fn write_to<W: fmt::Write>(&self, out: &mut W, show: impl Fn(&Base64) -> &str) -> fmt::Result {
        match self {
            Self::Ehlo(name) => write!(out, "EHLO {name}"),
            Self::Helo(name) => write!(out, "HELO {name}"),
            Self::StartTls => out.write_str("STARTTLS"),
            Self::Auth { mechanism, initial_response } => {
                out.write_str("AUTH ")?;
                out.write_str(mechanism.name())?;
                let Some(secret) = initial_response else { return Ok(()) };
                out.write_str(" ")?;
                out.write_str(show(secret))
            }
            Self::AuthResponse(secret) => out.write_str(show(secret)),
            Self::AuthFixed(response) => out.write_str(response),
            Self::Mail { sender, parameters, dsn } => {
                out.write_str("MAIL FROM:<")?;
                out.write_str(sender.map_or("", Address::as_str))?;
                out.write_str(">")?;
                parameters.write_to(out)?;
                dsn.map_or(Ok(()), |dsn| write_dsn(dsn, out))
            }
            Self::Recipient { address, notify } => {
                out.write_str("RCPT TO:<")?;
                out.write_str(address.as_str())?;
                out.write_str(">")?;
                notify.map_or(Ok(()), |notify| write!(out, " NOTIFY={notify}"))
            }
            Self::Data => out.write_str("DATA"),
            Self::Bdat(size) => {
                out.write_str("BDAT ")?;
                out.write_str(itoa::Buffer::new().format(*size))?;
                out.write_str(" LAST")
            }
            Self::EndOfData => out.write_str("."),
            Self::Reset => out.write_str("RSET"),
            Self::Quit => out.write_str("QUIT"),
        }
    }

    /// Whether its bytes contain a secret, so that they must be wiped.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self, Self::Auth { initial_response: Some(_), .. } | Self::AuthResponse(_))
    }

    /// Returns the step that its reply belongs to.
    pub(crate) fn step(&self, inside_tls_again: bool) -> Step {
        match self {
            Self::Ehlo(_) | Self::Helo(_) if inside_tls_again => Step::EhloAgain,
            Self::Ehlo(_) | Self::Helo(_) => Step::Ehlo,
            Self::StartTls => Step::StartTls,
            Self::Auth { .. } | Self::AuthResponse(_) | Self::AuthFixed(_) => Step::Auth,
            Self::Mail { .. } => Step::Mail,
            Self::Recipient { .. } => Step::Recipient,
            Self::Data | Self::Bdat(_) => Step::Data,
            Self::EndOfData => Step::EndOfData,
            Self::Reset => Step::Reset,
            Self::Quit => Step::Quit,
        }
    }
}

const MASK: &str = "****";

impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f, |_| MASK)
    }
}

impl MailParameters {
    fn write_to(self, out: &mut impl fmt::Write) -> fmt::Result {
        if let Some(size) = self.size {
            out.write_str(" SIZE=")?;
            out.write_str(itoa::Buffer::new().format(size))?;
        }
        if self.is_8bit {
            out.write_str(" BODY=8BITMIME")?;
        }
        if self.smtputf8 {
            out.write_str(" SMTPUTF8")?;
        }
        Ok(())
    }
}

/// Writes the parameters of MAIL for notifications (RFC 3461 §4.3, §4.4).
fn write_dsn(dsn: &Dsn, out: &mut impl fmt::Write) -> fmt::Result {
    if let Some(returned) = dsn.returned {
        write!(out, " RET={returned}")?;
    }
    if let Some(id) = &dsn.envelope_id {
        write!(out, " ENVID={}", id.to_xtext())?;
    }
    Ok(())
}

/// A byte buffer that implements [`fmt::Write`].
struct Line<'a>(&'a mut Vec<u8>);

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// A secret in base64: masked in `Debug`, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Base64(Zeroizing<String>);

impl Base64 {
    /// Encodes the secret. An empty secret stays empty; as an initial response it would be `=`
    /// (RFC 4954 §4).
    pub(crate) fn encode(secret: &[u8]) -> Self {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        Self(Zeroizing::new(STANDARD.encode(secret)))
    }

    /// Returns the length of the encoded form in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[cfg(test)]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use mailer::ReturnedContent;

    use super::*;

    fn wire(command: &Command<'_>) -> String {
        let mut out = Vec::new();
        command.encode(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn envelope_commands_are_encoded_exactly() {
        let ann: Address = "ann@example.com".parse().unwrap();
        let parameters = MailParameters { size: Some(123), is_8bit: true, smtputf8: true };
        assert_eq!(
            wire(&Command::Mail { sender: Some(&ann), parameters, dsn: None }),
            "MAIL FROM:<ann@example.com> SIZE=123 BODY=8BITMIME SMTPUTF8\r\n"
        );
        let parameters = MailParameters::default();
        assert_eq!(
            wire(&Command::Mail { sender: None, parameters, dsn: None }),
            "MAIL FROM:<>\r\n"
        );
        let recipient = |notify| wire(&Command::Recipient { address: &ann, notify });
        assert_eq!(recipient(None), "RCPT TO:<ann@example.com>\r\n");
        let mut dsn = Dsn::default();
        dsn.notify = Some("failure,delay".parse().unwrap());
        dsn.returned = Some(ReturnedContent::Headers);
        dsn.envelope_id = Some("a+b".parse().unwrap());
        assert_eq!(recipient(dsn.notify), "RCPT TO:<ann@example.com> NOTIFY=FAILURE,DELAY\r\n");
        let asking = Command::Mail { sender: None, parameters, dsn: Some(&dsn) };
        assert_eq!(wire(&asking), "MAIL FROM:<> RET=HDRS ENVID=a+2Bb\r\n");
    }

    #[test]
    fn secrets_are_encoded_but_never_displayed() {
        let initial_response = Some(Base64::encode(b"\0ann\0sesame"));
        let auth = Command::Auth { mechanism: Mechanism::Plain, initial_response };
        assert_eq!(wire(&auth), "AUTH PLAIN AGFubgBzZXNhbWU=\r\n");
        assert_eq!(auth.to_string(), "AUTH PLAIN ****");
        let response = Command::AuthResponse(Base64::encode(b"sesame"));
        assert_eq!(wire(&response), "c2VzYW1l\r\n");
        assert_eq!(format!("{response} {response:?}"), "**** AuthResponse(****)");
    }
}
