//! The tests of the exercises, one module for each. `cargo run` runs those of the next exercise.

mod careless;
mod hostile_scripts;
mod lab;
mod step_01_greeting;
mod step_02_replies;
mod step_03_ehlo;
mod step_04_capabilities;
mod step_05_starttls;
mod step_06_tls;
mod step_07_ehlo_again;
mod step_08_base64;
mod step_09_auth_login;
mod step_10_auth_plain;
mod step_11_envelope;
mod step_12_dots;
mod step_13_data;
mod step_14_outcomes;
mod step_15_pipelining;
mod step_16_hostile;
