//! Notes on complete reply codes, which the third digit carries.

use crate::note::{Note, notes};

notes! {
    CODE_211 = "code-211", "211", "RFC 5321 §4.2.3",
        "With this digit the code is 211: the status of the server, or help.";
    CODE_214 = "code-214", "214", "RFC 5321 §4.2.3",
        "With this digit the code is 214: a help text for people.";
    CODE_220 = "code-220", "220", "RFC 5321 §4.2.3; RFC 3207 §4",
        "With this digit the code is 220: the server is ready, for the session or for TLS.";
    CODE_221 = "code-221", "221", "RFC 5321 §4.2.3",
        "With this digit the code is 221: the server closes the connection.";
    CODE_235 = "code-235", "235", "RFC 4954 §6",
        "With this digit the code is 235: the client is logged in.";
    CODE_250 = "code-250", "250", "RFC 5321 §4.2.3",
        "With this digit the code is 250: the command is completed.";
    CODE_251 = "code-251", "251", "RFC 5321 §4.2.3",
        "With this digit the code is 251: the mailbox is elsewhere, and the server forwards the \
         message.";
    CODE_252 = "code-252", "252", "RFC 5321 §4.2.3",
        "With this digit the code is 252: the server does not confirm the mailbox, but would accept \
         mail for it.";
    CODE_334 = "code-334", "334", "RFC 4954 §4",
        "With this digit the code is 334: the server sends a challenge of AUTH and waits for the \
         response.";
    CODE_354 = "code-354", "354", "RFC 5321 §4.2.3",
        "With this digit the code is 354: the client may send the content, and ends it with a dot \
         on a line of its own.";
    CODE_421 = "code-421", "421", "RFC 5321 §4.2.3",
        "With this digit the code is 421: the server is not available and closes the connection.";
    CODE_432 = "code-432", "432", "RFC 4954 §6",
        "With this digit the code is 432: the account is not yet set up for this mechanism.";
    CODE_450 = "code-450", "450", "RFC 5321 §4.2.3",
        "With this digit the code is 450: the mailbox is not available now.";
    CODE_451 = "code-451", "451", "RFC 5321 §4.2.3",
        "With this digit the code is 451: an error inside the server.";
    CODE_452 = "code-452", "452", "RFC 5321 §4.2.3; RFC 5321 §4.5.3.1.10",
        "With this digit the code is 452: the server lacks space, or the message has too many \
         recipients.";
    CODE_454 = "code-454", "454", "RFC 3207 §4; RFC 4954 §6",
        "With this digit the code is 454: TLS or authentication is not available now.";
    CODE_455 = "code-455", "455", "RFC 5321 §4.2.3",
        "With this digit the code is 455: the server cannot honour a parameter now.";
    CODE_458 = "code-458", "458", "RFC 1985 §5",
        "With this digit the code is 458: the server cannot start its queue for that host.";
    CODE_459 = "code-459", "459", "RFC 1985 §5",
        "With this digit the code is 459: the server does not allow ETRN for that host.";
    CODE_500 = "code-500", "500", "RFC 5321 §4.2.3",
        "With this digit the code is 500: the server does not recognise the command.";
    CODE_501 = "code-501", "501", "RFC 5321 §4.2.3",
        "With this digit the code is 501: an argument of the command is wrong.";
    CODE_502 = "code-502", "502", "RFC 5321 §4.2.4",
        "With this digit the code is 502: the server knows the command but does not implement it.";
    CODE_503 = "code-503", "503", "RFC 5321 §4.2.3",
        "With this digit the code is 503: the command does not fit here. Another one must come first.";
    CODE_504 = "code-504", "504", "RFC 5321 §4.2.3",
        "With this digit the code is 504: the server does not implement this parameter.";
    CODE_521 = "code-521", "521", "RFC 7504 §3",
        "With this digit the code is 521: this host never accepts mail.";
    CODE_530 = "code-530", "530", "RFC 3207 §4; RFC 4954 §6",
        "With this digit the code is 530: the client must use STARTTLS or AUTH first.";
    CODE_534 = "code-534", "534", "RFC 4954 §6",
        "With this digit the code is 534: the mechanism is too weak for this account.";
    CODE_535 = "code-535", "535", "RFC 4954 §6",
        "With this digit the code is 535: the server does not accept the user name or password.";
    CODE_538 = "code-538", "538", "RFC 4954 §6",
        "With this digit the code is 538: this mechanism needs an encrypted connection.";
    CODE_550 = "code-550", "550", "RFC 5321 §4.2.3",
        "With this digit the code is 550: the mailbox does not exist, or a policy forbids it.";
    CODE_551 = "code-551", "551", "RFC 5321 §4.2.3",
        "With this digit the code is 551: the mailbox is elsewhere, and the client should try there.";
    CODE_552 = "code-552", "552", "RFC 5321 §4.2.3; RFC 1870 §6",
        "With this digit the code is 552: the message is too large.";
    CODE_553 = "code-553", "553", "RFC 5321 §4.2.3",
        "With this digit the code is 553: the name of the mailbox is not allowed.";
    CODE_554 = "code-554", "554", "RFC 5321 §4.2.3",
        "With this digit the code is 554: the transaction failed, or there is no mail service here.";
    CODE_555 = "code-555", "555", "RFC 5321 §4.2.3",
        "With this digit the code is 555: the server does not know a parameter of MAIL or RCPT.";
}

/// Returns the note on this code.
pub(crate) fn code(digits: &[u8]) -> Option<&'static Note> {
    ALL.iter().copied().find(|note| note.title.as_bytes() == digits)
}
