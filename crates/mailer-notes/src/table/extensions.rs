//! Notes on the reply to EHLO: the keywords of extensions, and their parameters.

use crate::note::notes;

notes! {
    SERVER_NAME = "server-name", "the server's name", "RFC 5321 §4.2; RFC 5321 §4.1.1.1",
        "The server gives its own host name.";
    SERVER_TEXT = "server-text", "greeting text", "RFC 5321 §4.2; RFC 5321 §4.1.1.1",
        "Text for people. Programs ignore it.";
    SIZE = "extension-size", "SIZE", "RFC 1870 §3",
        "The server limits the size of a message, and lets the client state the size in advance.";
    SIZE_LIMIT = "extension-size-limit", "largest message", "RFC 1870 §3",
        "The largest message that the server accepts, in bytes. 0 means that there is no fixed limit.";
    EIGHTBITMIME = "extension-8bitmime", "8BITMIME", "RFC 6152 §2",
        "The server accepts content with bytes above 127.";
    PIPELINING = "extension-pipelining", "PIPELINING", "RFC 2920 §2",
        "The client may send several commands without waiting for each reply. That saves round \
         trips.";
    STARTTLS = "extension-starttls", "STARTTLS", "RFC 3207 §3",
        "The server can encrypt this connection with TLS.";
    AUTH = "extension-auth", "AUTH", "RFC 4954 §3",
        "The server lets clients log in, with one of the mechanisms in this line.";
    AUTH_EQUALS = "extension-auth-equals", "AUTH=", "RFC 4954 §3",
        "An old way to write the keyword AUTH. RFC 4954 does not have it; some servers send it for \
         old clients.";
    CHUNKING = "extension-chunking", "CHUNKING", "RFC 3030 §2",
        "The server knows BDAT, which sends content in chunks of a stated size.";
    BINARYMIME = "extension-binarymime", "BINARYMIME", "RFC 3030 §3",
        "The server accepts content that is not made of lines. It is sent with BDAT.";
    SMTPUTF8 = "extension-smtputf8", "SMTPUTF8", "RFC 6531 §3.2",
        "The server accepts addresses and header fields in UTF-8.";
    DSN = "extension-dsn", "DSN", "RFC 3461 §3",
        "The client may choose which delivery reports it wants.";
    ENHANCEDSTATUSCODES = "extension-enhancedstatuscodes", "ENHANCEDSTATUSCODES", "RFC 2034 §3",
        "The replies carry a second, finer code, such as 2.1.5.";
    HELP = "extension-help", "HELP", "RFC 5321 §4.1.1.8",
        "The server knows the command HELP.";
    VRFY = "extension-vrfy", "VRFY", "RFC 5321 §4.1.1.6",
        "The server knows the command VRFY, which asks whether a mailbox exists.";
    EXPN = "extension-expn", "EXPN", "RFC 5321 §4.1.1.7",
        "The server knows the command EXPN, which asks for the members of a list.";
    ETRN = "extension-etrn", "ETRN", "RFC 1985 §2",
        "A client may ask the server to send the mail that it holds for a host.";
    DELIVERBY = "extension-deliverby", "DELIVERBY", "RFC 2852 §2",
        "The client may ask for delivery within a time.";
    DELIVERBY_MINIMUM = "extension-deliverby-minimum", "shortest time", "RFC 2852 §2",
        "The shortest time, in seconds, that the server accepts.";
    LIMITS = "extension-limits", "LIMITS", "RFC 9422 §3",
        "The server states its limits in advance, such as the number of recipients per message.";
    LIMIT = "extension-limit", "limit", "RFC 9422 §3",
        "The name of a limit and its value.";
    REQUIRETLS = "extension-requiretls", "REQUIRETLS", "RFC 8689 §2",
        "The client may require TLS for the rest of the message's path.";
    FUTURERELEASE = "extension-futurerelease", "FUTURERELEASE", "RFC 4865 §3",
        "The client may ask the server to send a message later.";
    FUTURERELEASE_LIMIT = "extension-futurerelease-limit", "latest release", "RFC 4865 §3",
        "How far ahead a message may be held: in seconds, and as a date and time.";
    UNKNOWN_EXTENSION = "unknown-extension", "not known here", "RFC 5321 §4.1.1.1",
        "This keyword is not known here. A client ignores keywords that it does not know.";
    UNKNOWN_EXTENSION_PARAMETER = "unknown-extension-parameter", "not known here",
        "RFC 5321 §4.1.1.1",
        "This parameter is not known here. The extension that the line names defines it.";
}
