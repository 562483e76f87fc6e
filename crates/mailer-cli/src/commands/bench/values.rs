//! The values of options that name one of a few things.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use mailer_bench::{cores::Pinning, workload::Workload};

/// Parses the name of a workload.
pub(super) fn workload() -> impl TypedValueParser<Value = Workload> {
    one_of(&Workload::ALL, |workload| PossibleValue::new(workload.name()).help(workload.about()))
}

/// Parses the name of a pinning, or an earlier name of it.
pub(super) fn pinning() -> impl TypedValueParser<Value = Pinning> {
    one_of(&Pinning::ALL, |pinning| {
        let (help, earlier_name) = match pinning {
            Pinning::Separate => ("Each on one half of the cores, as if on two machines", "apart"),
            Pinning::Shared => ("Both on the same core", "together"),
            Pinning::None => ("Where the scheduler puts them", "free"),
        };
        PossibleValue::new(pinning.name()).help(help).alias(earlier_name)
    })
}

/// Parses the name, or an alias, of one of these values.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    describe: fn(T) -> PossibleValue,
) -> impl TypedValueParser<Value = T> {
    let named = PossibleValuesParser::new(all.iter().copied().map(describe));
    named.try_map(move |name| {
        let found = all.iter().copied().find(|value| describe(*value).matches(&name, false));
        found.ok_or("there is no value of that name")
    })
}
