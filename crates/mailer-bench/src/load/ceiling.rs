//! What the server could take at the most.

use super::{Round, Run};
use crate::statistics::Quartiles;

/// From this part of the ceiling on, the figure is the server's and not the client's.
const NEAR: f64 = 0.8;

/// The embedded server's own ceiling: how many a second it could take with all of its cores busy, at the
/// CPU time that one cost it in this run.
///
/// A rate is as near to the ceiling as the server's cores were busy: both are its CPU time over the time
/// that it had. So nothing else has to be run to learn it, and what one costs it is learnt from the
/// same mails, over the same flow, that the figure is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// How many a second, round by round.
    pub per_second: Quartiles,
    /// How near the rate came to it, from 0 to 1: the median of the rounds.
    pub reached: f64,
}

impl Ceiling {
    /// Of these rounds; `None` where nobody knows what the server used.
    pub(super) fn of(rounds: &[Round], run: &Run) -> Option<Self> {
        // One connection keeps one core busy at the most.
        let cores = run.plan.connections.min(run.server_cores.max(1));
        #[expect(clippy::cast_precision_loss, reason = "there are few cores")]
        let cores = cores as f64;
        let of = |round: &Round| {
            let used = round.server_cpu?.total().as_secs_f64();
            let time = round.account.elapsed.as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 mails")]
            let done = round.account.outcomes.total() as f64;
            (used > 0.0 && time > 0.0).then(|| (cores * done / used, used / (cores * time)))
        };
        let (ceilings, reached): (Vec<f64>, Vec<f64>) = rounds.iter().filter_map(of).unzip();
        let (per_second, reached) = (Quartiles::of(&ceilings)?, Quartiles::of(&reached)?.median);
        Some(Self { per_second, reached })
    }

    /// Whether the figure is within a fifth of it: it is the server then that had no time left.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.reached >= NEAR
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::{
        Cpu,
        made_up::{entry, round, run},
    };

    /// 10 mails in a second, for which the server used so many seconds of its cores.
    fn ceiling(used: f64, cores: usize, connections: usize) -> Ceiling {
        let mut round = round(0, 10, 1.0);
        let user = Duration::from_secs_f64(used);
        round.server_cpu = Some(Cpu { user, system: Duration::ZERO });
        let mut run = run(vec![entry("one", &[round])]);
        (run.server_cores, run.plan.connections) = (cores, connections);
        Ceiling::of(&run.entries[0].rounds, &run).unwrap()
    }

    #[test]
    fn it_is_what_all_cores_could_take() {
        let one = ceiling(0.5, 1, 1);
        assert_eq!((one.per_second.median, one.reached, one.is_near()), (20.0, 0.5, false));
        let near = ceiling(0.8, 1, 1);
        assert_eq!((near.per_second.median, near.is_near()), (12.5, true));
        // A second core is of use to a second connection only.
        assert_eq!(ceiling(0.8, 2, 1), near);
        assert_eq!(ceiling(0.8, 2, 8).per_second.median, 25.0);
        assert!(!ceiling(0.8, 2, 8).is_near());
    }

    #[test]
    fn nobody_knows_it_of_a_server_that_does_not_tell() {
        let run = run(vec![entry("one", &[round(0, 10, 1.0)])]);
        assert_eq!(Ceiling::of(&run.entries[0].rounds, &run), None);
    }
}
