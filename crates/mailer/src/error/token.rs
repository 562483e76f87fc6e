//! Errors for access tokens that a server refuses (RFC 7628 §3.2.2).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{Error, Kind, Setting};
use crate::{Reply, Step};

/// The maximum number of characters of a server's explanation.
const SHOWN: usize = 300;

/// The members of the server's JSON that say what is wrong or needed. Google and Microsoft send `status` and
/// `scope` too, with `schemes`, which is always `bearer`.
const MEMBERS: [&str; 3] = ["status", "scope", "openid-configuration"];

impl Error {
    /// Returns the error for an access token that the server refuses. `challenge` is the text of the 334
    /// with which a server explains the refusal: JSON in base64 (RFC 7628 §3.2.2).
    ///
    /// A reply that is not about the token, such as 454 or 504, has the error of
    /// [`refused`](Self::refused).
    #[must_use]
    pub fn token_refused(reply: Reply, challenge: Option<&str>) -> Self {
        let is_about_token = match reply.code {
            334 => true,
            500..=504 | 530 | 538 => false,
            _ => reply.is_permanent(),
        };
        if !is_about_token {
            return Self::refused(Step::Auth, reply);
        }
        let what = "the server refused the access token";
        let what = match challenge.and_then(explanation) {
            Some(explanation) => format!("{what}: {explanation}"),
            None => what.to_owned(),
        };
        Self::new(Kind::Authentication, what)
            .with_step(Step::Auth)
            .with_reply(reply)
            .with_hint(
                "get a new token, as it may have expired; check that it has the scope for SMTP and belongs \
                 to this user",
            )
            .with_settings(&[Setting::Token, Setting::Credentials, Setting::Mechanism])
    }
}

/// Returns what a challenge explains; `None` if it is not base64 or has no text.
fn explanation(challenge: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(challenge.trim()).ok()?).ok()?;
    let known = match serde_json::from_str(&text) {
        Ok(Value::Object(json)) => members(&json),
        _ => String::new(),
    };
    let text = if known.is_empty() { text } else { known };
    let shown: String = text.trim().chars().take(SHOWN).collect();
    (!shown.is_empty()).then_some(shown)
}

/// Returns the known members as `status invalid_token, scope ...`.
fn members(json: &serde_json::Map<String, Value>) -> String {
    let member = |name: &&str| match json.get(*name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("{name} {text}")),
        Value::Null => None,
        other => Some(format!("{name} {other}")),
    };
    MEMBERS.iter().filter_map(member).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        let challenge = STANDARD.encode(json);
        Error::token_refused(Reply::new(535, "5.7.8 no"), Some(&challenge)).to_string()
    }

    /// The example of RFC 7628 §4.3, and what Google sends.
    #[test]
    fn the_explanation_of_the_server_is_shown() {
        let refused_with = |shown: &str| {
            format!(
                "the server refused the access token{shown} (at AUTH); the server said: 535 5.7.8 no"
            )
        };
        for (json, shown) in [
            (
                r#"{"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/.well-known/openid-configuration"}"#,
                ": status invalid_token, scope example_scope, \
                 openid-configuration https://example.com/.well-known/openid-configuration",
            ),
            (
                r#"{"status":"401","schemes":"bearer","scope":"https://mail.example.com/"}"#,
                ": status 401, scope https://mail.example.com/",
            ),
            (r#"{"status":401}"#, ": status 401"),
            (r#"{"error":"late"}"#, r#": {"error":"late"}"#),
            ("not JSON\u{1b}[2J", ": not JSON\\u{1b}[2J"),
            ("", ""),
        ] {
            assert_eq!(refused(json), refused_with(shown), "{json}");
        }
        let error = Error::token_refused(Reply::new(535, "5.7.8 no"), Some("not base64"));
        assert_eq!(error.to_string(), refused_with(""));
    }

    #[test]
    fn deep_and_long_explanations_are_cut() {
        let deep = refused(&format!("{{\"status\":{}1", "[".repeat(100_000)));
        assert!(deep.len() < 2 * SHOWN, "{deep}");
    }

    #[test]
    fn a_reply_that_is_not_about_the_token_keeps_its_meaning() {
        for (code, kind) in [
            (535, Kind::Authentication),
            (550, Kind::Authentication),
            (334, Kind::Authentication),
            (504, Kind::Authentication),
            (454, Kind::Temporary),
            (421, Kind::Temporary),
            (250, Kind::Protocol),
        ] {
            let error = Error::token_refused(Reply::new(code, "text"), None);
            assert_eq!((error.kind(), error.step()), (kind, Some(Step::Auth)), "{code}");
            let names_token = error.settings().contains(&Setting::Token);
            assert_eq!(names_token, matches!(code, 334 | 535 | 550), "{code}");
            assert!(error.hint().is_some_and(|hint| !hint.contains("--")), "{error:?}");
        }
    }
}
