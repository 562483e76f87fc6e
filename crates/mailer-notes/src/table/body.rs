//! Notes on the body of a message, and on how content travels.

use crate::note::notes;

notes! {
    TEXT = "body-text", "body", "RFC 5322 §2.3",
        "The text of the message, as its reader sees it.";
    STUFFED_DOT = "stuffed-dot", "stuffed dot", "RFC 5321 §4.5.2",
        "The client adds a dot to each line that begins with a dot, so that no such line looks like \
         the end. The server removes it.";
    LOST_DOT = "lost-dot", "dot without stuffing", "RFC 5321 §4.5.2",
        "The client did not add a dot to this line, which begins with one. The server removes this \
         dot, so the reader will not see it.";
    FINAL_DOT = "final-dot", "final dot", "RFC 5321 §4.1.1.4",
        "A dot on a line of its own ends the content. The server now decides whether it accepts the \
         message.";
    QUOTED_BYTES = "quoted-bytes", "quoted bytes", "RFC 2045 §6.7",
        "Each = with two hexadecimal digits is one byte. Characters outside ASCII take several.";
    SOFT_BREAK = "soft-break", "soft line break", "RFC 2045 §6.7",
        "A line that ends with = goes on in the next one. The reader sees no line break.";
    BASE64 = "body-base64", "base64", "RFC 2045 §6.8",
        "Four characters of base64 carry three bytes of the part.";
    BOUNDARY = "boundary", "boundary", "RFC 2046 §5.1.1",
        "This line separates the parts of the message. The Content-Type field names the text after \
         the two hyphens.";
    CLOSING_BOUNDARY = "closing-boundary", "closing boundary", "RFC 2046 §5.1.1",
        "The two hyphens at its end show that no further part follows.";
    OUTSIDE = "outside-parts", "text outside the parts", "RFC 2046 §5.1.1",
        "Text before the first part or after the last one. Readers of MIME do not show it.";
}
