//! The replies of the server.

use std::borrow::Cow;

/// One reply: code, enhanced status code and text (RFC 5321 §4.2, RFC 2034).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    /// The enhanced status code; empty where RFC 2034 allows none.
    status: &'static str,
    /// The lines of text, with LF between them.
    text: Cow<'static, str>,
}

impl Reply {
    pub(crate) const fn new(code: u16, status: &'static str, text: &'static str) -> Self {
        Self { code, status, text: Cow::Borrowed(text) }
    }

    pub(crate) fn with_text(code: u16, status: &'static str, text: String) -> Self {
        Self { code, status, text: Cow::Owned(text) }
    }

    /// Returns the text without codes, in one line.
    pub(crate) fn text(&self) -> String {
        self.text.replace('\n', " ")
    }

    /// Returns whether the command itself was wrong. A session may have a limited number of these.
    pub(crate) fn is_client_error(&self) -> bool {
        matches!(self.code, 500..=504 | 530..=538 | 555)
    }

    /// Appends the reply to `out`, with enhanced status codes only if they were announced.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>, enhanced: bool) {
        let mut lines = self.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            out.extend_from_slice(self.code.to_string().as_bytes());
            out.push(if lines.peek().is_some() { b'-' } else { b' ' });
            if enhanced && !self.status.is_empty() {
                out.extend_from_slice(self.status.as_bytes());
                out.push(b' ');
            }
            out.extend_from_slice(line.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

macro_rules! replies {
    ($($name:ident = $code:literal $status:literal $text:literal;)*) => {
        $(pub(crate) const $name: Reply = Reply::new($code, $status, $text);)*
    };
}

// The replies with fixed text.
replies! {
    HELP = 214 "2.0.0" "EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT";
    START_TLS = 220 "2.0.0" "Ready to start TLS";
    BYE = 221 "2.0.0" "Bye";
    AUTHENTICATED = 235 "2.7.0" "Welcome";
    SENDER_OK = 250 "2.1.0" "Sender valid";
    RECIPIENT_OK = 250 "2.1.5" "Recipient valid";
    RESET = 250 "2.0.0" "Forgotten";
    NOOP = 250 "2.0.0" "Nothing done";
    CANNOT_VERIFY = 252 "2.5.0" "Cannot verify, but will attempt delivery";
    USER_NAME = 334 "" "VXNlcm5hbWU6";
    PASSWORD = 334 "" "UGFzc3dvcmQ6";
    EMPTY_CHALLENGE = 334 "" "";
    GO_AHEAD = 354 "" "Go ahead, end with a dot on a line of its own";
    SHUTTING_DOWN = 421 "4.3.2" "The server is stopping";
    TOO_SLOW = 421 "4.4.2" "That took too long";
    SESSION_OVER = 421 "4.4.2" "This session has lasted too long";
    ENOUGH_MAILS = 421 "4.7.0" "Too many messages on this connection";
    TOO_MANY_LOGINS = 421 "4.7.0" "Too many failed logins";
    TOO_MANY_ERRORS = 421 "4.7.0" "Too many errors";
    STORE_FAILED = 451 "4.3.0" "The message could not be stored";
    TOO_MANY_MAILS = 452 "4.5.3" "Too many messages on this connection, send the rest on another";
    CANNOT_AUTHENTICATE = 454 "4.7.0" "Cannot check this login now";
    TOO_MANY_RECIPIENTS = 452 "4.5.3" "Too many recipients, send the rest in another message";
    NO_QUEUES = 459 "4.5.0" "There is no queue to start";
    UNKNOWN_COMMAND = 500 "5.5.1" "Unknown command";
    BARE_LINE_FEED = 500 "5.5.2" "A line ends with CR LF, this one ends with LF only";
    CONTROL_CHARACTER = 500 "5.5.2" "Control character in a command";
    LINE_TOO_LONG = 500 "5.5.2" "Line too long";
    NOT_UTF8 = 500 "5.5.2" "Neither ASCII nor UTF-8";
    NO_PIPELINING = 500 "5.5.0" "Wait for the reply before sending more";
    BAD_SENDER = 501 "5.1.7" "Bad sender address, write it <local-part@domain> or <>";
    BAD_RECIPIENT = 501 "5.1.3" "Bad recipient address, write it <local-part@domain>";
    PARAMETER_SPACING = 501 "5.5.4" "Write KEYWORD or KEYWORD=value, with one space before each";
    TWICE = 501 "5.5.4" "The same parameter twice";
    AUTH_CANCELLED = 501 "5.7.0" "Cancelled";
    BAD_BASE64 = 501 "5.5.2" "Not base64";
    BAD_CREDENTIALS = 501 "5.5.2" "Not what this mechanism sends";
    NOT_OFFERED = 502 "5.5.1" "Not offered here";
    HELLO_FIRST = 503 "5.5.1" "EHLO or HELO first";
    NO_SERVICE = 503 "5.3.2" "No service here, only QUIT";
    EHLO_FIRST = 503 "5.5.1" "Send EHLO first, HELO has no extensions";
    MAIL_FIRST = 503 "5.5.1" "MAIL FROM:<address> first";
    NESTED_MAIL = 503 "5.5.1" "A transaction is open already";
    RECIPIENT_FIRST = 503 "5.5.1" "RCPT TO:<address> first, no recipient was accepted";
    BDAT_BEGUN = 503 "5.5.1" "Only BDAT or RSET may follow BDAT";
    BINARY_NEEDS_BDAT = 503 "5.5.1" "BODY=BINARYMIME needs BDAT";
    TLS_ALREADY = 503 "5.5.1" "TLS is active already";
    PIPELINED_AFTER_CONTENT = 503 "5.5.0" "pipelined after end of DATA";
    BYTES_AFTER_START_TLS = 503 "5.5.0" "STARTTLS must end its group, but more followed";
    AUTH_ALREADY = 503 "5.5.1" "Logged in already";
    AUTH_IN_MAIL = 503 "5.5.1" "Not within a transaction";
    NO_MECHANISM = 504 "5.5.4" "Mechanism not available";
    TLS_FIRST = 530 "5.7.0" "STARTTLS first";
    AUTH_FIRST = 530 "5.7.0" "Log in first";
    WRONG_TOKEN = 535 "5.7.8" "Access token not accepted";
    WRONG_PASSWORD = 535 "5.7.8" "User name and password not accepted";
    AUTH_NEEDS_TLS = 538 "5.7.11" "Not in the clear, STARTTLS first";
    REFUSED_RECIPIENT = 550 "5.1.1" "No such mailbox";
    TOO_BIG = 552 "5.3.4" "The message is larger than SIZE";
    NEEDS_SMTPUTF8 = 553 "5.6.7" "An address outside ASCII needs SMTPUTF8 with MAIL";
    BARE_LINE_END = 554 "5.6.0" "The content has a bare CR or LF; lines end with CR LF";
    UNKNOWN_PARAMETER = 555 "5.5.4" "Parameter unknown or not announced";
    PARAMETER_AFTER_HELO = 555 "5.5.4" "Parameters need EHLO, HELO allows none";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(reply: &Reply, enhanced: bool) -> String {
        let mut out = Vec::new();
        reply.write_to(&mut out, enhanced);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_line_but_the_last_has_a_hyphen() {
        let reply = Reply::with_text(250, "", "host\nSIZE 5\nHELP".into());
        assert_eq!(bytes(&reply, true), "250-host\r\n250-SIZE 5\r\n250 HELP\r\n");
    }

    #[test]
    fn enhanced_codes_are_omitted_unless_announced() {
        assert_eq!(bytes(&BYE, true), "221 2.0.0 Bye\r\n");
        assert_eq!(bytes(&BYE, false), "221 Bye\r\n");
        assert_eq!(bytes(&EMPTY_CHALLENGE, true), "334 \r\n");
    }
}
