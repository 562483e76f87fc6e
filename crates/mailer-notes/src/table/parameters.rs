//! Notes on the parameters of MAIL and RCPT.

use crate::note::notes;

notes! {
    SIZE = "parameter-size", "SIZE=", "RFC 1870 §6",
        "The client states the size of the message in advance, so that the server can refuse it \
         before any content is sent.";
    SIZE_VALUE = "parameter-size-value", "size in bytes", "RFC 1870 §5",
        "The size of the message in bytes. It counts line ends as two bytes and leaves out stuffed \
         dots.";
    BODY = "parameter-body", "BODY=", "RFC 6152 §2",
        "The client states which bytes the content has.";
    BODY_7BIT = "body-7bit", "7BIT", "RFC 6152 §3",
        "The content has ASCII bytes only.";
    BODY_8BITMIME = "body-8bitmime", "8BITMIME", "RFC 6152 §3",
        "The content may have bytes above 127, such as text in UTF-8.";
    BODY_BINARYMIME = "body-binarymime", "BINARYMIME", "RFC 3030 §3",
        "The content may have any bytes, and it need not be made of lines. It is sent with BDAT.";
    SMTPUTF8 = "parameter-smtputf8", "SMTPUTF8", "RFC 6531 §3.4",
        "The message needs UTF-8 in its addresses or in its header. Each server on its path must \
         support that.";
    AUTH = "parameter-auth", "AUTH=", "RFC 4954 §5",
        "The client passes on the identity that submitted the message.";
    AUTH_VALUE = "parameter-auth-value", "submitter", "RFC 4954 §5",
        "The mailbox of the submitter, or <> if it is not known.";
    RET = "parameter-ret", "RET=", "RFC 3461 §4.3",
        "The client chooses how much of the message an error report returns.";
    RET_VALUE = "parameter-ret-value", "FULL or HDRS", "RFC 3461 §4.3",
        "FULL returns the whole message, HDRS only its header.";
    ENVID = "parameter-envid", "ENVID=", "RFC 3461 §4.4",
        "The client gives this delivery an identifier that reports will repeat.";
    ENVID_VALUE = "parameter-envid-value", "envelope identifier", "RFC 3461 §4.4",
        "The identifier. Only its sender knows what it means.";
    NOTIFY = "parameter-notify", "NOTIFY=", "RFC 3461 §4.1",
        "The client chooses which delivery reports it wants for this recipient.";
    NOTIFY_VALUE = "parameter-notify-value", "reports wanted", "RFC 3461 §4.1",
        "NEVER, or a list of SUCCESS, FAILURE and DELAY.";
    ORCPT = "parameter-orcpt", "ORCPT=", "RFC 3461 §4.2",
        "The address to which the message was sent originally, for reports.";
    ORCPT_VALUE = "parameter-orcpt-value", "original recipient", "RFC 3461 §4.2",
        "The type of the address, a semicolon, and the address.";
    BY = "parameter-by", "BY=", "RFC 2852 §4",
        "The client asks for delivery within a time.";
    BY_VALUE = "parameter-by-value", "time and mode", "RFC 2852 §4",
        "The time in seconds, and whether a late message is returned (R) or only reported (N).";
    HOLD = "parameter-hold", "HOLDFOR= or HOLDUNTIL=", "RFC 4865 §3",
        "The client asks the server to send the message later.";
    HOLD_VALUE = "parameter-hold-value", "when to release", "RFC 4865 §3",
        "A number of seconds after HOLDFOR, a date and time after HOLDUNTIL.";
    REQUIRETLS = "parameter-requiretls", "REQUIRETLS", "RFC 8689 §2",
        "The message must travel over TLS on the rest of its path. Otherwise it is returned to \
         its sender.";
    UNKNOWN_PARAMETER = "unknown-parameter", "unknown parameter", "RFC 5321 §4.1.2",
        "This parameter is not known here. An extension that the server offers may define it.";
}
