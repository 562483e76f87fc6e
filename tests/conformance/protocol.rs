//! Servers that violate the protocol, or use it in unusual ways.

use mailer::{
    Kind::Protocol,
    Security::{None as Clear, Required},
    Step,
};
use mailer_server::{Fault, Point};
use mailer_tests::mails;

use crate::case::{ACCEPTED, BY_STARTTLS, Case, Expected, not_sent, rejected, unknown};

/// The reply at a point, and the expected result.
const REPLIES: &[(&str, Point, &[u8], Expected)] = &[
    ("greets_with_garbage", Point::Greeting, b"hello\r\n", not_sent(Protocol, Step::Greeting)),
    ("greets_with_250", Point::Greeting, b"250 hello\r\n", ACCEPTED),
    ("changes_its_code", Point::Ehlo, b"250-one\r\n251 two\r\n", not_sent(Protocol, Step::Ehlo)),
    ("sends_999_to_mail", Point::Mail, b"999 what?\r\n", not_sent(Protocol, Step::Mail)),
    ("sends_354_to_mail", Point::Mail, b"354 go ahead\r\n", not_sent(Protocol, Step::Mail)),
    ("sends_250_to_data", Point::Data, b"250 go ahead\r\n", not_sent(Protocol, Step::Data)),
    ("ends_with_garbage", Point::EndOfData, b"ok\r\n", unknown(Protocol).but_stored()),
    ("ends_with_354", Point::EndOfData, b"354 and now?\r\n", unknown(Protocol).but_stored()),
    ("replies_without_text", Point::Rcpt, b"250\r\n", ACCEPTED),
    ("replies_in_latin_1", Point::Mail, b"250 gr\xfc\xdfe\r\n", ACCEPTED),
];

pub(crate) fn cases() -> Vec<Case> {
    let replies = REPLIES.iter().map(|&(name, point, bytes, expected)| {
        Case::new(name).fault(Fault::at(point).raw(bytes)).expects([expected])
    });
    let lower_case = Fault::at(Point::Ehlo).nth(1).reply("250-mail\n250-size 0\n250 starttls");
    let others = [
        Case::new("announces_in_lower_case").modes(BY_STARTTLS).fault(lower_case),
        // RFC 2920 §3.1: the client must send a lone dot to this server, and never the content.
        Case::new("sends_354_after_refusing_every_recipient")
            .modes(&[Clear, Required])
            .server(|config| config.refused_recipients.push("eve@example.test".into()))
            .fault(Fault::at(Point::Data).nth(1).reply("354 go ahead"))
            .sends([mails::small(&["eve@example.test"]), mails::small(&["bob@example.test"])])
            .expects([rejected(mailer::Kind::Refused, Step::Recipient), ACCEPTED]),
    ];
    replies.chain(others).collect()
}
