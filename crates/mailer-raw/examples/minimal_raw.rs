//! The smallest program that sends a mail with raw.
//!
//! `docs/results.md` counts its lines and measures the binary; `minimal_lettre` does the same with
//! lettre.
//!
//! ```text
//! SMTP_URL=smtp://USER:PASSWORD@HOST cargo run -p mailer-raw --example minimal_raw
//! ```

use std::{env, error::Error, time::SystemTime};

use mailer::{Draft, HeaderText, Mail, Mailer};
use mailer_raw::{Flow, RawMailer};

fn main() -> Result<(), Box<dyn Error>> {
    let mut draft = Draft::new(
        "Ann <ann@example.com>".parse()?,
        SystemTime::now(),
        "1@client.example.com".parse()?,
    );
    draft.to.push("Bob <bob@example.com>".parse()?);
    draft.subject = HeaderText::new("Hello")?;
    draft.text = Some("Hello, Bob.".into());
    let mail = Mail::from_draft(draft)?;

    let server = env::var("SMTP_URL")?.parse()?;
    let mut mailer = RawMailer::new(&server, Flow::Auto)?;
    let receipt = mailer.send(&mail);
    // The receipt has the outcome. A failed QUIT does not change it.
    let _ = mailer.close();
    receipt.error.map_or(Ok(()), |error| Err(error.into()))
}
