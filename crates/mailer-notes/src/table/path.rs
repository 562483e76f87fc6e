//! Notes on the addresses of the envelope.

use crate::note::notes;

notes! {
    FROM = "from", "FROM:", "RFC 5321 §4.1.1.2; RFC 5321 §2.3.1",
        "The sender of the envelope follows; error reports go to this address. Servers act on the \
         envelope (MAIL and RCPT) and treat the header as part of the letter inside.";
    TO = "to", "TO:", "RFC 5321 §4.1.1.3",
        "A recipient of the envelope follows. The server delivers the message to this address, whatever \
         the header shows.";
    OPEN = "path-open", "<", "RFC 5321 §4.1.2",
        "An address of the envelope starts here.";
    CLOSE = "path-close", ">", "RFC 5321 §4.1.2",
        "The address ends here.";
    NULL = "null-path", "<>", "RFC 5321 §4.5.5; RFC 5321 §6.1",
        "The empty sender: no error report may be sent about this message. Error reports use it \
         themselves, so that they cause no further reports.";
    ROUTE = "source-route", "source route", "RFC 5321 §C",
        "A list of hosts that the message should pass through. It is obsolete, and servers \
         should ignore it.";
    LOCAL = "local-part", "local part", "RFC 5321 §2.3.11",
        "The name of the mailbox. Only the host that owns the domain may interpret it.";
    QUOTED_LOCAL = "quoted-local-part", "quoted local part", "RFC 5321 §4.1.2",
        "A mailbox name in quotation marks, because it has characters that a plain name may not \
         have.";
    AT = "at", "@", "RFC 5321 §2.3.11",
        "The sign separates the mailbox name from the domain.";
    DOMAIN = "domain", "domain", "RFC 5321 §2.3.5",
        "The domain of the mailbox. Mail servers look it up in the DNS to find the next server.";
    LITERAL = "address-literal", "IP address as domain", "RFC 5321 §4.1.3",
        "An IP address in brackets takes the place of a domain.";
    UNKNOWN_PATH = "unknown-path", "not an address", "RFC 5321 §4.1.2",
        "An address in angle brackets should come here, and this is something else.";
}
