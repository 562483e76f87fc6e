//! README.md: the example of the crates as libraries, which this test compiles and runs.

use std::error::Error;

use mailer_tests::blocks;

/// This file, from which the example is read.
const SOURCE: &str = include_str!("library.rs");

#[test]
fn readme_shows_an_example_that_runs() -> Result<(), Box<dyn Error>> {
    // README starts here.
    use std::time::SystemTime;

    use mailer::{Draft, HeaderText, Mail, Retry, Server};
    use mailer_backends::{Options, find};
    use mailer_server::{Config, EmbeddedServer};

    let mut draft = Draft::new(
        "Ann <ann@example.com>".parse()?,
        SystemTime::now(),
        "1@client.example.com".parse()?,
    );
    draft.to.push("Bob <bob@example.com>".parse()?);
    draft.subject = HeaderText::new("Hello")?;
    draft.text = Some("Hello, Bob.".into());
    let mail = Mail::from_draft(draft)?;

    // The embedded server, or the URL of any other: "smtp://ann:password@mail.example.com".
    let embedded = EmbeddedServer::start(Config::plain())?;
    let server: Server = format!("smtp://{}?tls=none", embedded.addr()).parse()?;
    for backend in ["raw", "lettre"] {
        let mut mailer = find(backend)?.make(&server, &Options::default())?;
        let receipt = mailer.send(&mail);
        assert_eq!(receipt.retry(), Retry::Done);
        mailer.close()?;
    }
    assert_eq!(embedded.mails().len(), 2);
    // README ends here.
    let example = SOURCE.split("    // README ").nth(1).and_then(|it| it.split_once('\n'));
    let (_, example) = example.ok_or("the example is marked")?;
    let lines = example.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
    let example: String = lines.map(|line| format!("{line}\n")).collect();
    blocks::check("README.md", "use as a library", &format!("```rust\n{example}```\n"));
    Ok(())
}
