//! Notes on the commands of the client.

use crate::note::notes;

notes! {
    EHLO = "ehlo", "EHLO", "RFC 5321 §4.1.1.1",
        "The client gives its own name and asks which extensions the server offers.";
    HELO = "helo", "HELO", "RFC 5321 §4.1.1.1",
        "The older greeting: the client gives its name, and the server lists no extensions.";
    STARTTLS = "starttls", "STARTTLS", "RFC 3207 §4",
        "The client asks to encrypt the connection. After the reply 220, both sides start the TLS \
         handshake.";
    AUTH = "auth", "AUTH", "RFC 4954 §4",
        "The client starts to log in, with the mechanism that it names next.";
    MAIL = "mail", "MAIL", "RFC 5321 §4.1.1.2",
        "The client starts a new message and names its sender.";
    RCPT = "rcpt", "RCPT", "RFC 5321 §4.1.1.3",
        "The client names one recipient. It repeats the command for each further recipient.";
    DATA = "data", "DATA", "RFC 5321 §4.1.1.4",
        "The client asks to send the content. It waits for 354 before it does.";
    BDAT = "bdat", "BDAT", "RFC 3030 §2",
        "The client sends a chunk of the content. It states the size first, and the bytes follow \
         at once.";
    RSET = "rset", "RSET", "RFC 5321 §4.1.1.5",
        "The client drops the message that it has started. The connection stays open.";
    NOOP = "noop", "NOOP", "RFC 5321 §4.1.1.9",
        "This command does nothing. The reply shows that the connection still works.";
    VRFY = "vrfy", "VRFY", "RFC 5321 §4.1.1.6",
        "The client asks whether a mailbox exists. Many servers refuse to answer.";
    EXPN = "expn", "EXPN", "RFC 5321 §4.1.1.7",
        "The client asks for the members of a mailing list.";
    HELP = "help", "HELP", "RFC 5321 §4.1.1.8",
        "The client asks for a help text.";
    QUIT = "quit", "QUIT", "RFC 5321 §4.1.1.10",
        "The client ends the session. The server answers 221, and then the connection closes.";
    ETRN = "etrn", "ETRN", "RFC 1985 §5",
        "The client asks the server to send the mail that it holds for a host.";
    ARGUMENT = "argument", "argument", "RFC 5321 §4.1.1",
        "The argument of the command.";
    CLIENT_NAME = "client-name", "the client's name", "RFC 5321 §4.1.1.1",
        "The host name of the client.";
    CLIENT_LITERAL = "client-literal", "the client's IP address", "RFC 5321 §4.1.3",
        "The client has no host name to give, so it gives its IP address in brackets.";
    BDAT_SIZE = "bdat-size", "size of the chunk", "RFC 3030 §2",
        "The number of bytes that follow this line. The server counts them and needs no end mark.";
    BDAT_LAST = "bdat-last", "LAST", "RFC 3030 §2",
        "This chunk ends the message. After it the server replies for the whole message.";
    UNKNOWN_COMMAND = "unknown-command", "unknown command", "RFC 5321 §4.2.4",
        "This command is not known here. A server that does not recognise a command answers 500.";
    UNEXPECTED_ARGUMENT = "unknown-argument", "unexpected argument", "RFC 5321 §4.1.1",
        "Neither RFC 5321 nor an extension known here gives this command such an argument.";
}
