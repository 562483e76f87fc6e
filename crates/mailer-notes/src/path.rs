//! Tokens of an envelope address: `<local@domain>` (RFC 5321 §4.1.2).

use crate::{scanner::Scanner, table::path};

/// Marks a path that comes next. Marks nothing if there is none.
pub(crate) fn take_path(scanner: &mut Scanner<'_, '_>) {
    if scanner.take_text("<>", &path::NULL) {
        return;
    }
    if !scanner.take_text("<", &path::OPEN) {
        return scanner.take_word(&path::UNKNOWN_PATH);
    }
    let inside = inside(scanner.ahead());
    let (route, mailbox) = inside.split_at(route_length(inside));
    scanner.take(route.len(), &path::ROUTE);
    take_mailbox(scanner, mailbox);
    scanner.take_text(">", &path::CLOSE);
}

fn take_mailbox(scanner: &mut Scanner<'_, '_>, mailbox: &[u8]) {
    let at = mailbox.iter().rposition(|&byte| byte == b'@');
    let local_length = at.unwrap_or(mailbox.len());
    let is_quoted = mailbox.starts_with(b"\"");
    scanner.take(local_length, if is_quoted { &path::QUOTED_LOCAL } else { &path::LOCAL });
    if at.is_none() {
        return;
    }
    scanner.take(1, &path::AT);
    let domain = mailbox.get(local_length + 1..).unwrap_or(&[]);
    let is_literal = domain.starts_with(b"[");
    scanner.take(domain.len(), if is_literal { &path::LITERAL } else { &path::DOMAIN });
}

/// Returns the bytes up to the closing bracket. A bracket or space in a quoted string does not end
/// the path.
fn inside(bytes: &[u8]) -> &[u8] {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = bytes.iter().position(|&byte| {
        let ends = !is_quoted && matches!(byte, b'>' | b' ');
        is_quoted ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    bytes.split_at(end.unwrap_or(bytes.len())).0
}

/// Returns the length of a source route such as `@one.example,@two.example:`, 0 if there is none.
fn route_length(path: &[u8]) -> usize {
    let colon = path.iter().position(|&byte| byte == b':').filter(|_| path.starts_with(b"@"));
    colon.map_or(0, |colon| colon + 1)
}
