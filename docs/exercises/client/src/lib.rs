//! An SMTP client in fifteen steps. The functions to write are in the files `step_01_greeting.rs` to
//! `step_15_pipelining.rs`; start with `README.md`.

// A function that is not written yet does not use its arguments.
#![allow(unused_variables)]

pub mod given;

#[cfg_attr(feature = "solution-01", path = "../../solutions/step_01_greeting.rs")]
pub mod step_01_greeting;
#[cfg_attr(feature = "solution-02", path = "../../solutions/step_02_replies.rs")]
pub mod step_02_replies;
#[cfg_attr(feature = "solution-03", path = "../../solutions/step_03_ehlo.rs")]
pub mod step_03_ehlo;
#[cfg_attr(feature = "solution-04", path = "../../solutions/step_04_capabilities.rs")]
pub mod step_04_capabilities;
#[cfg_attr(feature = "solution-05", path = "../../solutions/step_05_starttls.rs")]
pub mod step_05_starttls;
#[cfg_attr(feature = "solution-06", path = "../../solutions/step_06_tls.rs")]
pub mod step_06_tls;
#[cfg_attr(feature = "solution-07", path = "../../solutions/step_07_ehlo_again.rs")]
pub mod step_07_ehlo_again;
#[cfg_attr(feature = "solution-08", path = "../../solutions/step_08_base64.rs")]
pub mod step_08_base64;
#[cfg_attr(feature = "solution-09", path = "../../solutions/step_09_auth_login.rs")]
pub mod step_09_auth_login;
#[cfg_attr(feature = "solution-10", path = "../../solutions/step_10_auth_plain.rs")]
pub mod step_10_auth_plain;
#[cfg_attr(feature = "solution-11", path = "../../solutions/step_11_envelope.rs")]
pub mod step_11_envelope;
#[cfg_attr(feature = "solution-12", path = "../../solutions/step_12_dots.rs")]
pub mod step_12_dots;
#[cfg_attr(feature = "solution-13", path = "../../solutions/step_13_data.rs")]
pub mod step_13_data;
#[cfg_attr(feature = "solution-14", path = "../../solutions/step_14_outcomes.rs")]
pub mod step_14_outcomes;
#[cfg_attr(feature = "solution-15", path = "../../solutions/step_15_pipelining.rs")]
pub mod step_15_pipelining;
