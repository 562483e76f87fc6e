//! OAuth 2 access tokens: OAUTHBEARER (RFC 7628) and XOAUTH2, its predecessor.

use mailer::{Credentials, Mechanism, Server};
use zeroize::Zeroizing;

use super::scram;

/// What separates the fields (RFC 7628 §3.1).
const SEPARATOR: &str = "\u{1}";

/// The response of each mechanism to the server's explanation of a refusal. For OAUTHBEARER it is
/// the separator in base64 (RFC 7628 §3.2.3), and for XOAUTH2 an empty line.
pub(super) fn answer_to_refusal(mechanism: Mechanism) -> &'static str {
    if mechanism == Mechanism::OAuthBearer { "AQ==" } else { "" }
}

/// Returns the message with the token.
pub(super) fn message(
    mechanism: Mechanism,
    server: &Server,
    credentials: &Credentials,
) -> Zeroizing<String> {
    let (user, token) = (credentials.user(), credentials.secret().reveal());
    let begin = match mechanism {
        Mechanism::OAuthBearer => format!(
            "n,a={},{SEPARATOR}host={}{SEPARATOR}port={}{SEPARATOR}",
            scram::escaped(user),
            server.host,
            server.port
        ),
        _ => format!("user={user}{SEPARATOR}"),
    };
    let parts = [&begin, "auth=Bearer ", token, SEPARATOR, SEPARATOR];
    // The capacity is exact: a text that grows leaves a copy in memory that is not wiped.
    let length = parts.iter().map(|part| part.len()).sum();
    let mut message = Zeroizing::new(String::with_capacity(length));
    parts.iter().for_each(|part| message.push_str(part));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message_of(mechanism: Mechanism, user: &str, token: &str) -> String {
        let server = "smtp://server.example.com:587".parse().unwrap();
        let credentials = Credentials::with_token(user, token).unwrap();
        message(mechanism, &server, &credentials).to_string()
    }

    /// RFC 7628 §4.1, with the port of this server.
    #[test]
    fn oauthbearer_is_the_example_of_rfc_7628() {
        assert_eq!(
            message_of(
                Mechanism::OAuthBearer,
                "user@example.com",
                "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
            ),
            "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=587\u{1}\
             auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}"
        );
        let escaped = message_of(Mechanism::OAuthBearer, "a=b,c", "x");
        assert!(escaped.starts_with("n,a=a=3Db=2Cc,\u{1}"), "{escaped:?}");
    }

    #[test]
    fn xoauth2_has_user_and_token() {
        assert_eq!(
            message_of(Mechanism::XOAuth2, "user@example.com", "ya29.x"),
            "user=user@example.com\u{1}auth=Bearer ya29.x\u{1}\u{1}"
        );
    }
}
