//! The turning points that sessions reach, and where.

use mailer::Step;
use mailer_notes::TurningPoint::{self, *};

use crate::{
    known::SESSIONS,
    transcript::{annotated, parse},
};

/// Returns the turning points of a session, each with the step of its piece.
fn points(name: &str) -> Vec<(Step, TurningPoint)> {
    let (_, text) = SESSIONS.iter().find(|(known, _)| *known == name).expect("it is there");
    let lines = parse(text);
    let annotated = annotated(&lines);
    let all = lines.iter().zip(&annotated);
    all.flat_map(|(line, piece)| piece.turning_points.iter().map(|point| (line.step, *point)))
        .collect()
}

#[test]
fn a_pipelined_session_reaches_them_in_order() {
    assert_eq!(
        points("pipelined"),
        [
            (Step::Greeting, AwaitGreeting),
            (Step::StartTls, StartTlsIsLast),
            (Step::EhloAgain, SecondEhlo),
            (Step::Auth, PlainInOneFlight),
            (Step::Mail, Pipelining),
            (Step::Recipient, EnvelopeAndHeader),
            (Step::Data, Await354),
            (Step::EndOfData, OutcomeUnknown),
            (Step::Quit, Quit),
        ]
    );
}

#[test]
fn chunks_have_reasons_of_their_own() {
    let points = points("bdat");
    assert!(points.contains(&(Step::Data, ChunksWithoutStuffing)));
    assert!(points.contains(&(Step::Data, OutcomeUnknown)));
    assert!(!points.iter().any(|(_, point)| [Await354, DotStuffing].contains(point)));
}

#[test]
fn a_session_in_lockstep_is_not_pipelined() {
    let points = points("login");
    assert_eq!(points.iter().filter(|(_, point)| *point == LoginInTurns).count(), 1);
    assert!(!points.iter().any(|(_, point)| [Pipelining, PlainInOneFlight].contains(point)));
}
