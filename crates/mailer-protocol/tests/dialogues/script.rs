//! Builds the parts of a script that many dialogues share.

/// A script, see the crate's page.
#[derive(Clone)]
pub(crate) struct Script(String);

impl AsRef<str> for Script {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Script {
    /// The greeting and EHLO, to a server that announces these extensions.
    pub(crate) fn ehlo(extensions: &[&str]) -> Self {
        let lines = ["mail.example.com"].iter().chain(extensions);
        let last = extensions.len();
        let reply = lines.enumerate().map(|(index, line)| match index == last {
            true => format!("250 {line}"),
            false => format!("250-{line}"),
        });
        let reply: Vec<String> = reply.collect();
        Self(String::new())
            .server("220 ready")
            .client("EHLO [127.0.0.1]")
            .server(&reply.join(" | "))
    }

    /// Lines from the client, separated by ` | `.
    pub(crate) fn client(self, lines: &str) -> Self {
        self.add("C:", lines)
    }

    /// Lines from the server, separated by ` | `.
    pub(crate) fn server(self, lines: &str) -> Self {
        self.add("S:", lines)
    }

    /// MAIL and RCPT.
    pub(crate) fn envelope(self, recipients: &[&str]) -> Self {
        let script = self.client("MAIL FROM:<ann@example.com>");
        recipients.iter().fold(script, |script, recipient| {
            script.client(&format!("RCPT TO:<{recipient}@example.com>"))
        })
    }

    /// MAIL, RCPT and DATA.
    pub(crate) fn group(self, recipients: &[&str]) -> Self {
        self.envelope(recipients).client("DATA")
    }

    /// The content, dot-stuffed, and the dot.
    pub(crate) fn content(self) -> Self {
        self.client("Subject: hello |  | ..A line. | .")
    }

    /// BDAT and the content.
    pub(crate) fn bdat(self) -> Self {
        self.client("BDAT 28 LAST | Subject: hello |  | .A line.")
    }

    /// MAIL, RCPT, BDAT and the content.
    pub(crate) fn chunk(self, recipients: &[&str]) -> Self {
        self.envelope(recipients).bdat()
    }

    fn add(mut self, side: &str, lines: &str) -> Self {
        for line in lines.split(" | ") {
            self.0.push_str(&format!("{side} {}\n", line.trim()));
        }
        self
    }
}
