//! Broken dialogues: what is left out or sent too early, and what the server's answer teaches.

/// The text on a broken dialogue.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakNote {
    /// The name on the command line and the id for links: lower case, digits and hyphens. No note has the same.
    pub id: &'static str,
    /// The number of the step of the lesson that it breaks.
    pub step: u32,
    /// A title of a few words.
    pub title: &'static str,
    /// What is done wrong, in one or two sentences.
    pub text: &'static str,
    /// What the server's answer teaches. Tests compare it with what five servers answer.
    pub lesson: &'static str,
    /// How a client avoids the fault, in one sentence.
    pub remedy: &'static str,
    /// The sections of RFCs that this comes from, separated by `; `.
    pub source: &'static str,
}

/// Returns the notes on broken dialogues, in the order of the steps.
///
/// ```
/// let lone_dot = mailer_notes::break_notes().iter().find(|note| note.id == "lone-dot").unwrap();
/// assert_eq!(lone_dot.step, 12);
/// ```
#[must_use]
pub fn break_notes() -> &'static [BreakNote] {
    BREAKS
}

/// Defines the breaks: id, step, title, source, text, lesson, remedy.
macro_rules! breaks {
    ($($id:literal, $step:literal, $title:literal, $source:literal, $text:literal, $lesson:literal,
        $remedy:literal;)*) => {
        static BREAKS: &[BreakNote] = &[$(BreakNote {
            id: $id,
            step: $step,
            title: $title,
            text: $text,
            lesson: $lesson,
            remedy: $remedy,
            source: $source,
        }),*];
    };
}

breaks! {
    "early-talk", 1, "talk before the greeting", "RFC 5321 §4.3.1; RFC 5321 §3.1",
        "The client connects and sends EHLO at once, without waiting for the greeting.",
        "Many servers answer as if nothing had happened, and some refuse the client, because programs \
         that send spam often do not wait. A client that talks first cannot know whether the greeting is 220 or 554.",
        "Both backends read the greeting before they write their first byte.";
    "no-cr", 2, "leave out the CR", "RFC 5321 §2.3.8; RFC 5321 §4.1.1.1",
        "The client ends EHLO with LF only, as text files on Unix end their lines.",
        "Only CR LF ends a line. Many servers accept a bare LF after a command all the same; others refuse \
         the line, or wait for its end. Attackers use such differences (SMTP smuggling).",
        "Both backends end each line with CR LF, and neither lets a CR or LF of the user's into a command.";
    "skip-ehlo", 5, "skip the second EHLO", "RFC 3207 §4.2; RFC 5321 §4.1.4",
        "After the TLS handshake the client asks to log in at once, and then begins a message, without \
         another EHLO.",
        "RFC 3207 tells the server to forget the first EHLO, and most servers refuse AUTH and MAIL until \
         there is another. Some go on as if nothing were missing, so a client with this fault works with them \
         and fails elsewhere.",
        "Both backends forget the first list too, and send EHLO again inside TLS.";
    "wrong-password", 6, "log in with a wrong password", "RFC 4954 §6; RFC 4954 §4",
        "The client logs in as a user that does not exist, with an invented password. Neither is \
         yours.",
        "A wrong password and an unknown user get the same 535, so that the reply gives nothing away. It is \
         permanent: trying again does not help, and a server may delay or block a client that does.",
        "Both backends report the refusal, send no message, and do not try again.";
    "data-first", 11, "send DATA before RCPT", "RFC 5321 §3.3; RFC 5321 §4.1.1.4",
        "The client names the sender and asks to send the content, without any recipient.",
        "Without a recipient there is no mailbox to deliver to, and the server says so before any content is sent. \
         Had the client sent the content without waiting, the server would have read it as commands.",
        "Where every recipient is refused, neither backend sends DATA.";
    "lone-dot", 12, "leave a lone dot in the body", "RFC 5321 §4.5.2; RFC 5321 §4.1.1.4",
        "The body has a line with only a dot, and the client does not add a second dot to it.",
        "The message ends at the lone dot. Most servers accept it without the rest and read the rest of the \
         letter as commands, so that a body could send mail of its own; some notice, and disconnect.",
        "Both backends add a dot to each line that begins with one, and the server removes it.";
}
