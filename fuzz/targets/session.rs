//! A whole session in front of a server that says anything: see `Scene`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Scene;

fuzz_target!(|scene: Scene<'_>| scene.play());
