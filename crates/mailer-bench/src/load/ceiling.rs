//! The rate at which the server would be the bottleneck.

use super::{Round, Run};
use crate::statistics::Quartiles;

/// From this part of the ceiling on, the server limits the rate and not the client.
const NEAR: f64 = 0.8;

/// The embedded server's ceiling: how many messages or handshakes per second it could process with all of
/// its cores busy, at the CPU time that each cost it in this run.
///
/// A rate is as close to the ceiling as the server's cores were busy: both are its CPU time divided by the
/// time that it had. So the ceiling needs no run of its own, and it is learned from the same messages, in
/// the same flow, as the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ceiling {
    /// Messages or handshakes per second, round by round.
    pub per_second: Quartiles,
    /// The part of the ceiling that the rate reached, from 0 to 1: the median of the rounds.
    pub reached: f64,
}

impl Ceiling {
    /// Returns the ceiling in these rounds; `None` if the server's CPU time is not known.
    pub(super) fn new(rounds: &[Round], run: &Run) -> Option<Self> {
        // A connection keeps at most one core busy.
        let cores = run.plan.connections.min(run.server_cores.max(1));
        #[expect(clippy::cast_precision_loss, reason = "there are few cores")]
        let cores = cores as f64;
        let of_round = |round: &Round| {
            let used = round.server_cpu?.total().as_secs_f64();
            let time = round.result.elapsed.as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
            let done = round.result.outcomes.total() as f64;
            (used > 0.0 && time > 0.0).then(|| (cores * done / used, used / (cores * time)))
        };
        let (ceilings, reached): (Vec<f64>, Vec<f64>) = rounds.iter().filter_map(of_round).unzip();
        let (per_second, reached) = (Quartiles::new(&ceilings)?, Quartiles::new(&reached)?.median);
        Some(Self { per_second, reached })
    }

    /// Returns whether the rate is within a fifth of the ceiling: the result is then the server's.
    #[must_use]
    pub fn is_near(&self) -> bool {
        self.reached >= NEAR
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        Cpu,
        load::fixtures::{contender, round, run},
    };

    /// The ceiling where the server used `used` seconds of CPU time for 10 messages in one second.
    fn ceiling(used: f64, cores: usize, connections: usize) -> Ceiling {
        let mut round = round(0, 10, 1.0);
        let user = Duration::from_secs_f64(used);
        round.server_cpu = Some(Cpu { user, system: Duration::ZERO });
        let mut run = run(vec![contender("one", &[round])]);
        (run.server_cores, run.plan.connections) = (cores, connections);
        Ceiling::new(&run.results[0].rounds, &run).unwrap()
    }

    #[test]
    fn the_ceiling_is_what_all_usable_cores_could_process() {
        let one = ceiling(0.5, 1, 1);
        assert_eq!((one.per_second.median, one.reached, one.is_near()), (20.0, 0.5, false));
        let near = ceiling(0.8, 1, 1);
        assert_eq!((near.per_second.median, near.is_near()), (12.5, true));
        // One connection cannot use a second core.
        assert_eq!(ceiling(0.8, 2, 1), near);
        assert_eq!(ceiling(0.8, 2, 8).per_second.median, 25.0);
        assert!(!ceiling(0.8, 2, 8).is_near());
    }

    #[test]
    fn a_server_without_known_cpu_time_has_no_ceiling() {
        let run = run(vec![contender("one", &[round(0, 10, 1.0)])]);
        assert_eq!(Ceiling::new(&run.results[0].rounds, &run), None);
    }
}
