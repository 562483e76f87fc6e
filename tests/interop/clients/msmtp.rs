//! msmtp, which people put in the place of sendmail. It ends with sysexits' statuses.

use std::{path::Path, process::Command};

use super::{Client, Sending};
use crate::serve::USER;

pub(super) const CLIENT: Client = Client {
    name: "msmtp",
    can: ("TLS/SSL library: ", "--version"),
    // It reads as sendmail does, lines with LF.
    prepare: str::to_owned,
    tell,
    // EX_NOPERM and EX_UNAVAILABLE
    auth_failed: 77,
    tls_failed: 69,
    more: &[],
    // It reads the mail from its stdin, which is empty there.
    with: None,
};

fn tell(sending: &Sending<'_>, _: &Path, command: &mut Command) {
    let on = |yes| if yes { "on" } else { "off" };
    // With --host it reads no configuration file, which would have to lie where AppArmor lets it.
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
