//! The fifteen steps of a session, as one table: what happens, what the server may answer, and what to ask.

/// A step of the lesson.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LessonStep {
    /// The number, from 1 to 15. [`StepNumbers`](crate::StepNumbers) returns it for an event.
    pub number: u32,
    /// The id for links: `step-` and lower case, digits and hyphens. No note has the same.
    pub id: &'static str,
    /// A title of a few words.
    pub title: &'static str,
    /// What the client does and why, in one or two sentences.
    pub text: &'static str,
    /// The question before the answer is shown.
    pub question: &'static str,
    /// The answer to the question.
    pub answer: &'static str,
    /// What the server may answer, by code; none where the server sends no reply.
    pub answers: &'static [PossibleAnswer],
    /// The sections of RFCs that this comes from, separated by `; `.
    pub source: &'static str,
}

/// An answer that the server may give at a step.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PossibleAnswer {
    /// The reply code.
    pub code: u16,
    /// What it means at this step, in a few words.
    pub meaning: &'static str,
}

/// Returns the steps in order.
///
/// ```
/// use mailer_notes::lesson_steps;
/// assert_eq!(lesson_steps().len(), 15);
/// assert_eq!(lesson_steps()[8].title, "MAIL FROM: the sender");
/// ```
#[must_use]
pub fn lesson_steps() -> &'static [LessonStep] {
    STEPS
}

/// Defines the steps: number, id, title, source, text, question, answer, possible answers.
macro_rules! steps {
    ($($number:literal, $id:literal, $title:literal, $source:literal, $text:literal, $question:literal,
        $answer:literal, [$($code:literal $meaning:literal),*];)*) => {
        static STEPS: &[LessonStep] = &[$(LessonStep {
            number: $number,
            id: $id,
            title: $title,
            text: $text,
            question: $question,
            answer: $answer,
            answers: &[$(PossibleAnswer { code: $code, meaning: $meaning }),*],
            source: $source,
        }),*];
    };
}

steps! {
    1, "step-connect", "Connect, and wait for the greeting", "RFC 5321 §3.1; RFC 5321 §4.3.1",
        "The client opens a TCP connection and sends nothing. The server speaks first.",
        "What does the server say first?",
        "220, its name, and often its software. From now on it is the client's turn.",
        [220 "the server is ready", 421 "it is too busy now and closes the connection",
         554 "it offers no mail service to this client"];
    2, "step-ehlo", "EHLO: hello, what can you do?", "RFC 5321 §3.2; RFC 5321 §4.1.1.1",
        "The client gives its name and asks which extensions the server offers. Nothing is encrypted \
         yet.",
        "What does the server say? Will its list name AUTH?",
        "250 and a list. Most servers with accounts do not name AUTH yet: a password in the clear \
         could be read on the path.",
        [250 "the server's name, and a line for each extension",
         500 "the server does not know EHLO: the client may try HELO",
         550 "the server refuses this client or its name"];
    3, "step-starttls", "STARTTLS: ask for encryption", "RFC 3207 §4",
        "The client asks to encrypt the connection before it sends a password. It must not send \
         anything more until the reply is there.",
        "What does the server say?",
        "220, and nothing after it: the next bytes belong to TLS.",
        [220 "go ahead: start the TLS handshake", 454 "TLS is not available now",
         502 "the server does not offer STARTTLS"];
    4, "step-tls", "The TLS handshake", "RFC 3207 §4.1; RFC 8446 §2",
        "Both sides agree on keys, and the client checks the server's certificate and the name in it. \
         From here on every line is encrypted.",
        "Does the server greet again inside TLS?",
        "No, with STARTTLS it waits for the client's EHLO. With TLS from the first byte, its only \
         greeting comes inside TLS.",
        [];
    5, "step-ehlo-again", "EHLO again, inside TLS", "RFC 3207 §4.2",
        "The client forgets the list from before TLS and asks again. Only this list is protected from \
         changes on the path.",
        "What does the server say? What is new in its list, and what is missing?",
        "250 and a new list: AUTH has appeared, and STARTTLS is gone.",
        [250 "the server's name, and a line for each extension",
         500 "the server does not know EHLO", 550 "the server refuses this client or its name"];
    6, "step-auth", "AUTH: ask to log in", "RFC 4954 §4",
        "The client names a mechanism from the server's list. LOGIN asks for the user name and the \
         password one by one; PLAIN sends both in this line, XOAUTH2 and OAUTHBEARER an access token, and \
         SCRAM-SHA-256 the user name and a nonce.",
        "What does the server say?",
        "To LOGIN 334 and VXNlcm5hbWU6, which is Username: in base64. To SCRAM-SHA-256 334, with its part of the \
         nonce, a salt and a number of rounds. To PLAIN or a token 235, if the login is accepted.",
        [235 "logged in (PLAIN and tokens need no further step)",
         334 "a challenge, in base64: LOGIN asks for the user; after a token, the reason for a refusal",
         504 "the server does not offer this mechanism", 535 "user name or password are not accepted",
         538 "the mechanism needs TLS first"];
    7, "step-user", "The user name", "RFC 4954 §4; RFC 4648 §4",
        "LOGIN's first challenge asks for the user name, and the client sends it in base64, an encoding for \
         transport that hides nothing: TLS does that. SCRAM-SHA-256 sends its proof here, a hash of the password, \
         the salt and both nonces.",
        "What does the server say, whether the user exists or not?",
        "334 and UGFzc3dvcmQ6, which is Password: in base64, or SCRAM's signature, which proves that the server knows \
         the password's hash. A server that answered differently for an unknown user would give away which accounts \
         exist.",
        [334 "the next challenge: LOGIN asks for the password, and SCRAM sends its signature",
         501 "this was not base64", 535 "SCRAM: the proof is wrong; a token: it is refused"];
    8, "step-password", "The password", "RFC 4954 §4; RFC 4954 §6",
        "The second challenge asks for the password, in base64 as well, and the server can decide. With \
         SCRAM-SHA-256 this line is empty: the client has checked the server's signature, and adds nothing.",
        "What does the server say?",
        "235. All this was the opening: no message has begun.",
        [235 "logged in", 454 "the server cannot check it now",
         535 "user name or password are not accepted"];
    9, "step-mail", "MAIL FROM: the sender", "RFC 5321 §3.3; RFC 5321 §4.1.1.2",
        "The envelope begins: the client names the address to which error reports go. The From field of \
         the letter is a different thing, and may differ.",
        "What does the server say?",
        "250. The server has only noted the address: most of its doubts come with RCPT.",
        [250 "a new message has begun", 452 "no space, or too many messages",
         503 "wrong order: for example, no EHLO before",
         530 "log in first", 550 "this sender is not allowed", 552 "the message is too large"];
    10, "step-rcpt", "RCPT TO: a recipient", "RFC 5321 §3.3; RFC 5321 §4.1.1.3",
        "The client names one recipient of the envelope, and repeats the command for each further one. \
         The server answers for each by itself.",
        "What does the server say? If one recipient is refused, is the message lost?",
        "250. The message is not lost for the recipients that were accepted, if the client goes on. raw goes on; \
         lettre ends the session at the first refusal.",
        [250 "this recipient is accepted", 450 "not now: for example greylisting",
         452 "too many recipients in one message", 550 "there is no such mailbox",
         554 "the server does not relay mail to it"];
    11, "step-data", "DATA: ask to send the content", "RFC 5321 §3.3; RFC 5321 §4.1.1.4",
        "The client asks whether it may send the content. If no recipient was accepted, this is where \
         the server stops it.",
        "What does the server say? It is not 250.",
        "354. The first digit 3 means that the server waits for more, as it did with 334 in AUTH.",
        [354 "go ahead, and end with a dot on a line of its own", 451 "an error in the server, try later",
         503 "wrong order: RCPT must come first", 554 "no recipient is valid"];
    12, "step-content", "The content, and the dot", "RFC 5322 §2.1; RFC 5321 §4.5.2",
        "The client sends the header, an empty line and the body, and then a dot on a line of its own. A \
         line that begins with a dot gets a second one, which the server removes.",
        "How many replies are there to all these lines?",
        "One, and only after the dot: that is step 13. Until then the server is silent, however long \
         the letter is.",
        [];
    13, "step-accepted", "The final reply", "RFC 5321 §4.2.5; RFC 5321 §6.1",
        "The client waits for the one reply that counts. With 250 the server takes over responsibility \
         for the message.",
        "What does the server say?",
        "250, often with an identifier for the server's log. Now the server is responsible for the message.",
        [250 "accepted: the server must deliver it or report the failure",
         451 "not now, send it again later", 452 "no space now", 552 "the message is too large",
         554 "rejected, often for what it contains"];
    14, "step-quit", "QUIT: goodbye", "RFC 5321 §4.1.1.10",
        "The client ends the session. A message that was accepted before stays accepted, whatever \
         happens now.",
        "What does the server say?",
        "221, and then it closes the connection.",
        [221 "goodbye: the server closes the connection"];
    15, "step-close", "Close the connection", "RFC 5321 §3.8; RFC 5321 §4.1.1.10",
        "The server closes the connection after its 221, and the client closes its side. The client \
         knows now what became of its message.",
        "And if the connection had broken between step 12 and step 13?",
        "Then the client could not know whether the server accepted the message. Its outcome would be \
         unknown, and sending it again might deliver it twice.",
        [];
}
