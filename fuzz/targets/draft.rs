//! Whole drafts: what is rendered is 7-bit in short lines, and reads back as what was meant.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Sketch;

fuzz_target!(|sketch: Sketch<'_>| sketch.survives());
