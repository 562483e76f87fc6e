//! Reads the envelope of a message file: its sender, its recipients, and what is sent.
//!
//! `cargo run -p mailer-prepared --example read_header` runs it.

use std::error::Error;

use mailer_prepared::Header;

/// A message as a mail client may have saved it.
const FILE: &[u8] = b"From ann@example.com Tue Jan  2 16:34:35 2024\n\
    From: Ann <ann@example.com>\n\
    To: Team: bob@example.com, \"Cid, the third\" <cid@example.com>;\n\
    Bcc: dan@example.com\n\
    Subject: Friday\n\
    \n\
    See you on Friday.\n";

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let header = Header::parse(FILE, true)?.ok_or("the header is not complete")?;
    assert_eq!(header.sender()?.value.as_str(), "ann@example.com");
    let recipients = header.recipients()?.value;
    let recipients: Vec<&str> = recipients.iter().map(|to| to.as_str()).collect();
    assert_eq!(recipients, ["bob@example.com", "cid@example.com", "dan@example.com"]);

    // The line of the mbox and the Bcc field are not sent.
    let sent = String::from_utf8(header.without_bcc())?;
    assert!(sent.starts_with("From: Ann") && !sent.contains("dan@"), "{sent}");
    let body = FILE.get(header.body_start()..).unwrap_or_default();
    assert_eq!(body, b"\nSee you on Friday.\n");
    Ok(())
}
