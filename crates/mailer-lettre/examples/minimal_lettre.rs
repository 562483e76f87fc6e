//! The least that a program has to say to send a mail with lettre, as lettre's own documentation does
//! it: nothing of this project takes part.
//!
//! `docs/results.md` counts its lines and measures what is built of them; `minimal_raw` says the same
//! the low-level way.
//!
//! ```text
//! SMTP_URL='smtp://USER:PASSWORD@HOST:587?tls=required' cargo run -p mailer-lettre --example minimal_lettre
//! ```

use std::{env, error::Error};

use lettre::{Message, SmtpTransport, Transport};

fn main() -> Result<(), Box<dyn Error>> {
    let mail = Message::builder()
        .from("Ann <ann@example.com>".parse()?)
        .to("Bob <bob@example.com>".parse()?)
        .subject("Hello")
        .body("Hello, Bob.".to_owned())?;

    let mailer = SmtpTransport::from_url(&env::var("SMTP_URL")?)?.build();
    mailer.send(&mail)?;
    Ok(())
}
