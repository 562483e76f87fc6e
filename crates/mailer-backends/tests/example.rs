//! The example of the crate.

#[path = "../examples/every_backend.rs"]
mod every_backend;

#[test]
fn the_example_of_the_crate_runs() {
    every_backend::main().expect("the example succeeds");
}
