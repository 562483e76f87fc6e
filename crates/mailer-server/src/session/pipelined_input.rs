//! Input that follows content, where a profile does not simply accept it.

use std::time::Duration;

use super::{Session, not_understood};
use crate::{dialogue::Then, mask, profile::PipelinedInput, reply, socket::End};

/// How long commands after the content are waited for where they are refused: long enough that
/// those a client writes at once are always among them.
const GATHERING: Duration = Duration::from_millis(75);

impl Session<'_> {
    /// Before the content is answered.
    pub(super) fn apply_to_pipelined_input(&mut self) -> Result<(), End> {
        match self.shared.config.profile.pipelined_input {
            PipelinedInput::Taken => Ok(()),
            PipelinedInput::Refused => self.wire.gather(GATHERING),
            PipelinedInput::Dropped => {
                let dropped = self.wire.input().len();
                if dropped > 0 {
                    self.wire.heard(|| format!("({dropped} octets dropped)"));
                }
                self.wire.consume(dropped);
                Ok(())
            }
        }
    }

    /// Refuses the commands that have come before the content was answered.
    pub(super) fn refuse_pipelined_input(&mut self) -> Result<Then, End> {
        let profile = &self.shared.config.profile;
        let refused = profile.pipelined_input == PipelinedInput::Refused;
        while refused && self.wire.input().contains(&b'\n') {
            let line = self.line(
                |line| mask::command(line, profile),
                |line| not_understood(line, reply::PIPELINED_AFTER_CONTENT),
            )?;
            let (Ok(answer) | Err(answer)) = line;
            if let Then::Close = self.say(answer)? {
                return Ok(Then::Close);
            }
        }
        Ok(Then::Command)
    }
}
