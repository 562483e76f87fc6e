//! curl. Its options and exit statuses are at <https://curl.se/docs/manpage.html>.

use std::{path::Path, process::Command};

use super::{Client, Sending};
use crate::serve::USER;

pub(super) const CLIENT: Client = Client {
    name: "curl",
    can: (" smtps ", "--version"),
    // It sends a file unchanged, except for dot-stuffing.
    prepare: |content| content.replace('\n', "\r\n"),
    arguments,
    auth_failed: 67,
    tls_failed: 60,
    more: &[],
    with: Some(
        "curl -q --silent --show-error --ssl-reqd --cacert {ca} --user {user}:{password} \
         --mail-from {from} --mail-rcpt {to} --upload-file {eml} \
         smtp://{host}:{port}/client.example.test",
    ),
    to_paste: Some("printf "),
    has_token: true,
};

fn arguments(sending: &Sending<'_>, mail: &Path, command: &mut Command) {
    let scheme = if sending.implicit { "smtps" } else { "smtp" };
    let account = format!("user = \"{USER}:{}\"\n", sending.password);
    // -q has to be the first: no other configuration file.
    command.args(["-q", "--silent", "--show-error", "--ssl-reqd", "--max-time", "30"]);
    command.arg("--config").arg(sending.write("account", &account));
    command.arg("--login-options").arg(format!("AUTH={}", sending.mechanism));
    command.args(sending.ca.iter().flat_map(|ca| ["--cacert".as_ref(), ca.as_os_str()]));
    command.args(["--mail-from", USER]);
    command.args(sending.recipients.iter().flat_map(|to| ["--mail-rcpt", to]));
    command.arg("--upload-file").arg(mail);
    command.arg(format!("{scheme}://127.0.0.1:{}/client.example.test", sending.port));
}
