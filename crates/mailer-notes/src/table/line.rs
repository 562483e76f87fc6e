//! Notes on spaces and line ends, which every line may have.

use crate::note::notes;

notes! {
    SPACE = "space", "SP", "RFC 5321 §4.1.1",
        "A space separates the words of a line.";
    CRLF = "crlf", "CRLF", "RFC 5321 §2.3.8",
        "Carriage return and line feed end a line. SMTP has no other line end.";
    BARE_LF = "bare-lf", "bare LF", "RFC 5321 §2.3.8",
        "A line feed without a carriage return is not a line end in SMTP. Programs that read it as \
         one disagree with programs that do not, and attackers use that difference.";
}
