//! The bytes of a Locust master: splitting them changes nothing, and whatever it says is a message or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mailer_fuzz::Cuts;
use mailer_worker::{
    Scenario,
    message::FromMaster,
    zmtp::{self, Decoder, Frame},
};

fuzz_target!(|input: (Cuts, &[u8])| {
    let (cuts, bytes) = input;
    let greeting = zmtp::greeting();
    let whole = frames([greeting.as_slice(), bytes]);
    let pieces = [greeting.as_slice()].into_iter().chain(cuts.pieces(bytes));
    assert_eq!(whole, frames(pieces));
    // Without the greeting of ZeroMQ, too.
    frames([bytes]);
    let bodies = whole.0.iter().filter_map(|frame| match frame {
        Frame::Message(body) => Some(body.as_slice()),
        Frame::Greeting | Frame::Command(..) => None,
    });
    bodies.chain([bytes]).for_each(read);
});

/// Returns the frames up to the first violation, and whether there is one.
fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, bool) {
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

fn read(body: &[u8]) {
    let Ok(FromMaster::Spawn(spawn)) = FromMaster::decode(body) else { return };
    assert!(spawn.timestamp.is_finite());
    let Ok(scenario) = Scenario::from_options(&spawn.parsed_options) else { return };
    let envelope = scenario.envelope(u64::MAX, u32::MAX).expect("no user has longer addresses");
    assert!(!envelope.recipients().is_empty() && scenario.size > 0);
}
