//! Does what a script says, on one connection.

use std::{net::TcpStream, sync::Arc, time::Duration};

use super::{
    Step,
    channel::{Channel, Over},
    input::{begins_with, take_chunk},
    service,
    shared::Shared,
};

/// Longer than any server lives.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Plays the script to a client, and closes.
pub(super) fn play(shared: &Shared, socket: Arc<TcpStream>) {
    // A socket that cannot be set up belongs to a client that is gone.
    let Ok(mut channel) = Channel::new(socket, shared) else { return };
    let steps = shared.script.steps.iter();
    let over = steps.map(|step| take(step, &mut channel, shared)).find_map(Result::err);
    match over {
        Some(End::Reset) => channel.reset(),
        Some(End::Cut) => channel.cut(),
        Some(End::Over(Over::Deviation(how))) => {
            channel.deviated(how);
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

fn take(step: &Step, channel: &mut Channel<'_>, shared: &Shared) -> Result<(), End> {
    match step {
        Step::Expect(prefix) => expect(prefix, channel)?,
        Step::Until(octets) => drop(channel.take_until(octets)?),
        Step::Octets(count) => drop(channel.take(*count)?),
        Step::Chunk => drop(take_chunk(channel)?),
        Step::Send(octets) => channel.send(octets)?,
        Step::SendInClear(octets) => channel.send_in_clear(octets)?,
        Step::Drip(octets, pause) => channel.drip(octets, *pause)?,
        Step::Flood(octets, times) => (0..*times).try_for_each(|_| channel.send(octets))?,
        Step::Tls(how) => channel.start_tls(*how)?,
        Step::Serve(until) => service::serve(channel, &shared.script, until.as_deref())?,
        Step::Wait(time) => channel.rest(*time)?,
        Step::Hang => channel.rest(FOR_EVER)?,
        Step::Close => return Err(Over::Closing.into()),
        Step::Cut => return Err(End::Cut),
        Step::Reset => return Err(End::Reset),
    }
    Ok(())
}

fn expect(prefix: &str, channel: &mut Channel<'_>) -> Result<(), Over> {
    let line = channel.take_line()?;
    if begins_with(&line, prefix) {
        return Ok(());
    }
    Err(Over::Deviation(format!("{prefix} was expected, and {line:?} came")))
}
