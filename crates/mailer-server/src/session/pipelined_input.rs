//! Commands after content, for profiles that do not simply accept them.

use std::time::Duration;

use super::{Session, invalid_line};
use crate::{dialogue::Then, mask, profile::PipelinedInput, reply, socket::End};

/// How long the server waits for commands after the content before it refuses them: long enough to
/// include every command that the client wrote at once with the content.
const GATHERING: Duration = Duration::from_millis(75);

impl Session<'_> {
    /// Applies the profile before the reply to the content.
    pub(super) fn apply_to_pipelined_input(&mut self) -> Result<(), End> {
        match self.shared.config.profile.pipelined_input {
            PipelinedInput::Accepted => Ok(()),
            PipelinedInput::Refused => self.wire.gather(GATHERING),
            PipelinedInput::Dropped => {
                let dropped = self.wire.input().len();
                if dropped > 0 {
                    self.wire.log_received(|| format!("({dropped} bytes dropped)"));
                }
                self.wire.consume(dropped);
                Ok(())
            }
        }
    }

    /// Refuses the commands that arrived before the reply to the content.
    pub(super) fn refuse_pipelined_input(&mut self) -> Result<Then, End> {
        let profile = &self.shared.config.profile;
        let refused = profile.pipelined_input == PipelinedInput::Refused;
        while refused && self.wire.input().contains(&b'\n') {
            let line = self.line(
                |line| mask::command(line, profile),
                |line| invalid_line(line, reply::PIPELINED_AFTER_CONTENT),
            )?;
            let (Ok(answer) | Err(answer)) = line;
            if let Then::Close = self.reply(answer)? {
                return Ok(Then::Close);
            }
        }
        Ok(Then::Command)
    }
}
