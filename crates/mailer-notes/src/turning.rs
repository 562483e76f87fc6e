//! Finds the turning points of a session in its tokens.

use std::collections::BTreeSet;

use mailer::Step;

use crate::{
    note::Note,
    piece::{Piece, Speaker},
    table::{auth, body, commands},
    token::Token,
    why::TurningPoint,
};

/// Tokens of the client that are at a turning point.
static AT_TOKENS: &[(&Note, TurningPoint)] = &[
    (&commands::STARTTLS, TurningPoint::StartTlsIsLast),
    (&auth::LOGIN, TurningPoint::LoginInTurns),
    (&commands::RCPT, TurningPoint::EnvelopeAndHeader),
    (&commands::DATA, TurningPoint::Await354),
    (&commands::BDAT, TurningPoint::ChunksWithoutStuffing),
    (&body::STUFFED_DOT, TurningPoint::DotStuffing),
    (&body::FINAL_DOT, TurningPoint::OutcomeUnknown),
    (&commands::BDAT_LAST, TurningPoint::OutcomeUnknown),
    (&commands::QUIT, TurningPoint::Quit),
];

/// The turning points that a session has reached.
#[derive(Debug, Default)]
pub(crate) struct TurningPoints {
    reached: BTreeSet<TurningPoint>,
    /// The step of the piece before, if the client sent it.
    client_step: Option<Step>,
}

impl TurningPoints {
    /// Returns the turning points that the session reaches with this piece for the first time.
    pub(crate) fn at(&mut self, piece: &Piece<'_>, tokens: &[Token]) -> Vec<TurningPoint> {
        let points = match piece.speaker {
            Speaker::Server => at_server_piece(piece.step),
            Speaker::Client => self.at_client_piece(piece.step, tokens),
        };
        self.client_step = (piece.speaker == Speaker::Client).then_some(piece.step);
        points.into_iter().filter(|point| self.reached.insert(*point)).collect()
    }

    fn at_client_piece(&self, step: Step, tokens: &[Token]) -> Vec<TurningPoint> {
        let has = |note: &Note| tokens.iter().any(|token| token.note == note);
        let in_tokens = AT_TOKENS.iter().filter(|(note, _)| has(note)).map(|(_, point)| *point);
        let mut points: Vec<TurningPoint> = in_tokens.collect();
        if step == Step::EhloAgain {
            points.push(TurningPoint::SecondEhlo);
        }
        if has(&commands::AUTH) && has(&auth::PLAIN_MESSAGE) {
            points.push(TurningPoint::PlainInOneFlight);
        }
        if is_envelope(step) && self.client_step.is_some_and(may_be_followed) {
            points.push(TurningPoint::Pipelining);
        }
        points
    }
}

fn at_server_piece(step: Step) -> Vec<TurningPoint> {
    if step == Step::Greeting { vec![TurningPoint::AwaitGreeting] } else { Vec::new() }
}

fn is_envelope(step: Step) -> bool {
    matches!(step, Step::Reset | Step::Mail | Step::Recipient | Step::Data | Step::Quit)
}

/// Whether a command can follow this step in the same flight (RFC 2920 §3.1, RFC 4954 §4).
fn may_be_followed(step: Step) -> bool {
    let is_content = matches!(step, Step::Content | Step::EndOfData);
    is_content || matches!(step, Step::Auth | Step::Reset | Step::Mail | Step::Recipient)
}
