//! The memory of `mailer send` while a server sends without end. Linux reports it per process.

#[cfg(not(target_os = "linux"))]
pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
    Vec::new()
}

#[cfg(target_os = "linux")]
pub(crate) use linux::trials;

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        process::{Child, Stdio},
        thread,
        time::Duration,
    };

    use libtest_mimic::{Failed, Trial};
    use mailer_server::{Script, ScriptedServer};
    use mailer_tests::binary;

    use crate::case::{greets, until};

    /// The limit of the memory in KiB. The program itself needs a third of it; the server sends more than
    /// twice as much.
    const LIMIT: u64 = 40 * 1024;
    /// How many bytes the server sends.
    const SENT: usize = 100 * 1024 * 1024;
    /// The size of the message in bytes.
    const LARGE: usize = 16 * 1024 * 1024;
    /// The time between two measurements. To read everything that the server sends takes much longer.
    const PAUSE: Duration = Duration::from_millis(1);

    /// One trial for each server, with the expected exit status.
    pub(crate) fn trials() -> Vec<Trial> {
        let lines = "250-more of the same\r\n".repeat(4096);
        let endless = |bytes: &str| (bytes.as_bytes().to_vec(), (SENT / bytes.len()) as u64);
        let (reply, times) = endless(&lines);
        let in_reply = greets().expect("EHLO").flood(reply.clone(), times);
        let in_content =
            until("DATA").answer("DATA", "354 go ahead").read_exact(1).flood(reply, times);
        let (line, times) = endless(&"x".repeat(64 * 1024));
        let in_line = greets().expect("EHLO").send("250 ").flood(line, times);
        let trial = |name: &str, script: Script, status| {
            Trial::test(format!("memory::{name}"), move || memory_stays_below_limit(script, status))
        };
        vec![
            trial("endless_reply", in_reply, 76),
            trial("endless_line", in_line, 76),
            trial("endless_reply_to_a_large_content", in_content, 76),
        ]
    }

    fn memory_stays_below_limit(script: Script, status: i32) -> Result<(), Failed> {
        let server = ScriptedServer::start(script)?;
        let folder = tempfile::tempdir()?;
        let line = format!("{}\r\n", "x".repeat(998));
        let content = format!("Subject: large\r\n\r\n{}", line.repeat(LARGE / line.len()));
        fs::write(folder.path().join("mail.eml"), content)?;
        let url = format!("smtp://{}?tls=none", server.addr());
        let mut command = binary::mailer();
        command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command.args(["send", "--server", &url, "--from", "alice@example.test"]);
        command.args(["--to", "bob@example.test", "--eml", "mail.eml", "--timeout", "30"]);
        let mut child = command.spawn()?;
        let peak = peak(&mut child)?;
        let ended = child.wait()?.code();
        if ended != Some(status) {
            return Err(format!("the exit status is {ended:?}, not {status}").into());
        }
        match peak {
            0 => Err("the memory was never measured".into()),
            peak if peak > LIMIT => Err(format!("the command used {peak} KiB of memory").into()),
            _ => Ok(()),
        }
    }

    /// Waits for the end of a process, and returns its peak memory in KiB.
    fn peak(child: &mut Child) -> Result<u64, Failed> {
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait()?.is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            peak = peak.max(high_water(&text).unwrap_or_default());
            thread::sleep(PAUSE);
        }
        Ok(peak)
    }

    /// Parses the peak memory that the kernel records.
    fn high_water(status: &str) -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }
}
