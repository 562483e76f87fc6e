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
        "TLS 1.3 encrypts the rest of the server's part of the handshake: its certificate, its proof that it \
         owns the key, and a check of the whole handshake, Finished. The header hides which one it is.";
    CLIENT_FINISHED = "tls-client-finished", "end of the client's handshake",
        "RFC 8446 §4.4.4; RFC 8446 §5.2",
        "The first record that the client encrypts: Finished, its check of the handshake, or before it its own \
         certificate, if the server asked for one. After both checks the handshake is over.";
    AFTER_HANDSHAKE = "tls-after-handshake", "TLS data after the handshake", "RFC 8446 §4.6.1",
        "The handshake is over and no command has left yet, so this is no reply but a message of TLS itself. \
         Nearly always it is a session ticket, with which the client may resume TLS on a later connection.";
    DATA = "tls-data", "encrypted data", "RFC 8446 §5.2; RFC 8446 §4.6.1",
        "SMTP inside TLS, or a message of TLS itself: the end of the client's handshake, the server's \
         session tickets, a goodbye. The header hides which, and with its 5 bytes TLS 1.3 adds 22 bytes \
         to each record.";
    UNKNOWN_RECORD = "unknown-tls-record", "unknown record", "RFC 8446 §5.1",
        "A record of a content type that is not known here.";
}
