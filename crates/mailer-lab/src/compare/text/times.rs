//! Where the time went: a row per phase, a group of columns per backend.

use std::time::Duration;

use mailer::Phase;

use super::{
    layout::{Page, Paint},
    tables::{NONE, UNKNOWN, number, row},
};
use crate::{
    compare::ms,
    session::{Session, Shares, Span},
};

/// Backends side by side; with more of them there are more tables.
const MAX_GROUPS: usize = 2;
/// Characters of a group of columns.
const GROUP: usize = 42;

/// The cells of a phase or of a sum.
struct Times {
    all: Duration,
    round_trips: Option<u64>,
    shares: Option<Shares>,
}

/// Time and round trips of each phase, and what was waited for.
pub(super) fn times(page: &mut Page, all: &[Session]) {
    for (index, sessions) in all.chunks(MAX_GROUPS).enumerate() {
        if index > 0 {
            page.blank();
        }
        table(page, sessions, all);
    }
    page.paragraph("", "- did not occur, ? not known; rendering a draft counts in the envelope.");
    page.paragraph(
        "",
        "A trip: to the server and back, because an answer is waited for. Of the ms, link is the \
         simulated way's: its length for each trip and for the greeting, and bytes on their way one \
         after another. server: up to the last byte of its answer, and what passing the relay takes. \
         own is the client's: from an answer to the end of its next flight. stalls are nobody's: what \
         was written was held back, though nothing stood against sending it. made: the building of \
         the backend before its time began, or a program's start until it connected.",
    );
}

fn table(page: &mut Page, sessions: &[Session], all: &[Session]) {
    let mut line = |paint, label: &str, cell: &dyn Fn(&Session) -> String| {
        row(page, paint, label, GROUP, sessions.iter().map(cell));
    };
    line(Paint::Title, "", &Session::title);
    line(Paint::Dim, "", &|_| cells(["ms", "trips", "link", "server", "own", "stalls"]));
    for phase in Phase::ALL {
        if all.iter().any(|session| session.spans().iter().any(|span| span.phase == phase)) {
            line(Paint::Plain, phase.name(), &|session| of_phase(session, phase));
        }
    }
    line(Paint::Plain, "other", &other);
    line(Paint::Title, "total", &total);
    line(Paint::Dim, "made", &|session| cells([ms(session.made_in).as_str(), "", "", "", "", ""]));
}

fn of_phase(session: &Session, phase: Phase) -> String {
    let spans = session.spans();
    let spans: Vec<&Span> = spans.iter().filter(|span| span.phase == phase).collect();
    if spans.is_empty() {
        let cell = if session.events.is_empty() { UNKNOWN } else { NONE };
        return cells([cell; 6]);
    }
    let times = Times {
        all: spans.iter().map(|span| span.length()).sum(),
        round_trips: spans.iter().map(|span| span.round_trips).sum(),
        shares: spans.iter().map(|span| span.shares).sum(),
    };
    times.cells()
}

/// What lies outside all phases: after the reply to QUIT, or everything, if nothing was told.
fn other(session: &Session) -> String {
    let told = session.spans().iter().map(|span| span.length()).sum();
    cells([ms(session.total().saturating_sub(told)).as_str(), "", "", "", "", ""])
}

fn total(session: &Session) -> String {
    let times = Times {
        all: session.total(),
        round_trips: session.counts().map(|counts| counts.round_trips),
        shares: session.shares(),
    };
    times.cells()
}

impl Times {
    fn cells(&self) -> String {
        let share = |of: fn(&Shares) -> Duration| {
            self.shares.as_ref().map_or(UNKNOWN.into(), |shares| ms(of(shares)))
        };
        let stalled = match self.shares {
            Some(Shares { stalled: Duration::ZERO, .. }) => NONE.into(),
            _ => share(|shares| shares.stalled),
        };
        cells([
            ms(self.all).as_str(),
            &number(self.round_trips),
            &share(|shares| shares.link),
            &share(|shares| shares.server),
            &share(|shares| shares.own),
            &stalled,
        ])
    }
}

fn cells([all, trips, link, server, own, stalls]: [&str; 6]) -> String {
    format!("{all:>8}{trips:>6}{link:>7}{server:>7}{own:>7}{stalls:>7}")
}
