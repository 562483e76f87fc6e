//! msmtp, a replacement for sendmail. Its exit statuses are those of sysexits.

use std::{path::Path, process::Command};

use super::{Client, Sending};
use crate::serve::USER;

pub(super) const CLIENT: Client = Client {
    name: "msmtp",
    can: ("TLS/SSL library: ", "--version"),
    // It reads as sendmail does, lines with LF.
    prepare: str::to_owned,
    arguments,
    // EX_NOPERM and EX_UNAVAILABLE
    auth_failed: 77,
    tls_failed: 69,
    more: &[],
    // It reads the mail from its stdin, which is empty there.
    with: None,
    to_paste: None,
    has_token: false,
};

fn arguments(sending: &Sending<'_>, _: &Path, command: &mut Command) {
    let on = |yes| if yes { "on" } else { "off" };
    // With --host it reads no configuration file, which AppArmor would allow in few places only.
    command.args(["--host=127.0.0.1", "--domain=client.example.test", "--timeout=30", "--tls=on"]);
    command.arg(format!("--port={}", sending.port));
    command.arg(format!("--tls-starttls={}", on(!sending.implicit)));
    if let Some(ca) = &sending.ca {
        command.arg(format!("--tls-trust-file={}", ca.display()));
    }
    command.arg(format!("--auth={}", sending.mechanism.to_lowercase()));
    command.arg(format!("--user={USER}")).arg(format!("--from={USER}"));
    command.arg("--passwordeval=printenv PASSWORD").env("PASSWORD", sending.password);
    command.arg("--").args(sending.recipients);
}
