//! swaks, an SMTP client for testers.

use std::{path::Path, process::Command};

use super::{Client, Sending};
use crate::serve::USER;

pub(super) const CLIENT: Client = Client {
    name: "swaks",
    // Debian only recommends the TLS module, so it may be missing.
    can: ("TLS supported", "--support"),
    // It ends the last line itself.
    prepare: |content| content.trim_end().to_owned(),
    arguments,
    auth_failed: 28,
    tls_failed: 29,
    more: &[("pipelined", &["--pipeline"])],
    with: Some(
        "swaks --server {host} --port {port} --tls --tls-verify --tls-ca-path {ca} --auth PLAIN \
         --auth-user {user} --auth-password {password} --from {from} --to {to} --data @{eml} \
         --helo client.example.test",
    ),
    to_paste: Some("swaks "),
    has_token: false,
};

fn arguments(sending: &Sending<'_>, mail: &Path, command: &mut Command) {
    command.args(["--server", "127.0.0.1", "--port", &sending.port.to_string()]);
    command.args(["--helo", "client.example.test", "--timeout", "30", "--tls-verify"]);
    command.arg(if sending.implicit { "--tls-on-connect" } else { "--tls" });
    command.args(sending.ca.iter().flat_map(|ca| ["--tls-ca-path".as_ref(), ca.as_os_str()]));
    command.args(["--auth", sending.mechanism, "--auth-user", USER]);
    command.env("SWAKS_OPT_auth_password", sending.password);
    command.args(["--from", USER, "--to", &sending.recipients.join(",")]);
    command.arg("--data").arg(format!("@{}", mail.display()));
}
