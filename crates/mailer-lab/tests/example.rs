//! The example of the crate.

#[path = "../examples/own_contender.rs"]
mod own_contender;

#[test]
fn the_example_of_the_crate_runs() {
    own_contender::main().expect("the example succeeds");
}
