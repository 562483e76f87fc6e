//! Whole drafts: the rendered message is ASCII in short lines, and is parsed back to the same draft.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Sketch;

fuzz_target!(|sketch: Sketch<'_>| sketch.survives());
