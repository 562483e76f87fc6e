//! Step 4, solved.

use crate::given::{Capabilities, Reply};

/// Reads the capabilities from a reply to EHLO.
pub fn capabilities(reply: &Reply) -> Capabilities {
    let mut found = Capabilities::default();
    for line in reply.lines.iter().skip(1) {
        let line = line.to_ascii_uppercase();
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("STARTTLS") => found.starttls = true,
            Some("PIPELINING") => found.pipelining = true,
            Some("AUTH") => found.auth = words.map(str::to_owned).collect(),
            Some("SIZE") => {
                let size = words.next().and_then(|size| size.parse().ok());
                found.size = size.filter(|&size| size > 0);
            }
            _ => {}
        }
    }
    found
}
