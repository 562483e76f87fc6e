//! Mailboxes in From, To and similar fields (RFC 5322 §3.4).

use mailer::Mailbox;

use super::{
    encoded_word,
    field::{self, Field, WORD},
};

/// Writes a field with a list of mailboxes, folded between them if possible. An empty list makes no field.
pub(super) fn write_list(name: &str, mailboxes: &[Mailbox], out: &mut String) {
    let Some((first, rest)) = mailboxes.split_first() else {
        return;
    };
    let mut field = Field::begin(name, out);
    let room = field.room();
    words(first, room, rest.is_empty()).iter().for_each(|word| field.word(word));
    for (index, mailbox) in rest.iter().enumerate() {
        let words = words(mailbox, WORD, index + 1 == rest.len());
        if joined_len(&words) > field.room() {
            field.fold();
        }
        words.iter().for_each(|word| field.word(word));
    }
    field.end();
}

/// Returns a mailbox as words, between which a line may be folded, with the comma before the next mailbox.
fn words(mailbox: &Mailbox, room: usize, is_last: bool) -> Vec<String> {
    let comma = if is_last { "" } else { "," };
    let address = mailbox.address.as_str();
    match mailbox.name.as_ref().map(|name| name.as_str()).filter(|name| !name.is_empty()) {
        None => vec![format!("{address}{comma}")],
        Some(name) => {
            let mut words = phrase(name, room);
            words.push(format!("<{address}>{comma}"));
            words
        }
    }
}

/// Returns a display name as atoms, or as a quoted string, or as encoded words.
///
/// A quoted string could be folded at its spaces, but readers interpret that differently. If it does not fit
/// on a line, the name is encoded instead.
fn phrase(name: &str, room: usize) -> Vec<String> {
    if field::reads_back(name) {
        if name.split(' ').all(is_atom) {
            return name.split(' ').map(str::to_owned).collect();
        }
        let quoted = quote(name);
        if quoted.len() <= WORD {
            return vec![quoted];
        }
    }
    encoded_word::encode(name, room)
}

/// RFC 5322 §3.2.3.
fn is_atom(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// Returns a quoted string (RFC 5322 §3.2.4) with quotes and backslashes escaped.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn joined_len(words: &[String]) -> usize {
    words.iter().map(String::len).sum::<usize>() + words.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use mailer::HeaderText;

    use super::*;

    fn mailbox(name: &str, address: &str) -> Mailbox {
        let name = Some(HeaderText::new(name).unwrap());
        Mailbox { name, address: address.parse().unwrap() }
    }

    fn to(mailboxes: &[Mailbox]) -> String {
        let mut out = String::new();
        write_list("To", mailboxes, &mut out);
        out
    }

    #[test]
    fn a_name_gets_the_simplest_form_that_holds_it() {
        for (name, wanted) in [
            ("", "To: a@example.com\r\n"),
            ("Ann Example", "To: Ann Example <a@example.com>\r\n"),
            ("Ann, Example", "To: \"Ann, Example\" <a@example.com>\r\n"),
            ("A. N. \"Ann\" \\o/", "To: \"A. N. \\\"Ann\\\" \\\\o/\" <a@example.com>\r\n"),
            ("Änn", "To: =?utf-8?q?=C3=84nn?= <a@example.com>\r\n"),
            ("Ann ", "To: =?utf-8?q?Ann_?= <a@example.com>\r\n"),
            ("=?utf-8?q?Ann?=", "To: =?utf-8?b?PT91dGYtOD9xP0Fubj89?= <a@example.com>\r\n"),
        ] {
            assert_eq!(to(&[mailbox(name, "a@example.com")]), wanted, "{name:?}");
        }
    }

    #[test]
    fn a_list_is_folded_between_mailboxes() {
        let ann = mailbox("Ann Example", "ann@example.com");
        let bob = mailbox("Bob B. Example", "bob@example.com");
        assert_eq!(
            to(&[ann.clone(), ann.clone(), bob, ann]),
            "To: Ann Example <ann@example.com>, Ann Example <ann@example.com>,\r\n \
             \"Bob B. Example\" <bob@example.com>, Ann Example <ann@example.com>\r\n"
        );
    }

    #[test]
    fn an_empty_list_makes_no_field() {
        assert_eq!(to(&[]), "");
    }

    #[test]
    fn a_non_ascii_local_part_is_not_encoded() {
        let mailbox = Mailbox::from("jörg@example.com".parse::<mailer::Address>().unwrap());
        assert_eq!(to(&[mailbox]), "To: jörg@example.com\r\n");
    }
}
