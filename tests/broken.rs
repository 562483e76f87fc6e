//! What servers answer to the broken dialogues of `mailer explain`.

/// The codes that a server answers to each broken dialogue, in the order of [`mailer_explain::BREAKS`]. They begin
/// with the reply to the first line that is broken, and 221 is the reply to QUIT.
#[derive(Debug)]
pub struct Answers {
    /// The server: "embedded", or the name of its launcher in `tests/servers`.
    pub server: &'static str,
    /// The codes of each dialogue.
    pub codes: [&'static [u16]; 6],
}

/// The servers, as the tests find them: the embedded server in `docs`, the others in `interop`.
pub const ANSWERS: &[Answers] = &[
    Answers {
        server: "embedded",
        codes: [
            &[220, 250, 221],
            &[500, 221],
            &[503, 503, 221],
            &[535, 221],
            &[250, 503, 221],
            &[250, 250, 354, 250, 500, 500, 221],
        ],
    },
    Answers {
        server: "postfix",
        codes: [
            &[220, 250, 221],
            &[250, 221],
            // It goes on without EHLO, and the client cancels AUTH.
            &[334, 501, 250, 221],
            &[535, 221],
            &[250, 554, 221],
            // A line that begins with no letter makes it disconnect.
            &[250, 250, 354, 250, 500, 221],
        ],
    },
    Answers {
        server: "exim",
        codes: [
            &[220, 250, 221],
            &[250, 221],
            &[503, 503, 221],
            &[535, 221],
            &[250, 503, 221],
            &[250, 250, 354, 250, 500, 500, 221],
        ],
    },
    Answers {
        server: "sendmail",
        codes: [
            &[220, 250, 221],
            &[250, 221],
            // It goes on without EHLO, and the client cancels AUTH.
            &[334, 501, 530, 221],
            &[535, 221],
            &[250, 503, 221],
            &[250, 250, 354, 250, 500, 500, 221],
        ],
    },
    Answers {
        server: "opensmtpd",
        codes: [
            &[220, 250, 221],
            &[250, 221],
            &[503, 503, 221],
            &[535, 221],
            &[250, 503, 221],
            // It refuses input that does not wait for the reply to the content, and disconnects.
            &[250, 250, 354, 500],
        ],
    },
    Answers {
        server: "aiosmtpd",
        codes: [
            &[220, 250, 221],
            &[250, 221],
            &[503, 503, 221],
            &[535, 221],
            &[250, 503, 221],
            &[250, 250, 354, 250, 500, 500, 221],
        ],
    },
];

/// Returns the answers of a server.
#[must_use]
pub fn answers(server: &str) -> Option<&'static Answers> {
    ANSWERS.iter().find(|answers| answers.server == server)
}
