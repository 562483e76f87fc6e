//! Properties of every header.

use mail_parser::{Address as Parsed, MessageParser};
use mailer_prepared::{Element, Found, Header, address_list};
use proptest::prelude::*;

/// Returns the addresses that mail-parser finds. It shares no code with this crate.
fn by_mail_parser(body: &str) -> Vec<String> {
    let message = format!("To: {body}\r\n\r\n");
    let parsed = MessageParser::new().parse_headers(message.as_bytes());
    let to = parsed.as_ref().and_then(|parsed| parsed.to()).map(Parsed::iter);
    to.into_iter().flatten().filter_map(|mailbox| mailbox.address().map(str::to_owned)).collect()
}

fn addresses(body: &str) -> Vec<String> {
    let found = address_list(body.as_bytes()).into_iter();
    let address = |element: Element| match element.found {
        Found::Mailbox { address, .. } => Some(address.to_string()),
        _ => None,
    };
    found.filter_map(address).collect()
}

/// Generates mailboxes by the grammar of RFC 5322 §3.4.
fn mailbox() -> impl Strategy<Value = String> {
    let address = "[a-z]{1,8}(\\.[a-z0-9]{1,4}){0,2}@[a-z]{1,8}\\.test";
    let name = "([A-Z][a-z]{0,6} ){1,3}|\"([A-Za-z ,:;<>@()]|\\\\\"){1,12}\" ";
    let comment = "( \\([a-z ,]{0,8}\\))?";
    prop_oneof![
        (address, comment).prop_map(|(address, comment)| format!("{address}{comment}")),
        (name, address).prop_map(|(name, address)| format!("{name}<{address}>")),
    ]
}

proptest! {
    #[test]
    fn mail_parser_finds_the_same_addresses_in_a_valid_list(
        mailboxes in proptest::collection::vec(mailbox(), 1..6),
        separator in prop_oneof![Just(", "), Just(","), Just(",\r\n "), Just(" ,\r\n\t")],
    ) {
        let body = mailboxes.join(separator);
        prop_assert_eq!(addresses(&body), by_mail_parser(&body), "{}", body);
        prop_assert_eq!(addresses(&body).len(), mailboxes.len(), "{}", body);
    }

    #[test]
    fn no_text_is_dropped(body in "([ab@.<>,;:()\"\\\\\\[\\] \t]|\r\n |é){0,40}") {
        let elements = address_list(body.as_bytes());
        let mut at = 0;
        for Element { range, .. } in &elements {
            let between = &body[at..range.start];
            prop_assert!(is_ignorable(between), "{between:?} is dropped from {body:?}");
            at = range.end;
        }
        prop_assert!(is_ignorable(&body[at..]), "the end is dropped from {body:?}");
    }

    #[test]
    fn no_header_causes_a_panic(header in "(\\PC|[\r\n\t:<>@,;\"]|(To|From|Resent-To): ?){0,200}") {
        if let Ok(Some(header)) = Header::parse(header.as_bytes(), true) {
            let _ = (header.sender(), header.recipients(), header.check());
        }
    }
}

/// Whether the text has only white space, comments and separators.
fn is_ignorable(text: &str) -> bool {
    let (mut depth, mut escaped) = (0, false);
    text.chars().all(|c| {
        let is_escaped = escaped;
        escaped = c == '\\' && !is_escaped && depth > 0;
        match c {
            _ if is_escaped => {}
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ => return depth > 0 || " \t\r\n,;".contains(c),
        }
        true
    })
}

#[test]
fn a_list_of_forty_thousand_mailboxes_is_parsed() {
    let list = |count: usize| {
        let names = (0..count).map(|n| format!("Name {n} <u{n}@x.test>"));
        format!("To: {}\n\n", names.collect::<Vec<_>>().join(",\n "))
    };
    for count in [1, 40_000] {
        let text = list(count);
        let header = Header::parse(text.as_bytes(), true).unwrap().unwrap();
        assert_eq!(header.recipients().unwrap().value.len(), count);
    }
}
