//! Notes on AUTH: mechanisms, challenges and responses.

use crate::note::{Note, notes};

notes! {
    LOGIN = "mechanism-login", "LOGIN", "RFC 4954 §3",
        "The server asks for the user name and then for the password. An expired draft describes \
         this mechanism, and no RFC does.";
    PLAIN = "mechanism-plain", "PLAIN", "RFC 4616 §2",
        "The client sends user name and password in one message. Base64 hides neither, so this \
         needs TLS.";
    XOAUTH2 = "mechanism-xoauth2", "XOAUTH2", "RFC 4954 §3",
        "The client sends an access token in place of a password, in Google's own format. No RFC \
         defines it; OAUTHBEARER is the standard.";
    XOAUTH = "mechanism-xoauth", "XOAUTH", "RFC 4954 §3",
        "An older mechanism of Google for access tokens. No RFC defines it.";
    PLAIN_CLIENTTOKEN = "mechanism-plain-clienttoken", "PLAIN-CLIENTTOKEN", "RFC 4954 §3",
        "A mechanism that Google's servers list. No RFC defines it.";
    OAUTHBEARER = "mechanism-oauthbearer", "OAUTHBEARER", "RFC 7628 §3",
        "The client sends an OAuth access token in place of a password.";
    CRAM_MD5 = "mechanism-cram-md5", "CRAM-MD5", "RFC 2195 §2",
        "The client proves that it knows the password without sending it. MD5 is weak today.";
    DIGEST_MD5 = "mechanism-digest-md5", "DIGEST-MD5", "RFC 6331 §1",
        "The client proves that it knows the password without sending it. RFC 6331 retires this \
         mechanism.";
    SCRAM = "mechanism-scram", "SCRAM", "RFC 5802 §3",
        "Client and server prove to each other that they know the password or its hash. The \
         password is not sent.";
    GSSAPI = "mechanism-gssapi", "GSSAPI", "RFC 4752 §3",
        "The client logs in with a Kerberos ticket.";
    EXTERNAL = "mechanism-external", "EXTERNAL", "RFC 4422 §A",
        "The client is already known from outside SMTP, for example by its TLS certificate.";
    UNKNOWN_MECHANISM = "unknown-mechanism", "not known here", "RFC 4954 §3",
        "This mechanism is not known here.";
    CHALLENGE = "challenge", "challenge", "RFC 4954 §4",
        "The server's challenge, in base64. Decoded, it is what the mechanism defines.";
    CHALLENGE_TEXT = "challenge-text", "text", "RFC 4954 §4",
        "A challenge is base64, and this text is not.";
    USER = "auth-user", "user name", "RFC 4954 §4",
        "The user name in base64, in response to LOGIN's first challenge. Traces show **** in its \
         place.";
    PASSWORD = "auth-password", "password", "RFC 4954 §4",
        "The password in base64, in response to LOGIN's second challenge. Only TLS protects it; \
         traces show **** in its place.";
    PLAIN_MESSAGE = "auth-plain-message", "PLAIN message", "RFC 4616 §2",
        "Three fields in base64, with a NUL byte between them: the identity to act as (often empty), \
         the user name and the password. Traces show **** in its place.";
    SERVER_FIRST = "auth-scram-server-first", "SCRAM's salt and rounds", "RFC 5802 §5",
        "The server's first message, in base64: r is the client's nonce with the server's after it, s the salt, and i \
         the number of rounds. The client needs all of them to compute its proof.";
    SERVER_FINAL = "auth-scram-server-final", "SCRAM's signature", "RFC 5802 §5",
        "The server's last message, in base64: v is its signature. Only a server that knows the password's hash can \
         compute it.";
    SERVER_ERROR = "auth-scram-error", "SCRAM's error", "RFC 5802 §7",
        "The server's last message, in base64: e is the reason why it refuses the proof.";
    TOKEN_ERROR = "auth-token-error", "reason for the refusal", "RFC 7628 §3.2.2",
        "The server refuses the access token, and explains that in JSON, in base64. The client answers with a line \
         of no meaning, and the refusal follows.";
    MASKED_CHALLENGE = "auth-masked-challenge", "masked challenge", "RFC 4954 §4",
        "A challenge that is not shown. It reveals or repeats a secret: with SCRAM's signature and the rest of the \
         dialogue, the password could be searched for.";
    CLIENT_FIRST = "auth-scram-client-first", "SCRAM's first message", "RFC 5802 §5",
        "The user name and the client's nonce, in base64. Traces show **** in its place.";
    CLIENT_FINAL = "auth-scram-client-final", "SCRAM's proof", "RFC 5802 §5",
        "Both nonces and the client's proof, in base64, which only a client that knows the password can compute. \
         Traces show **** in its place.";
    TOKEN_MESSAGE = "auth-token-message", "access token", "RFC 7628 §3.1",
        "The user name and the access token, in base64. Only TLS protects the token, which is as good as a password \
         until it expires; traces show **** in its place.";
    TOKEN_ANSWER = "auth-token-answer", "answer to the refusal", "RFC 7628 §3.2.3",
        "OAUTHBEARER answers the server's reason with AQ==, which is one byte of the value 1. It lets the server send \
         its refusal.";
    RESPONSE = "auth-response", "response", "RFC 4954 §4",
        "The client's response to a challenge, in base64. It may hold a secret.";
    EMPTY_RESPONSE = "auth-empty-response", "=", "RFC 4954 §4",
        "An empty initial response. It is written as =, because an empty word would not be visible.";
    CANCEL = "auth-cancel", "*", "RFC 4954 §4",
        "The client cancels the login. The server answers 501.";
}

/// Returns the note on this mechanism.
pub(crate) fn mechanism(name: &[u8]) -> &'static Note {
    let name = name.to_ascii_uppercase();
    match name.as_slice() {
        name if name.starts_with(b"SCRAM-SHA-") => &SCRAM,
        name => {
            mechanisms().find(|note| note.title.as_bytes() == name).unwrap_or(&UNKNOWN_MECHANISM)
        }
    }
}

fn mechanisms() -> impl Iterator<Item = &'static Note> {
    ALL.iter().copied().filter(|note| note.id.starts_with("mechanism-"))
}
