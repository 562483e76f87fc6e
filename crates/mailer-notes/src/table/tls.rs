//! Notes on TLS records, of which only sizes and order are known.

use crate::note::notes;

notes! {
    CLIENT_HELLO = "tls-client-hello", "ClientHello", "RFC 8446 §4.1.2",
        "The client's first record begins its ClientHello: the versions and ciphers that it \
         supports, a random number, and usually a key share.";
    SERVER_HELLO = "tls-server-hello", "ServerHello", "RFC 8446 §4.1.3; RFC 8446 §4.1.4",
        "The server's first record begins its ServerHello: the version and cipher that it chose. It \
         may instead ask for a new ClientHello.";
    CHANGE_CIPHER_SPEC = "tls-change-cipher-spec", "ChangeCipherSpec", "RFC 8446 §5; RFC 8446 §D.4",
        "A record of 6 bytes in a handshake is a ChangeCipherSpec: in TLS 1.2 it announces encryption. \
         In TLS 1.3 it means nothing and only keeps old devices on the path from interfering.";
    ALERT = "tls-alert", "alert", "RFC 8446 §6",
        "A first record of 7 bytes is an alert: one side ends the handshake and states why.";
    HANDSHAKE = "tls-handshake", "handshake", "RFC 8446 §4; RFC 8446 §5.2",
        "More of the handshake, mostly encrypted: among others the server's certificate, its proof \
         that it owns the key, and a check by each side. Sizes do not show which.";
    DATA = "tls-data", "encrypted data", "RFC 8446 §5.2",
        "An encrypted record: SMTP inside TLS, or a message of TLS itself. Sizes do not show which.";
}
