//! Notes on enhanced status codes: class, subject and detail (RFC 3463).

use crate::note::{Note, notes};

notes! {
    CLASS_2 = "class-2", "2: success", "RFC 3463 §2; RFC 2034 §4",
        "The class 2: success. The class repeats the first digit of the reply code.";
    CLASS_4 = "class-4", "4: temporary", "RFC 3463 §2; RFC 2034 §4",
        "The class 4: a failure that may pass. The class repeats the first digit of the reply code.";
    CLASS_5 = "class-5", "5: permanent", "RFC 3463 §2; RFC 2034 §4",
        "The class 5: a failure that will not pass by itself. The class repeats the first digit of the \
         reply code.";
    DOT = "enhanced-dot", ".", "RFC 3463 §2",
        "A dot separates the three numbers of an enhanced code: class, subject and detail.";
    SUBJECT_0 = "subject-0", "0: other", "RFC 3463 §3.1",
        "The subject 0: none in particular.";
    SUBJECT_1 = "subject-1", "1: address", "RFC 3463 §3.2",
        "The subject 1: the address of the sender or of the recipient.";
    SUBJECT_2 = "subject-2", "2: mailbox", "RFC 3463 §3.3",
        "The subject 2: the mailbox.";
    SUBJECT_3 = "subject-3", "3: mail system", "RFC 3463 §3.4",
        "The subject 3: the mail system that should receive the message.";
    SUBJECT_4 = "subject-4", "4: network", "RFC 3463 §3.5",
        "The subject 4: the network, and how messages find their way.";
    SUBJECT_5 = "subject-5", "5: protocol", "RFC 3463 §3.6",
        "The subject 5: the dialogue between client and server.";
    SUBJECT_6 = "subject-6", "6: content", "RFC 3463 §3.7",
        "The subject 6: the content of the message.";
    SUBJECT_7 = "subject-7", "7: security", "RFC 3463 §3.8",
        "The subject 7: security, authentication and policy.";
    DETAIL_0 = "detail-0", "0: nothing more", "RFC 3463 §3",
        "The detail 0: the code states nothing beyond the subject.";
    DETAIL = "detail", "detail", "RFC 3463 §3",
        "The detail. Its meaning depends on the subject.";
    DETAIL_1_1 = "detail-1-1", "1.1: no such mailbox", "RFC 3463 §3.2",
        "Subject and detail 1.1: the recipient's mailbox does not exist.";
    DETAIL_1_2 = "detail-1-2", "1.2: no such domain", "RFC 3463 §3.2",
        "Subject and detail 1.2: the recipient's domain does not exist or accepts no mail.";
    DETAIL_1_3 = "detail-1-3", "1.3: address malformed", "RFC 3463 §3.2",
        "Subject and detail 1.3: the recipient's address is malformed.";
    DETAIL_1_5 = "detail-1-5", "1.5: address valid", "RFC 3463 §3.2",
        "Subject and detail 1.5: the recipient's address is valid.";
    DETAIL_1_7 = "detail-1-7", "1.7: sender malformed", "RFC 3463 §3.2",
        "Subject and detail 1.7: the sender's address is malformed.";
    DETAIL_2_2 = "detail-2-2", "2.2: mailbox full", "RFC 3463 §3.3",
        "Subject and detail 2.2: the mailbox is full.";
    DETAIL_3_4 = "detail-3-4", "3.4: too big", "RFC 3463 §3.4",
        "Subject and detail 3.4: the message is larger than the server allows.";
    DETAIL_5_1 = "detail-5-1", "5.1: invalid command", "RFC 3463 §3.6",
        "Subject and detail 5.1: the command is unknown or comes at the wrong time.";
    DETAIL_5_2 = "detail-5-2", "5.2: syntax error", "RFC 3463 §3.6",
        "Subject and detail 5.2: the server could not read the command.";
    DETAIL_5_3 = "detail-5-3", "5.3: too many recipients", "RFC 3463 §3.6",
        "Subject and detail 5.3: the message has too many recipients.";
    DETAIL_5_4 = "detail-5-4", "5.4: invalid arguments", "RFC 3463 §3.6",
        "Subject and detail 5.4: an argument of the command is invalid.";
    DETAIL_7_1 = "detail-7-1", "7.1: not allowed", "RFC 3463 §3.8",
        "Subject and detail 7.1: a policy does not allow this delivery.";
    DETAIL_7_8 = "detail-7-8", "7.8: wrong credentials", "RFC 4954 §6",
        "Subject and detail 7.8: the server does not accept the user name or password.";
}

/// Returns the note on this class.
pub(crate) fn class(digits: &[u8]) -> Option<&'static Note> {
    Some(match digits {
        b"2" => &CLASS_2,
        b"4" => &CLASS_4,
        b"5" => &CLASS_5,
        _ => return None,
    })
}

/// Returns the note on this subject.
pub(crate) fn subject(digits: &[u8]) -> &'static Note {
    match digits {
        b"1" => &SUBJECT_1,
        b"2" => &SUBJECT_2,
        b"3" => &SUBJECT_3,
        b"4" => &SUBJECT_4,
        b"5" => &SUBJECT_5,
        b"6" => &SUBJECT_6,
        b"7" => &SUBJECT_7,
        _ => &SUBJECT_0,
    }
}

/// Returns the note on this detail of this subject.
pub(crate) fn detail(subject: &[u8], digits: &[u8]) -> &'static Note {
    match (subject, digits) {
        (_, b"0") => &DETAIL_0,
        (b"1", b"1") => &DETAIL_1_1,
        (b"1", b"2") => &DETAIL_1_2,
        (b"1", b"3") => &DETAIL_1_3,
        (b"1", b"5") => &DETAIL_1_5,
        (b"1", b"7") => &DETAIL_1_7,
        (b"2", b"2") => &DETAIL_2_2,
        (b"3", b"4") => &DETAIL_3_4,
        (b"5", b"1") => &DETAIL_5_1,
        (b"5", b"2") => &DETAIL_5_2,
        (b"5", b"3") => &DETAIL_5_3,
        (b"5", b"4") => &DETAIL_5_4,
        (b"7", b"1") => &DETAIL_7_1,
        (b"7", b"8") => &DETAIL_7_8,
        _ => &DETAIL,
    }
}
