//! Renders one draft with every backend, to see what each would send.
//!
//! `cargo run -p mailer-backends --example every_backend` runs it. Nothing is sent.

use std::{error::Error, time::SystemTime};

use mailer::{Content, Draft, HeaderText, Mail, Server};
use mailer_backends::{BACKENDS, Options, find};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let mut draft =
        Draft::new("ann@example.com".parse()?, SystemTime::now(), "1@client.example.com".parse()?);
    draft.to.push("bob@example.com".parse()?);
    draft.subject = HeaderText::new("Hello")?;
    draft.text = Some("Hello, Bob.".into());
    let mail = Mail::from_draft(draft)?;
    let Content::Draft(draft) = mail.content() else { return Err("it is a draft".into()) };
    for backend in BACKENDS {
        let message = String::from_utf8(backend.render(draft, mail.envelope())?)?;
        assert!(message.contains("Subject: Hello\r\n"), "{}: {message}", backend.name);
    }

    // One of them, by its name on the command line, with the default options.
    let server: Server = "smtp://mail.example.com".parse()?;
    let mailer = find("raw")?.make(&server, &Options::default())?;
    drop(mailer);
    Ok(())
}
