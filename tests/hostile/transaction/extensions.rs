//! Extensions that are missing, announced in unusual ways, or announced but not supported.

use mailer::{
    Kind::{Message, Protocol, Refused},
    Step,
};
use mailer_backends::Flow;
use mailer_server::Script;
use mailer_tests::mails;

use crate::case::{BY_BDAT, Case, RAW, TO, greets, not_sent, rejected, unknown, until};

const EIGHT_BITS: &str = "Subject: h\u{e4}llo\r\n\r\nGr\u{fc}\u{df}e\r\n";
const RFC_3030: &str = "RFC 3030 §2, §4.2; Exim ChangeLog JH/59";

/// Spellings of SIZE, and the parameter of MAIL.
const SIZES: &[(&str, &str, &str)] = &[
    ("without_a_number", "SIZE", "SIZE=27\r\n"),
    ("zero", "SIZE 0", "SIZE=27\r\n"),
    ("of_words", "SIZE many", "SIZE=27\r\n"),
    ("negative", "SIZE -1", "SIZE=27\r\n"),
    ("beyond_64_bits", "SIZE 99999999999999999999999999", "SIZE=27\r\n"),
    ("with_more_after_it", "SIZE 1000 2000", "SIZE=27\r\n"),
    ("in_lower_case", "size 1000", "SIZE=27\r\n"),
    ("exactly_as_large", "SIZE 27", "SIZE=27\r\n"),
];

pub(super) fn cases() -> Vec<Case> {
    sizes().chain(missing()).chain(bdat()).collect()
}

fn sizes() -> impl Iterator<Item = Case> {
    let forms = SIZES.iter().map(|&(name, announced, parameter)| {
        let script = greets().announcing(&[announced]).serve();
        // lettre does not declare a size.
        Case::new(format!("size_{name}"), "RFC 1870 §3, §4", script)
            .backends(RAW)
            .client_sends(parameter)
    });
    let small = greets().announcing(&["SIZE 26"]).serve();
    let small = Case::new("size_one_byte_too_small", "RFC 1870 §6.1", small)
        .expects([not_sent(Message, Step::Mail)])
        .client_never_sends(&["MAIL"])
        .error_contains(&["27 bytes", "at most 26"])
        .documented_as("it does not accept a message of this size");
    forms.chain([small])
}

fn missing() -> [Case; 4] {
    let without = |name: &str, source, announced: &'static [&str]| {
        Case::by_flow(name, source, move |_| greets().announcing(announced).serve())
    };
    [
        without("has_no_8bitmime", "RFC 6152 §3", &["PIPELINING"])
            .sends([mails::prepared(&[TO], EIGHT_BITS)])
            .expects([not_sent(Message, Step::Mail)])
            .client_never_sends(&["MAIL"])
            .documented_as("it has no 8BITMIME, and the message has non-ASCII bytes"),
        without("has_no_smtputf8", "RFC 6531 §3.4", &["PIPELINING", "8BITMIME"])
            .sends([mails::small(&["j\u{f6}rg@example.test"])])
            .expects([not_sent(Message, Step::Mail)])
            .client_never_sends(&["MAIL"])
            .documented_as("it has no SMTPUTF8, and an address has non-ASCII characters"),
        // OpenSMTPD answers early input with 500, and closes.
        without("has_no_pipelining", "RFC 2920 §3.1; OpenSMTPD", &["8BITMIME"])
            .sends([mails::small(&[TO]), mails::small(&[TO])])
            .expects([crate::case::ACCEPTED; 2])
            .without_groups(),
        without("has_no_chunking", "RFC 3030 §2", &["PIPELINING"]).client_never_sends(&["BDAT"]),
    ]
}

/// Servers that announce CHUNKING, and refuse BDAT.
fn bdat() -> Vec<Case> {
    let refused = |code: &'static str| {
        Case::by_flow(format!("bdat_gets_{code}"), RFC_3030, move |_| {
            until("BDAT").chunk().reply(&format!("{code} no chunks here")).serve()
        })
        .flows(BY_BDAT)
        .backends(RAW)
        .expects([rejected(Refused, Step::EndOfData)])
    };
    // This server refuses BDAT and reads the chunk as commands. Its replies to those belong to no command
    // of the client, so no later message may use them.
    let as_commands = |_: Flow| {
        (0..3).fold(until("BDAT").answer("BDAT", "503 5.5.1 no"), |script: Script, _| {
            script.answer("", "500 5.5.1 what?")
        })
    };
    let two = [mails::small(&[TO]), mails::small(&[TO])];
    vec![
        refused("500"),
        refused("502"),
        refused("503"),
        refused("554"),
        Case::by_flow("chunk_is_run_as_commands", RFC_3030, as_commands)
            .flows(BY_BDAT)
            .backends(RAW)
            .expects([rejected(Refused, Step::EndOfData)]),
        Case::by_flow("chunk_is_run_as_commands_and_more_follows", RFC_3030, as_commands)
            .flows(&[Flow::Streamed])
            .backends(RAW)
            .sends(two)
            .may_deviate()
            // The client cannot know whether the server accepted the second message.
            .expects([rejected(Refused, Step::EndOfData), unknown(Protocol, Step::Reset)]),
    ]
}
