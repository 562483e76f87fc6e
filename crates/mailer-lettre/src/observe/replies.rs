//! Parses replies in the form of lettre's events, which write a line end as `<CRLF>`.

use mailer::Reply;

const LINE_END: &str = "<CRLF>";

/// Returns the reply if it is complete: a line with a space after the code is the last (RFC 5321 §4.2.1).
pub(crate) fn parse(shown: &str) -> Option<Reply> {
    let shown = shown.strip_suffix(LINE_END)?;
    let digits = shown.get(..3).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?;
    let code = digits.parse().ok()?;
    let mut text = String::with_capacity(shown.len());
    let mut is_last = false;
    for (number, part) in shown.split(LINE_END).enumerate() {
        let line = part.strip_prefix(digits).filter(|_| !is_last);
        match line.and_then(|rest| rest.split_at_checked(1)) {
            Some((mark @ ("-" | " "), line)) => {
                text.push_str(if number > 0 { "\n" } else { "" });
                text.push_str(line);
                is_last = mark == " ";
            }
            // Not a line end: the server sent these six characters.
            _ => text.extend([LINE_END, part]),
        }
    }
    is_last.then_some(Reply { code, text })
}

/// Returns the beginning of a reply that has no valid end: its lines so far, and the text in place of the
/// end.
pub(crate) fn parse_start(shown: &str) -> Option<Reply> {
    let lines = shown.strip_suffix(LINE_END).unwrap_or(shown);
    let (digits, rest) = lines.split_at_checked(3)?;
    let rest = rest.strip_prefix('-')?;
    let code = digits.parse().ok().filter(|code| (200..600).contains(code))?;
    let mark = format!("{digits}-");
    let mut lines = rest.split(LINE_END);
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        text.push('\n');
        text.push_str(line.strip_prefix(&mark).unwrap_or(line));
    }
    Some(Reply { code, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_reply_is_kept() {
        let reply = parse("250-mail.example.com<CRLF>250-SIZE 42<CRLF>250 AUTH PLAIN<CRLF>");
        assert_eq!(reply, Some(Reply::new(250, "mail.example.com\nSIZE 42\nAUTH PLAIN")));
        assert_eq!(parse("221 <CRLF>"), Some(Reply::new(221, "")));
        assert_eq!(parse("250-<CRLF>250 b<CRLF>"), Some(Reply::new(250, "\nb")));
    }

    #[test]
    fn an_incomplete_reply_is_not_parsed() {
        for shown in
            ["250-more to come<CRLF>", "250", "250<CRLF>", "+25 no<CRLF>", "hello<CRLF>", ""]
        {
            assert_eq!(parse(shown), None, "{shown}");
        }
        assert_eq!(parse("250-one<CRLF>251 another<CRLF>"), None);
    }

    #[test]
    fn a_server_cannot_forge_a_line_end() {
        let reply = parse("250 fine<CRLF>550 no<CRLF>");
        assert_eq!(reply, Some(Reply::new(250, "fine<CRLF>550 no")));
    }

    #[test]
    fn the_lines_of_a_malformed_reply_are_kept() {
        let reply = parse_start("550-blocked<CRLF>550-see<CRLF>451 a.test<CRLF>");
        assert_eq!(reply, Some(Reply::new(550, "blocked\nsee\n451 a.test")));
        for shown in ["hello<CRLF>", "250 ok<CRLF>", "", "25", "+25-no<CRLF>"] {
            assert_eq!(parse_start(shown), None, "{shown}");
        }
    }
}
