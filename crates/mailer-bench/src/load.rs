//! Contenders under load: throughput, latency and resources of several contenders in one run.
//!
//! An [`Experiment`] starts one process for each contender and one for the embedded server, so that CPU time
//! and memory are counted separately. The contenders take turns in rounds, as the [`Plan`] defines. After every
//! slice of work the server's totals are checked against what was sent. The result is a [`Run`]: everything
//! that was observed, as data. Every number of a report is computed from it by [`figures`].
//!
//! The processes are this program again, which calls [`take_part`]: a contender's process calls [`work`], and
//! the server's process calls [`serve`](crate::server_process::serve). They exchange messages with the process
//! that started them, as lines of JSON.
//!
//! A [`BackgroundConnection`] is one connection at work until it is stopped, for a program that plans the load
//! itself.

mod background;
mod baseline;
mod capacity;
mod ceiling;
mod change;
mod child;
mod condition;
mod connection_loop;
mod connection_record;
mod content_sum;
mod experiment;
mod failure;
mod figures;
#[cfg(test)]
pub(crate) mod fixtures;
mod latencies;
mod link_usage;
mod message_maker;
mod message_source;
mod message_template;
mod messages;
mod metric;
mod openings;
mod participant;
mod plan;
mod prediction;
mod ramp;
mod ramp_run;
mod run;
mod run_context;
mod runner;
mod schedule;
mod server_handle;
mod settled_messages;
mod signals;
mod slice_result;
mod threads;
mod verify;
mod worker;
mod worker_handle;

pub use background::{BackgroundConnection, Batch};
pub use baseline::Baseline;
pub use capacity::{Capacity, StepVerdict, capacities};
pub use ceiling::Ceiling;
pub use change::{Change, changes};
pub use child::{Role, take_part};
pub use condition::{Condition, ConditionError, ramp_violations, violations};
pub use content_sum::ContentSum;
pub use experiment::Experiment;
pub use figures::{Figures, figures};
pub use latencies::{Latencies, Percentile};
pub use link_usage::{LinkUsage, UsagePerMail};
pub use openings::{Opening, Openings, PartResult};
pub use plan::{Adjust, Against, Limit, Plan};
pub use prediction::Prediction;
pub use ramp::{Ramp, RampError, RampOver};
pub use ramp_run::RampRun;
pub use run::{ContenderResult, LinkSample, Round, Run};
pub use runner::Progress;
pub use slice_result::{Outcomes, SliceResult};
pub use worker::work;
