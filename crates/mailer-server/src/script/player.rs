//! Runs a script on one connection.

use std::{net::TcpStream, sync::Arc, time::Duration};

use super::{
    Step,
    channel::{Channel, Over},
    input::{begins_with, take_chunk},
    service,
    shared::Shared,
};

/// Longer than any server runs.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs the script on one connection, and closes it.
pub(super) fn play(shared: &Shared, socket: Arc<TcpStream>) {
    // If the socket cannot be set up, the client is gone.
    let Ok(mut channel) = Channel::new(socket, shared) else { return };
    let steps = shared.script.steps.iter();
    let over = steps.map(|step| run(step, &mut channel, shared)).find_map(Result::err);
    match over {
        Some(End::Reset) => channel.reset(),
        Some(End::Cut) => channel.cut(),
        Some(End::Over(Over::Deviation(how))) => {
            channel.record_deviation(how);
            channel.close();
        }
        Some(End::Over(Over::Gone | Over::Closing)) | None => channel.close(),
    }
}

/// How a connection ends.
enum End {
    Over(Over),
    Cut,
    Reset,
}

impl From<Over> for End {
    fn from(over: Over) -> Self {
        Self::Over(over)
    }
}

fn run(step: &Step, channel: &mut Channel<'_>, shared: &Shared) -> Result<(), End> {
    match step {
        Step::Expect(prefix) => drop(expect(prefix, channel)?),
        Step::Reply(prefix, lines) => {
            let line = expect(prefix, channel)?;
            channel.send(&lines.reply(&line))?;
        }
        Step::Until(bytes) => drop(channel.take_until(bytes)?),
        Step::Exact(count) => drop(channel.take(*count)?),
        Step::Chunk => drop(take_chunk(channel)?),
        Step::Send(bytes) => channel.send(bytes)?,
        Step::SendInClear(bytes) => channel.send_in_clear(bytes)?,
        Step::Drip(bytes, pause) => channel.drip(bytes, *pause)?,
        Step::Flood(bytes, times) => (0..*times).try_for_each(|_| channel.send(bytes))?,
        Step::Tls(how) => channel.start_tls(*how)?,
        Step::Serve(until) => service::serve(channel, &shared.script, until.as_deref())?,
        Step::Wait(time) => channel.pause(*time)?,
        Step::Hang => channel.pause(FOR_EVER)?,
        Step::Close => return Err(Over::Closing.into()),
        Step::Cut => return Err(End::Cut),
        Step::Reset => return Err(End::Reset),
    }
    Ok(())
}

/// Reads a line, which must begin with this prefix, and returns it.
fn expect(prefix: &str, channel: &mut Channel<'_>) -> Result<String, Over> {
    let line = channel.take_line()?;
    if begins_with(&line, prefix) {
        return Ok(line);
    }
    Err(Over::Deviation(format!("expected {prefix}, received {line:?}")))
}
