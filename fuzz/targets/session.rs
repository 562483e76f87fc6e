//! A whole session with a server that sends arbitrary bytes: see `Scene`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Scene;

fuzz_target!(|scene: Scene<'_>| scene.play());
