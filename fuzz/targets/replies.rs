//! Replies: splitting the bytes changes nothing, and a simpler parser reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer::Reply;
use mailer_fuzz::{Cuts, Listener};

fuzz_target!(|input: (Cuts, &[u8])| {
    let (cuts, bytes) = input;
    let (whole, failed) = heard([bytes]);
    assert_eq!((&whole, failed), (&heard(cuts.pieces(bytes)).0, heard(cuts.pieces(bytes)).1));
    let wanted = by_the_book(bytes);
    assert_eq!(whole, wanted.replies);
    match wanted.end {
        End::Broken => assert!(failed, "the session continues after a violation"),
        End::Whole => assert!(!failed, "the session reports a violation where there is none"),
        // The session may refuse an incomplete line already.
        End::Begun => {}
    }
});

fn heard<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Reply>, bool) {
    let mut listener = Listener::new();
    pieces.into_iter().for_each(|piece| listener.hear(piece));
    listener.heard()
}

struct Book {
    replies: Vec<Reply>,
    end: End,
}

enum End {
    /// After a complete reply, or a complete line of one.
    Whole,
    /// In the middle of a line.
    Begun,
    /// At a violation, or at a reply that ends the dialogue.
    Broken,
}

/// Parses line by line (RFC 5321 §4.2).
fn by_the_book(bytes: &[u8]) -> Book {
    let mut replies = Vec::new();
    let mut lines: Vec<(u16, String)> = Vec::new();
    let mut changes_code = false;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if !line.ends_with(b"\n") {
            return Book { replies, end: End::Begun };
        }
        let Some((code, is_last, text)) = read_line(line) else {
            return Book { replies, end: End::Broken };
        };
        // A reply that changes its code is read to its end, because it may state a reason.
        changes_code |= lines.first().is_some_and(|(first, _)| *first != code);
        lines.push((code, text));
        if is_last && changes_code {
            return Book { replies, end: End::Broken };
        }
        if is_last {
            let texts: Vec<String> = lines.drain(..).map(|(_, text)| text).collect();
            replies.push(Reply::new(code, texts.join("\n")));
            if Listener::ends_at(code) {
                return Book { replies, end: End::Broken };
            }
        }
        if replies.len() == Listener::RECIPIENTS {
            return Book { replies, end: End::Begun };
        }
    }
    Book { replies, end: End::Whole }
}

/// Returns the code, whether it is the last line, and the text.
fn read_line(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = line.strip_suffix(b"\r\n")?;
    let code: u16 = str::from_utf8(line.get(..3)?).ok()?.parse().ok()?;
    let digits = line.iter().take(3).all(u8::is_ascii_digit);
    let text = line.get(4..).unwrap_or_default();
    let fits = digits && (200..600).contains(&code) && !text.contains(&0) && !text.contains(&b'\r');
    let is_last = match line.get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    fits.then(|| (code, is_last, String::from_utf8_lossy(text).into_owned()))
}
