//! SCRAM-SHA-256, the client's side (RFC 5802, RFC 7677). Channel binding (SCRAM-SHA-256-PLUS) is not supported: the
//! protocol knows no TLS, and native-tls does not export the value that TLS 1.3 needs for it (RFC 9266). rustls does, but
//! the backends do not use it.
//!
//! ```text
//! C: n,,n=user,r=NONCE                          client-first
//! S: r=NONCE+MORE,s=SALT,i=ROUNDS               server-first
//! C: c=biws,r=NONCE+MORE,p=PROOF                client-final
//! S: v=SIGNATURE, or e=ERROR                    server-final
//! ```

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use mailer::{Credentials, Error, Kind, Secret, Setting, Step};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The fewest rounds that a server may ask for (RFC 7677 §4). With fewer, a server that is an impostor could
/// search for the password sooner.
const MIN_ROUNDS: u32 = 4096;
/// The most rounds that are computed: about half a second of work. Without a limit, a server could keep the
/// client busy for hours.
const MAX_ROUNDS: u32 = 1_000_000;

/// The gs2-header (RFC 5802 §7): no channel binding, and no other identity to act as.
const GS2_HEADER: &str = "n,,";

type Key = Zeroizing<[u8; 32]>;

/// One exchange.
pub(super) struct Scram {
    password: Secret,
    nonce: String,
    /// `n=user,r=nonce`
    first_bare: String,
    /// The signature that proves that the server knows the password's hash, once it is due.
    signature: Option<Key>,
    is_verified: bool,
    /// What is derived from the password. With one of these texts and the rest of the dialogue, the password
    /// can be searched for, so none must be shown.
    derived: Vec<Secret>,
}

impl Scram {
    /// Begins an exchange with this nonce: printable ASCII without commas.
    pub(super) fn new(credentials: &Credentials, nonce: String) -> Self {
        let user = prepared(credentials.user());
        let first_bare = format!("n={},r={nonce}", escaped(&user));
        let password = match prepared(credentials.secret().reveal()) {
            Cow::Borrowed(text) => Secret::from(text),
            Cow::Owned(text) => Secret::from(text),
        };
        Self {
            password,
            nonce,
            first_bare,
            signature: None,
            is_verified: false,
            derived: Vec::new(),
        }
    }

    /// Returns the client-first message.
    pub(super) fn first(&self) -> String {
        format!("{GS2_HEADER}{}", self.first_bare)
    }

    /// Returns the response to the server's next message.
    ///
    /// # Errors
    /// Returns an error if the message is invalid, or the server does not know the password.
    pub(super) fn respond(&mut self, message: &str) -> Result<Zeroizing<String>, Error> {
        if self.is_verified {
            return Err(Error::not_smtp(Step::Auth, "the server's challenges do not end"));
        }
        match self.signature.take() {
            None => self.prove(message),
            Some(signature) => {
                verify(&signature, message)?;
                self.is_verified = true;
                // The client has nothing to add (RFC 4954 §4, RFC 5802 §5).
                Ok(Zeroizing::default())
            }
        }
    }

    /// Whether the server has proved that it knows the password's hash.
    pub(super) fn is_verified(&self) -> bool {
        self.is_verified
    }

    /// Returns the texts to mask in what the server sends.
    pub(super) fn take_derived(&mut self) -> Vec<Secret> {
        std::mem::take(&mut self.derived)
    }

    /// Returns the client-final message.
    fn prove(&mut self, server_first: &str) -> Result<Zeroizing<String>, Error> {
        let ServerFirst { nonce, salt, rounds } = ServerFirst::parse(server_first)?;
        // A nonce that is only the client's, or another one, is a replay (RFC 5802 §5.1).
        if nonce.strip_prefix(&self.nonce).is_none_or(str::is_empty) {
            return Err(distrusted("the server's nonce does not extend the client's"));
        }
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(GS2_HEADER));
        let signed = format!("{},{server_first},{without_proof}", self.first_bare);
        let mut salted = Key::default();
        let password = self.password.reveal().as_bytes();
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &salt, rounds, salted.as_mut_slice());
        let mut proof = hmac(&salted, b"Client Key");
        let stored = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(proof.as_slice())));
        let signature = hmac(&stored, signed.as_bytes());
        proof.iter_mut().zip(signature.iter()).for_each(|(byte, mask)| *byte ^= mask);
        let encoded = Zeroizing::new(STANDARD.encode(proof.as_slice()));
        // The capacity is exact: a text that grows leaves a copy in memory that is not wiped.
        let mut message =
            Zeroizing::new(String::with_capacity(without_proof.len() + 3 + encoded.len()));
        for part in [&without_proof, ",p=", encoded.as_str()] {
            message.push_str(part);
        }
        let signature = hmac(&hmac(&salted, b"Server Key"), signed.as_bytes());
        let verifier = Zeroizing::new(STANDARD.encode(signature.as_slice()));
        self.signature = Some(signature);
        let server_final = format!("v={}", verifier.as_str());
        self.derived = vec![
            message.as_str().into(),
            encoded.as_str().into(),
            server_final.into(),
            verifier.as_str().into(),
        ];
        Ok(message)
    }
}

/// The server-first message.
struct ServerFirst<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    rounds: u32,
}

impl<'a> ServerFirst<'a> {
    fn parse(message: &'a str) -> Result<Self, Error> {
        if message.starts_with("m=") {
            let what = "the server wants an extension of SCRAM that the client does not know";
            return Err(Error::not_smtp(Step::Auth, what));
        }
        let invalid =
            || Error::not_smtp(Step::Auth, "the server's first SCRAM message is not valid");
        let mut parts = message.split(',');
        let mut next = |name| parts.next().and_then(|part| part.strip_prefix(name));
        let (nonce, salt, rounds) = match (next("r="), next("s="), next("i=")) {
            (Some(nonce), Some(salt), Some(rounds)) => (nonce, salt, rounds),
            _ => return Err(invalid()),
        };
        let is_nonce = nonce.bytes().all(|byte| byte.is_ascii_graphic());
        let salt = STANDARD.decode(salt).ok().filter(|salt| is_nonce && !salt.is_empty());
        let salt = salt.ok_or_else(invalid)?;
        if rounds.is_empty()
            || rounds.starts_with('0')
            || !rounds.bytes().all(|it| it.is_ascii_digit())
        {
            return Err(invalid());
        }
        // What is no u32 is too large.
        let rounds = rounds.parse().unwrap_or(u32::MAX);
        if rounds < MIN_ROUNDS {
            let what = format!(
                "the server asks for {rounds} rounds of SCRAM's hash, at least {MIN_ROUNDS} are needed"
            );
            return Err(distrusted(what));
        }
        if rounds > MAX_ROUNDS {
            let what = format!(
                "the server asks for too many rounds of SCRAM's hash, at most {MAX_ROUNDS} are computed"
            );
            return Err(distrusted(what));
        }
        Ok(Self { nonce, salt, rounds })
    }
}

/// Checks the server-final message.
fn verify(signature: &Key, message: &str) -> Result<(), Error> {
    let value = message.split(',').next().and_then(|part| part.strip_prefix("v="));
    let value = value.and_then(|value| STANDARD.decode(value).ok());
    let Some(value) = value else {
        return Err(Error::not_smtp(Step::Auth, "the server's last SCRAM message is not valid"));
    };
    if bool::from(value.as_slice().ct_eq(signature.as_slice())) {
        return Ok(());
    }
    Err(distrusted("the server's SCRAM signature is wrong: it does not know the password"))
}

/// Returns the server's reason, if the message is an error (RFC 5802 §7).
pub(super) fn server_error(message: &str) -> Option<&str> {
    message.split(',').next()?.strip_prefix("e=")
}

/// Returns the error for a server that refuses the proof.
pub(super) fn refused(reason: &str) -> Error {
    Error::new(Kind::Authentication, format!("the server refused the user and password: {reason}"))
        .with_step(Step::Auth)
        .with_hint("check both, or choose another mechanism")
        .with_settings(&[Setting::Credentials, Setting::Mechanism])
}

fn distrusted(what: impl Into<Cow<'static, str>>) -> Error {
    Error::not_smtp(Step::Auth, what)
        .with_hint("distrust the server: it may be an impostor; nothing else was sent to it")
}

/// Returns the text in the form of SASLprep (RFC 4013).
///
/// A text that SASLprep does not allow, for instance with a character newer than Unicode 3.2, stays as it
/// is. RFC 5802 §5.1 would refuse it, but servers store such passwords, and they cannot have changed them
/// either.
fn prepared(text: &str) -> Cow<'_, str> {
    stringprep::saslprep(text).unwrap_or(Cow::Borrowed(text))
}

/// Escapes a name (RFC 5802 §5.1, RFC 5801 §4): a comma would end it.
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

fn hmac(key: &Key, message: &[u8]) -> Key {
    // A key of any length is valid, so this cannot fail.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.as_slice()) else {
        return Key::default();
    };
    hmac.update(message);
    Zeroizing::new(hmac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7677 §3.
    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const CLIENT_FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn scram(user: &str, password: &str) -> Scram {
        Scram::new(&Credentials::new(user, password).unwrap(), NONCE.into())
    }

    /// Returns an exchange that waits for the server's signature.
    fn proved() -> Scram {
        let mut scram = scram("user", "pencil");
        scram.respond(SERVER_FIRST).unwrap();
        scram
    }

    #[test]
    fn the_example_of_rfc_7677_is_exact() {
        let mut scram = scram("user", "pencil");
        assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assert_eq!(scram.respond(SERVER_FIRST).unwrap().as_str(), CLIENT_FINAL);
        assert!(!scram.is_verified());
        assert_eq!(scram.respond(SERVER_FINAL).unwrap().as_str(), "");
        assert!(scram.is_verified());
        assert!(scram.respond("").is_err(), "nothing follows");
    }

    #[test]
    fn everything_derived_from_the_password_is_to_be_masked() {
        let mut scram = proved();
        let derived = scram.take_derived();
        let derived: Vec<&str> = derived.iter().map(Secret::reveal).collect();
        let (proof, verifier) = (CLIENT_FINAL.split_once(",p=").unwrap().1, &SERVER_FINAL[2..]);
        assert_eq!(derived, [CLIENT_FINAL, proof, SERVER_FINAL, verifier]);
    }

    #[test]
    fn a_server_first_message_that_is_invalid_or_replayed_is_refused() {
        for message in [
            "",
            "r=",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=other%hvYDp,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=xrOprNGfwEbeRWgbNEkqO%hvYDp,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO\u{e4},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO%h,s=,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO%h,s=not base64,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO%h,i=4096,s=W22ZaJ0SNY7soEsUEjb6gQ==",
            "r=rOprNGfwEbeRWgbNEkqO%h,s=W22ZaJ0SNY7soEsUEjb6gQ==",
            "m=ext,r=rOprNGfwEbeRWgbNEkqO%h,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ] {
            let error = scram("user", "pencil").respond(message).unwrap_err();
            assert_eq!(
                (error.kind(), error.step()),
                (Kind::Protocol, Some(Step::Auth)),
                "{message}"
            );
        }
    }

    #[test]
    fn the_number_of_rounds_is_bounded() {
        for (rounds, is_allowed) in [
            ("4096", true),
            ("1000000", true),
            ("4095", false),
            ("1", false),
            ("0", false),
            ("04096", false),
            ("+4096", false),
            ("-1", false),
            ("", false),
            ("4096x", false),
            ("1000001", false),
            ("2147483648", false),
            ("4294967296", false),
            ("99999999999999999999999999", false),
        ] {
            // The hash is not computed: the last rounds would take hours.
            let message = format!("r={NONCE}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i={rounds}");
            assert_eq!(ServerFirst::parse(&message).is_ok(), is_allowed, "{rounds}");
        }
    }

    #[test]
    fn a_wrong_signature_is_refused() {
        for message in [
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95GA=",
            "v=",
            "v=6rri",
            "v=?",
            "x=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "",
        ] {
            let mut scram = proved();
            let error = scram.respond(message).unwrap_err();
            assert_eq!(error.kind(), Kind::Protocol, "{message}");
            assert!(!scram.is_verified());
        }
        assert!(proved().respond(&format!("{SERVER_FINAL},ext=1")).is_ok(), "an extension");
    }

    #[test]
    fn names_and_passwords_are_prepared() {
        assert_eq!(scram("a=b,c", "x").first_bare, format!("n=a=3Db=2Cc,r={NONCE}"));
        // RFC 4013 §3: a soft hyphen is dropped, and a Roman numeral becomes letters.
        assert_eq!(scram("I\u{ad}X", "x").first_bare, format!("n=IX,r={NONCE}"));
        assert_eq!(scram("x", "\u{2168}").password.reveal(), "IX");
        // SASLprep allows neither.
        for password in ["\u{7}", "\u{1f511}"] {
            assert_eq!(scram("x", password).password.reveal(), password);
        }
    }

    proptest! {
        #[test]
        fn no_message_of_a_server_is_taken_for_a_proof(message in "(r=rOprNGfwEbeRWgbNEkqO)?[ -~]{0,60}") {
            let mut scram = proved();
            prop_assert!(scram.respond(&message).is_err());
            prop_assert!(!scram.is_verified());
        }
    }
}
