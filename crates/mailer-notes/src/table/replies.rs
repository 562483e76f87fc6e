//! Notes on reply codes, digit by digit (RFC 5321 §4.2.1), and on the parts of a reply line.

use crate::note::notes;

notes! {
    FIRST_2 = "first-2", "2: done", "RFC 5321 §4.2.1",
        "The first digit 2: the server did what the client asked for.";
    FIRST_3 = "first-3", "3: go on", "RFC 5321 §4.2.1",
        "The first digit 3: the server accepts the command and waits for the client to send more.";
    FIRST_4 = "first-4", "4: not now", "RFC 5321 §4.2.1",
        "The first digit 4: it did not work this time. The same command may work later.";
    FIRST_5 = "first-5", "5: no", "RFC 5321 §4.2.1",
        "The first digit 5: it did not work. The client should not repeat the command as it is.";
    SECOND_0 = "second-0", "0: syntax", "RFC 5321 §4.2.1",
        "The second digit 0: the reply is about the form of the command.";
    SECOND_1 = "second-1", "1: information", "RFC 5321 §4.2.1",
        "The second digit 1: the reply gives information that the client asked for.";
    SECOND_2 = "second-2", "2: connection", "RFC 5321 §4.2.1",
        "The second digit 2: the reply is about the connection.";
    SECOND_3 = "second-3", "3: left open", "RFC 5321 §4.2.1; RFC 4954 §6; RFC 3207 §4",
        "RFC 5321 leaves the second digit 3 open. AUTH and STARTTLS use it for some of their replies.";
    SECOND_4 = "second-4", "4: left open", "RFC 5321 §4.2.1",
        "RFC 5321 leaves the second digit 4 open.";
    SECOND_5 = "second-5", "5: mail system", "RFC 5321 §4.2.1",
        "The second digit 5: the reply is about the mail system and its mailboxes.";
    THIRD = "third", "finer detail", "RFC 5321 §4.2.1",
        "The third digit tells replies of the same kind apart. A client must be able to go by the \
         first digit only.";
    UNKNOWN_DIGIT = "unknown-digit", "unknown digit", "RFC 5321 §4.2",
        "A reply code of SMTP has no such digit in this place.";
    MORE = "more-lines", "- after the code", "RFC 5321 §4.2.1",
        "The hyphen shows that the reply has another line.";
    LAST = "last-line", "SP after the code", "RFC 5321 §4.2.1",
        "The space shows that this is the last line of the reply.";
    TEXT = "reply-text", "text", "RFC 5321 §4.2",
        "Text for people. A program decides by the code and not by the text.";
    UNKNOWN_REPLY = "unknown-reply", "not a reply", "RFC 5321 §4.2",
        "A line of a reply begins with three digits and then a space or a hyphen. This one does not.";
}
