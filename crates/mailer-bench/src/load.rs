//! Load and latency: several contenders on the same work, measured in one run.
//!
//! [`run`] starts a process for each contender and one for the embedded server, so that CPU time and
//! memory are each side's own; has the contenders work in turns, round by round; checks after every
//! slice what the server stored; and gives a [`Run`]: all that was seen, as data. What is shown of it
//! is computed from that alone.
//!
//! A process of the run calls [`contend`] or [`host`] and talks to the one that started it in lines
//! of JSON.

mod account;
mod ceiling;
mod cores;
mod crew;
mod figures;
mod host;
mod lane;
mod latencies;
#[cfg(test)]
pub(crate) mod made_up;
mod messages;
mod numbered;
mod plan;
mod player;
mod prediction;
mod process;
mod record;
mod run;
mod runner;
mod schedule;
mod seat;
mod sent;
mod serving;
mod side;
mod signals;
mod target;
mod usage;
mod verify;
mod waits;

pub use account::{Account, Outcomes, Problem};
pub use ceiling::Ceiling;
pub use cores::{Cores, Pinning};
pub use figures::{Figures, figures};
pub use host::host;
pub use latencies::{Latencies, Percentile};
pub use plan::{Adjust, Against, Limit, Plan, Work};
pub use prediction::Prediction;
pub use run::{Crossed, Entry, Round, Run, Trips};
pub use runner::{Bench, Progress, Role, run};
pub use side::contend;
pub use usage::{Cpu, high_water};
pub use waits::Waits;
