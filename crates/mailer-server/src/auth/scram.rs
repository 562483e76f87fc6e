//! SCRAM-SHA-256, the server's side (RFC 5802, RFC 7677), without channel binding.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::options::Account;

/// The number of rounds: the fewest that RFC 7677 §4 allows, so that a login is quick.
const ROUNDS: u32 = 4096;

/// An exchange that waits for the client's proof.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    user: String,
    /// `n=user,r=nonce` of the client.
    client_first_bare: String,
    /// The header before it, which the proof repeats.
    gs2_header: String,
    nonce: String,
    salt: Vec<u8>,
    server_first: String,
}

impl Challenge {
    /// Reads the client-first message; `random` is for the nonce and the salt. Returns None if the message
    /// is invalid.
    pub(crate) fn new(client_first: &str, random: [u8; 32]) -> Option<Self> {
        // A client that requires channel binding sends `p=`, which is not offered.
        let rest = client_first.strip_prefix("n,").or_else(|| client_first.strip_prefix("y,"))?;
        let (as_user, bare) = rest.split_once(',')?;
        let as_user = match as_user {
            "" => None,
            name => Some(unescaped(name.strip_prefix("a=")?)?),
        };
        let gs2_header = client_first.strip_suffix(bare)?;
        let (user, client_nonce) = bare.strip_prefix("n=")?.split_once(",r=")?;
        let client_nonce = client_nonce.split(',').next()?;
        if client_nonce.is_empty() || !client_nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let user = unescaped(user)?;
        // No user may act as another user.
        if as_user.is_some_and(|as_user| as_user != user) {
            return None;
        }
        let (nonce, salt) = random.split_at(random.len() / 2);
        let nonce = format!("{client_nonce}{}", STANDARD.encode(nonce));
        let server_first = format!("r={nonce},s={},i={ROUNDS}", STANDARD.encode(salt));
        let (client_first_bare, gs2_header) = (bare.to_owned(), gs2_header.to_owned());
        Some(Self { user, client_first_bare, gs2_header, nonce, salt: salt.to_vec(), server_first })
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Returns the server-first message.
    pub(crate) fn server_first(&self) -> &str {
        &self.server_first
    }

    /// Checks the client-final message. Returns the account's user, and the server-final message with the
    /// server's own proof; None if the client's proof is wrong.
    pub(crate) fn verify(
        &self,
        client_final: &str,
        accounts: &[Account],
    ) -> Option<(String, String)> {
        let (without_proof, proof) = client_final.rsplit_once(",p=")?;
        let wanted = format!("c={},r={}", STANDARD.encode(&self.gs2_header), self.nonce);
        if without_proof != wanted {
            return None;
        }
        let account = accounts.iter().find(|account| prepared(&account.user) == self.user)?;
        let proof = <[u8; 32]>::try_from(STANDARD.decode(proof).ok()?).ok()?;
        let signed = format!("{},{},{without_proof}", self.client_first_bare, self.server_first);
        let mut salted = [0; 32];
        let password = prepared(&account.password);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &self.salt, ROUNDS, &mut salted);
        let stored_key = Sha256::digest(hmac(&salted, b"Client Key"));
        let signature = hmac(&stored_key, signed.as_bytes());
        let client_key: Vec<u8> =
            proof.iter().zip(signature).map(|(one, other)| one ^ other).collect();
        if !bool::from(Sha256::digest(client_key).as_slice().ct_eq(stored_key.as_slice())) {
            return None;
        }
        let signature = hmac(&hmac(&salted, b"Server Key"), signed.as_bytes());
        Some((account.user.clone(), format!("v={}", STANDARD.encode(signature))))
    }
}

/// Undoes the escapes of a name; None if there are others (RFC 5802 §5.1).
pub(super) fn unescaped(name: &str) -> Option<String> {
    let mut text = String::new();
    for (index, part) in name.split('=').enumerate() {
        if index == 0 {
            text.push_str(part);
        } else if let Some(rest) = part.strip_prefix("2C") {
            text.push(',');
            text.push_str(rest);
        } else {
            text.push('=');
            text.push_str(part.strip_prefix("3D")?);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Returns the text as SASLprep changes it (RFC 4013), or unchanged if SASLprep does not allow it.
fn prepared(text: &str) -> Cow<'_, str> {
    stringprep::saslprep(text).unwrap_or(Cow::Borrowed(text))
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // A key of any length is valid, so this cannot fail.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mut hmac| {
            hmac.update(message);
            hmac.finalize().into_bytes().into()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677 §3, with its nonce and salt.
    fn example() -> Challenge {
        Challenge {
            user: "user".into(),
            client_first_bare: "n=user,r=rOprNGfwEbeRWgbNEkqO".into(),
            gs2_header: "n,,".into(),
            nonce: "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".into(),
            salt: STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap(),
            server_first: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
                .into(),
        }
    }

    const PROOF: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    #[test]
    fn the_example_of_rfc_7677_is_accepted() {
        let accounts = [Account::new("user", "pencil")];
        let (user, server_final) = example().verify(PROOF, &accounts).unwrap();
        assert_eq!(user, "user");
        assert_eq!(server_final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn another_proof_user_nonce_or_binding_is_refused() {
        let accounts = [Account::new("user", "pencil")];
        for wrong in [
            PROOF.replace("dHzb", "dHzc"),
            PROOF.replace("$k0", "$k1"),
            PROOF.replace("biws", "eSws"),
            PROOF.replace(",p=", ",q="),
            PROOF.replace(",p=", ",x=y,p="),
            "c=biws".into(),
            String::new(),
        ] {
            assert!(example().verify(&wrong, &accounts).is_none(), "{wrong}");
        }
        assert!(example().verify(PROOF, &[Account::new("user", "pen")]).is_none());
        assert!(example().verify(PROOF, &[Account::new("anna", "pencil")]).is_none());
    }

    #[test]
    fn a_client_first_message_is_read_exactly() {
        let challenge = Challenge::new("n,,n=a=3Db=2Cc,r=nonce", [1; 32]).unwrap();
        assert_eq!((challenge.user.as_str(), challenge.gs2_header.as_str()), ("a=b,c", "n,,"));
        assert!(challenge.server_first.starts_with("r=nonceAQEB"), "{challenge:?}");
        assert!(Challenge::new("y,a=ann,n=ann,r=nonce", [1; 32]).is_some());
        for wrong in [
            "",
            "n,,n=ann",
            "n,,n=ann,r=",
            "n,,n=,r=nonce",
            "n,,n=a=3Cb,r=nonce",
            "n,,n=ann,r=no nce",
            "n,a=bob,n=ann,r=nonce",
            "n,bob,n=ann,r=nonce",
            "p=tls-exporter,,n=ann,r=nonce",
            "n,,m=x,n=ann,r=nonce",
        ] {
            assert_eq!(Challenge::new(wrong, [1; 32]), None, "{wrong}");
        }
    }
}
