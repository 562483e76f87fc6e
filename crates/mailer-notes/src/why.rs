//! The reasons for the turning points of a session, as one table.

/// A point of a session at which a learner asks why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TurningPoint {
    /// The client waits for the greeting before it sends anything.
    AwaitGreeting,
    /// Nothing follows STARTTLS in its flight.
    StartTlsIsLast,
    /// The client sends EHLO again inside TLS.
    SecondEhlo,
    /// LOGIN needs a round trip for each answer.
    LoginInTurns,
    /// PLAIN with an initial response may share a flight.
    PlainInOneFlight,
    /// The recipients are in the envelope and in the header.
    EnvelopeAndHeader,
    /// Several commands share a flight.
    Pipelining,
    /// The client waits for 354 before it sends content.
    Await354,
    /// A line of the content gets a second dot.
    DotStuffing,
    /// BDAT sends the content without dot-stuffing.
    ChunksWithoutStuffing,
    /// The content has ended, and only the reply shows what became of it.
    OutcomeUnknown,
    /// A flight was ready and was held back. No byte shows it: the caller knows it from the times.
    Stall,
    /// The client sends QUIT before it closes the connection.
    Quit,
}

/// The reason for a turning point.
#[derive(Debug, PartialEq, Eq)]
pub struct Why {
    /// The turning point that this is the reason for.
    pub turning_point: TurningPoint,
    /// The id for links: `why-` and lower case, digits and hyphens. No note has the same.
    pub id: &'static str,
    /// The question, as a learner would ask it.
    pub question: &'static str,
    /// The answer: one or two sentences.
    pub text: &'static str,
    /// The sections of RFCs that the answer comes from, separated by `; `.
    pub source: &'static str,
}

/// Returns the reason for a turning point.
///
/// ```
/// use mailer_notes::{TurningPoint, why};
/// assert_eq!(why(TurningPoint::SecondEhlo).source, "RFC 3207 §4.2");
/// ```
#[must_use]
pub fn why(turning_point: TurningPoint) -> &'static Why {
    match turning_point {
        TurningPoint::AwaitGreeting => &AWAIT_GREETING,
        TurningPoint::StartTlsIsLast => &START_TLS_IS_LAST,
        TurningPoint::SecondEhlo => &SECOND_EHLO,
        TurningPoint::LoginInTurns => &LOGIN_IN_TURNS,
        TurningPoint::PlainInOneFlight => &PLAIN_IN_ONE_FLIGHT,
        TurningPoint::EnvelopeAndHeader => &ENVELOPE_AND_HEADER,
        TurningPoint::Pipelining => &PIPELINING,
        TurningPoint::Await354 => &AWAIT_354,
        TurningPoint::DotStuffing => &DOT_STUFFING,
        TurningPoint::ChunksWithoutStuffing => &CHUNKS_WITHOUT_STUFFING,
        TurningPoint::OutcomeUnknown => &OUTCOME_UNKNOWN,
        TurningPoint::Stall => &STALL,
        TurningPoint::Quit => &QUIT,
    }
}

/// Returns every reason, in the order of a session.
pub fn reasons() -> impl Iterator<Item = &'static Why> {
    ALL.iter().copied()
}

/// Defines reasons, and `ALL` with each of them: turning point, id, question, source, text.
macro_rules! reasons {
    ($($name:ident = $turning_point:ident, $id:literal, $question:literal, $source:literal,
        $text:literal;)*) => {
        $(static $name: Why = Why {
            turning_point: TurningPoint::$turning_point,
            id: $id,
            question: $question,
            text: $text,
            source: $source,
        };)*
        static ALL: &[&Why] = &[$(&$name),*];
    };
}

reasons! {
    AWAIT_GREETING = AwaitGreeting, "why-await-greeting",
        "Why does the client wait for the greeting?",
        "RFC 5321 §4.3.1; RFC 5321 §3.1",
        "The greeting shows that the server is ready, and it may be a refusal instead. Some servers \
         reject clients that send anything before it.";
    START_TLS_IS_LAST = StartTlsIsLast, "why-starttls-is-last",
        "Why does nothing follow STARTTLS before its reply?",
        "RFC 3207 §4; RFC 2920 §3.1",
        "After the reply the bytes belong to the TLS handshake. If either side read plain text from \
         before the handshake as text inside TLS, an attacker could insert commands or replies.";
    SECOND_EHLO = SecondEhlo, "why-second-ehlo",
        "Why is there a second EHLO?",
        "RFC 3207 §4.2",
        "The first list of extensions came unprotected, so an attacker could have changed it. Both \
         sides forget what they learned before TLS, and the client asks again: the new list may \
         differ.";
    LOGIN_IN_TURNS = LoginInTurns, "why-login-in-turns",
        "Why does LOGIN need three round trips?",
        "RFC 4954 §4; RFC 2920 §3.1",
        "The server asks for the user name and then for the password, and the client answers each \
         challenge by itself. So nothing may follow AUTH LOGIN before its reply.";
    PLAIN_IN_ONE_FLIGHT = PlainInOneFlight, "why-plain-in-one-flight",
        "Why may PLAIN share a flight with other commands?",
        "RFC 4954 §4; RFC 4616 §2",
        "The client sends user name and password together in the AUTH command, and the server needs \
         nothing more. With PIPELINING, RFC 4954 therefore lets further commands follow at once.";
    ENVELOPE_AND_HEADER = EnvelopeAndHeader, "why-envelope-and-header",
        "Why are the recipients in RCPT and in the header?",
        "RFC 5321 §2.3.1; RFC 5321 §7.2",
        "Servers deliver to the addresses of RCPT; the header is content for the reader. A blind \
         copy (Bcc) is an address in RCPT that the header does not show.";
    PIPELINING = Pipelining, "why-pipelining",
        "Why does the client not wait for each reply?",
        "RFC 2920 §3.1",
        "With PIPELINING, commands can share a flight, and their replies need one round trip \
         together. RSET, MAIL and RCPT may come anywhere in it; EHLO, DATA, VRFY, EXPN, QUIT and NOOP \
         must be the last, because what follows depends on their reply.";
    AWAIT_354 = Await354, "why-await-354",
        "Why does the client wait for 354?",
        "RFC 5321 §4.1.1.4; RFC 5321 §4.3.2",
        "The server may refuse DATA, for example if it accepted no recipient. It would then read \
         content that is already on its way as commands.";
    DOT_STUFFING = DotStuffing, "why-dot-stuffing",
        "Why does this line begin with two dots?",
        "RFC 5321 §4.5.2",
        "A line with only a dot ends the content. So the client adds a dot to each line that begins \
         with one, and the server removes it again.";
    CHUNKS_WITHOUT_STUFFING = ChunksWithoutStuffing, "why-chunks-without-stuffing",
        "Why does BDAT need no dot-stuffing?",
        "RFC 3030 §2",
        "BDAT states the size of the chunk. The server counts the bytes and does not look for a final \
         dot, so every byte may stay as it is.";
    OUTCOME_UNKNOWN = OutcomeUnknown, "why-outcome-unknown",
        "What if the reply to the content is lost?",
        "RFC 5321 §6.1; RFC 5321 §4.2.5; RFC 1047",
        "Then the client cannot know whether the server accepted the message. If it sends the message \
         again, it may arrive twice; if it does not, it may never arrive.";
    STALL = Stall, "why-stall",
        "Why did this flight wait although it was ready?",
        "RFC 9293 §3.7.4; RFC 9293 §3.8.6.3; RFC 896",
        "Nagle's algorithm holds a small write back until the bytes before it are acknowledged, and \
         the receiver delays that acknowledgement: by about 40 ms on Linux, by less than half a \
         second in any case. One write in place of two avoids the stall, and so does the socket option TCP_NODELAY.";
    QUIT = Quit, "why-quit",
        "Why does the client send QUIT?",
        "RFC 5321 §4.1.1.10; RFC 5321 §3.8",
        "QUIT and the reply 221 end the session in order, so that the server does not mistake the \
         end for a broken connection. Messages that were accepted before stay accepted in any case.";
}
