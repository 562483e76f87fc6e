//! The values of `--workload` and `--pin`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use mailer_bench::{cores::Pinning, workload::Workload};

use crate::options::with_values;

/// Parses the name of a workload.
pub(super) fn workload() -> impl TypedValueParser<Value = Workload> {
    one_of(Workload::ALL, workload_value)
}

pub(super) fn workload_help() -> String {
    with_values("Measure this workload", Workload::ALL.iter().copied().map(workload_value))
}

fn workload_value(workload: Workload) -> PossibleValue {
    PossibleValue::new(workload.name()).help(workload.about())
}

/// Parses the name of a pinning, or an earlier name of it.
pub(super) fn pinning() -> impl TypedValueParser<Value = Pinning> {
    one_of(Pinning::ALL, pinning_value)
}

pub(super) fn pinning_help() -> String {
    with_values(
        "Divide the cores between client and server",
        Pinning::ALL.iter().copied().map(pinning_value),
    )
}

fn pinning_value(pinning: Pinning) -> PossibleValue {
    let (help, earlier_name) = match pinning {
        Pinning::Separate => ("each has half of the cores, as on two machines", "apart"),
        Pinning::Shared => ("both use the same core", "together"),
        Pinning::None => ("the scheduler decides", "free"),
    };
    PossibleValue::new(pinning.name()).help(help).alias(earlier_name)
}

/// Parses the name or an alias of one of these values.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    describe: fn(T) -> PossibleValue,
) -> impl TypedValueParser<Value = T> {
    let named = PossibleValuesParser::new(all.iter().copied().map(describe));
    named.try_map(move |name| {
        let found = all.iter().copied().find(|value| describe(*value).matches(&name, false));
        found.ok_or("there is no such value")
    })
}
