//! The shortest program that sends a mail with lettre, as in lettre's own documentation. It uses nothing
//! of this project.
//!
//! `docs/results.md` counts its lines and measures its binary. `minimal_raw` does the same the low-level
//! way.
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
