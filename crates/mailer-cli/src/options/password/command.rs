//! Runs `--password-command` or `--token-command` and reads the first line of its output.

use std::{
    io::{self, PipeWriter, Read, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::input::{MAX_LINE, first_line};

/// Runs a command with `sh -c` and returns the first line of its output.
///
/// This waits until the command ends, not until its output ends: an agent that the command started may
/// keep the output open for ever.
///
/// # Errors
/// If the command cannot run or exits with a status other than 0; [`io::ErrorKind::FileTooLarge`] if it
/// prints more than [`MAX_LINE`] bytes.
pub(super) fn first_line_of(command: &str) -> io::Result<Vec<u8>> {
    let (mut output, input) = io::pipe()?;
    let child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::inherit())
        .stdout(input.try_clone()?)
        .stderr(Stdio::inherit())
        .spawn()?;
    let has_ended = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&has_ended);
    let waiting = thread::Builder::new().spawn(move || wait(child, &ended, input))?;
    let line = first_line(&mut output)?;
    skip_rest(&mut output, &has_ended)?;
    drop(output);
    let status =
        waiting.join().unwrap_or_else(|_| Err(io::Error::other("its exit status is unknown")))?;
    if status.success() { Ok(line) } else { Err(io::Error::other(status.to_string())) }
}

/// Waits for the end of the command, then writes a line end to wake the reader of its output.
fn wait(mut child: Child, ended: &AtomicBool, mut input: PipeWriter) -> io::Result<ExitStatus> {
    let status = child.wait();
    ended.store(true, Ordering::Release);
    // This fails if the reader has finished, and then nothing needs to wake it.
    let _ = input.write_all(b"\n");
    status
}

/// Reads until the command has ended, so that a full pipe does not block it.
fn skip_rest(output: &mut impl Read, has_ended: &AtomicBool) -> io::Result<()> {
    let (mut block, mut total) = ([0; 4096], 0);
    while !has_ended.load(Ordering::Acquire) {
        total += output.read(&mut block)?;
        if total > MAX_LINE {
            let text = format!("it prints more than {} KiB", MAX_LINE >> 10);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
    }
    Ok(())
}
