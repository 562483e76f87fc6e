//! Tests of the notes: tables, coverage, and what known sessions get.

mod coverage;
mod known;
mod profiles;
mod table;
mod tokens;
mod transcript;
mod turning_points;

#[path = "../../examples/explain_line.rs"]
mod example;

#[test]
fn the_example_of_the_crate_runs() {
    example::main().expect("the example succeeds");
}
