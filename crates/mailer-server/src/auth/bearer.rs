//! OAuth 2 access tokens: OAUTHBEARER (RFC 7628) and XOAUTH2.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq as _;

use super::{mechanism::Mechanism, scram};
use crate::{options::Account, reply::Reply};

/// The separator of the fields (RFC 7628 §3.1).
const SEPARATOR: char = '\u{1}';

/// A message with a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'m> {
    /// The user; OAUTHBEARER may leave it to the token.
    user: Option<String>,
    token: &'m str,
}

impl<'m> Message<'m> {
    /// Reads the message of a mechanism; None if it is invalid.
    pub(super) fn parse(mechanism: Mechanism, message: &'m str) -> Option<Self> {
        let (begin, fields) = message.split_once(SEPARATOR)?;
        let fields = fields.strip_suffix(SEPARATOR)?;
        let user = match mechanism {
            Mechanism::OAuthBearer => gs2_user(begin)?,
            _ => Some(begin.strip_prefix("user=").filter(|user| !user.is_empty())?.to_owned()),
        };
        let fields = fields.strip_suffix(SEPARATOR)?.split(SEPARATOR);
        let mut fields = fields.map(|field| field.split_once('='));
        let auth = fields.find_map(|field| match field {
            Some(("auth", value)) => Some(Some(value)),
            Some(_) => None,
            None => Some(None),
        })??;
        let (scheme, token) = auth.split_once(' ')?;
        // The scheme is compared without regard to case (RFC 7628 §3.1).
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(Self { user, token })
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Returns the user of the account that the token is for.
    pub(super) fn check(&self, accounts: &[Account]) -> Option<String> {
        let is_user =
            |account: &&Account| self.user.as_ref().is_none_or(|user| *user == account.user);
        let is_token = |account: &&Account| {
            let token = account.token.as_deref().unwrap_or_default();
            !token.is_empty() && bool::from(token.as_bytes().ct_eq(self.token.as_bytes()))
        };
        accounts.iter().filter(is_user).find(is_token).map(|account| account.user.clone())
    }
}

/// Reads the gs2-header `n,a=user,` (RFC 5801 §4), of which the user may be missing.
fn gs2_user(header: &str) -> Option<Option<String>> {
    let rest = header.strip_prefix("n,").or_else(|| header.strip_prefix("y,"))?;
    match rest.strip_suffix(',')? {
        "" => Some(None),
        name => scram::unescaped(name.strip_prefix("a=")?).map(Some),
    }
}

/// Returns the challenge that explains why the token is refused (RFC 7628 §3.2.2).
pub(super) fn explanation(mechanism: Mechanism) -> Reply {
    let status = if mechanism == Mechanism::OAuthBearer { "invalid_token" } else { "401" };
    let json = format!(r#"{{"status":"{status}","schemes":"bearer","scope":"smtp"}}"#);
    Reply::with_text(334, "", STANDARD.encode(json))
}

/// Whether this is what a client sends in response to the explanation: the separator (RFC 7628 §3.2.3), or
/// nothing with XOAUTH2.
pub(super) fn is_acknowledgement(mechanism: Mechanism, message: &str) -> bool {
    match mechanism {
        Mechanism::OAuthBearer => message == "\u{1}",
        _ => message.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_exactly() {
        let read = |mechanism, text: &str| {
            let text = text.replace('^', "\u{1}");
            Message::parse(mechanism, &text).map(|it| (it.user.clone(), it.token.to_owned()))
        };
        let bearer = |text| read(Mechanism::OAuthBearer, text);
        let xoauth2 = |text| read(Mechanism::XOAuth2, text);
        let found = |user: Option<&str>| Some((user.map(str::to_owned), "t0k=".to_owned()));
        // RFC 7628 §4.1
        let whole = "n,a=user@example.com,^host=server.example.com^port=143^auth=Bearer t0k=^^";
        assert_eq!(bearer(whole), found(Some("user@example.com")));
        assert_eq!(bearer("n,,^auth=bearer t0k=^^"), found(None));
        assert_eq!(xoauth2("user=ann^auth=Bearer t0k=^^"), found(Some("ann")));
        for wrong in [
            "",
            "^^",
            "n,a=ann^auth=Bearer t^^",
            "a=ann,^auth=Bearer t^^",
            "n,a=ann,^auth=Bearer t^",
            "n,a=ann,^auth=Bearer ^^",
            "n,a=ann,^auth=Basic t^^",
            "n,a=ann,^auth=t^^",
            "n,a=ann,^host=h^^",
            "n,a=ann,^host^auth=Bearer t^^",
            "user=ann^auth=Bearer t^^",
        ] {
            assert_eq!(bearer(wrong), None, "{wrong}");
        }
        for wrong in ["user=^auth=Bearer t^^", "ann^auth=Bearer t^^", "n,,^auth=Bearer t^^"] {
            assert_eq!(xoauth2(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_for_one_user() {
        let accounts = [
            Account::new("ann", "x").with_token("one"),
            Account::new("bob", "x").with_token("two"),
            Account::new("cid", "x"),
            Account::new("dan", "x").with_token(""),
        ];
        let check = |user: Option<&str>, token| {
            Message { user: user.map(str::to_owned), token }.check(&accounts)
        };
        assert_eq!(check(Some("ann"), "one").as_deref(), Some("ann"));
        assert_eq!(check(None, "two").as_deref(), Some("bob"));
        for (user, token) in [("ann", "two"), ("bob", "tw"), ("cid", "x"), ("cid", ""), ("dan", "")]
        {
            assert_eq!(check(Some(user), token), None, "{user} {token}");
        }
    }
}
