//! Notes on TLS records, of which only the header can be read.

use crate::note::notes;

notes! {
    CLIENT_HELLO = "tls-client-hello", "ClientHello", "RFC 8446 §4.1.2",
        "The client's first handshake record begins its ClientHello: the versions and ciphers that it \
         supports, a random number, and usually a key share.";
    SERVER_HELLO = "tls-server-hello", "ServerHello", "RFC 8446 §4.1.3; RFC 8446 §4.1.4",
        "The server's first handshake record begins its ServerHello: the version and cipher that it \
         chose. It may instead ask for a new ClientHello.";
    CHANGE_CIPHER_SPEC = "tls-change-cipher-spec", "ChangeCipherSpec", "RFC 8446 §5; RFC 8446 §D.4",
        "In TLS 1.2 it announces that what follows is encrypted. In TLS 1.3 it means nothing and only \
         keeps old devices on the path from interfering.";
    ALERT = "tls-alert", "alert", "RFC 8446 §6",
        "One side closes TLS, or ends it with an error. TLS 1.3 hides an encrypted alert in a record of \
         application data.";
    HANDSHAKE = "tls-handshake", "handshake", "RFC 8446 §4; RFC 5246 §7.4",
        "More of the handshake in the clear, as in TLS 1.2: among others the server's certificate and \
         both key shares. After ChangeCipherSpec it is the encrypted check that ends the handshake.";
    ENCRYPTED_HANDSHAKE = "tls-encrypted-handshake", "encrypted handshake",
        "RFC 8446 §2; RFC 8446 §5.2",
        "TLS 1.3 encrypts the rest of the handshake: the server's certificate, its proof that it owns \
         the key, and a check by each side. The header hides which one it is.";
    DATA = "tls-data", "encrypted data", "RFC 8446 §5.2; RFC 8446 §4.6.1",
        "SMTP inside TLS, or a message of TLS itself: the end of the client's handshake, the server's \
         session tickets, a goodbye. The header hides which, and with its 5 bytes TLS 1.3 adds 22 bytes \
         to each record.";
    UNKNOWN_RECORD = "unknown-tls-record", "unknown record", "RFC 8446 §5.1",
        "A record of a content type that is not known here.";
}
