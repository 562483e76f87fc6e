//! The stages of a session, and the table of every transition between them.

/// How far the dialogue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The TCP connection is open, and nothing has been written or read.
    Connected,
    /// The session waits for the greeting.
    Greeting,
    /// EHLO is sent.
    Ehlo,
    /// HELO is sent, because the server refused EHLO.
    Helo,
    /// STARTTLS is sent.
    StartTls,
    /// The caller runs the TLS handshake.
    TlsHandshake,
    /// AUTH is sent.
    Auth,
    /// Mails can be sent.
    Ready,
    /// QUIT is sent.
    Quitting,
    /// Nothing more can be sent or read.
    Closed,
}

/// What moves a session from one stage to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    PlainText,
    ImplicitTls,
    Secured,
    SecuredByStartTls,
    Greeted,
    EhloRefused,
    StartTlsOffered,
    StartTlsAccepted,
    UserGiven,
    NoUser,
    Challenged,
    MechanismUnknown,
    Authenticated,
    AuthPipelined,
    Refused,
    QuitCalled,
    QuitAnswered,
    Failed,
}

/// A row of the table: from any of these stages, this trigger leads to that stage.
struct Transition {
    from: &'static [Stage],
    trigger: Trigger,
    to: Stage,
}

const fn from(from: &'static [Stage], trigger: Trigger, to: Stage) -> Transition {
    Transition { from, trigger, to }
}

use Stage::{
    Auth, Closed, Connected, Ehlo, Greeting, Helo, Quitting, Ready, StartTls, TlsHandshake,
};

/// Every transition. The diagram on the crate's page is generated from this table.
const TRANSITIONS: [Transition; 18] = [
    from(&[Connected], Trigger::PlainText, Greeting),
    // RFC 8314 §3.3.
    from(&[Connected], Trigger::ImplicitTls, TlsHandshake),
    from(&[Greeting], Trigger::Greeted, Ehlo),
    from(&[Ehlo], Trigger::StartTlsOffered, StartTls),
    // RFC 5321 §3.2: a client may fall back to HELO.
    from(&[Ehlo], Trigger::EhloRefused, Helo),
    from(&[Ehlo], Trigger::UserGiven, Auth),
    from(&[Ehlo, Helo], Trigger::NoUser, Ready),
    from(&[StartTls], Trigger::StartTlsAccepted, TlsHandshake),
    from(&[TlsHandshake], Trigger::Secured, Greeting),
    // RFC 3207 §4.2: the client sends EHLO again.
    from(&[TlsHandshake], Trigger::SecuredByStartTls, Ehlo),
    from(&[Auth], Trigger::Challenged, Auth),
    // RFC 4954 §4: the server does not know the mechanism, which it offered.
    from(&[Auth], Trigger::MechanismUnknown, Auth),
    from(&[Auth], Trigger::Authenticated, Ready),
    // RFC 4954 §4: AUTH PLAIN with its initial response may share a flight with the first mail.
    from(&[Auth], Trigger::AuthPipelined, Ready),
    from(&[Greeting, Ehlo, Helo, StartTls, Auth, Ready], Trigger::Refused, Quitting),
    from(&[Ready], Trigger::QuitCalled, Quitting),
    // In `Ready`, QUIT was pipelined with the last mail.
    from(&[Ready, Quitting], Trigger::QuitAnswered, Closed),
    from(
        &[Connected, Greeting, Ehlo, Helo, StartTls, TlsHandshake, Auth, Ready, Quitting, Closed],
        Trigger::Failed,
        Closed,
    ),
];

impl Stage {
    /// Returns the stage that this trigger leads to; `None` if the table has no such transition.
    pub(super) fn after(self, trigger: Trigger) -> Option<Self> {
        let applies = |row: &&Transition| row.trigger == trigger && row.from.contains(&self);
        TRANSITIONS.iter().find(applies).map(|row| row.to)
    }

    /// Whether the replies are about the connection and not about mails.
    pub(super) fn is_opening(self) -> bool {
        matches!(self, Greeting | Ehlo | Helo | StartTls | Auth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Stage; 10] =
        [Connected, Greeting, Ehlo, Helo, StartTls, TlsHandshake, Auth, Ready, Quitting, Closed];

    fn describe(stage: Stage, trigger: Trigger) -> &'static str {
        match trigger {
            Trigger::Refused if stage == Ready => "a pipelined AUTH is refused",
            Trigger::QuitAnswered if stage == Ready => "reply to a pipelined QUIT",
            Trigger::PlainText => "no implicit TLS",
            Trigger::ImplicitTls => "implicit TLS",
            Trigger::Greeted => "2yz",
            Trigger::StartTlsOffered => "2yz with STARTTLS, before TLS",
            Trigger::EhloRefused => "5yz, and neither TLS nor AUTH needed",
            Trigger::UserGiven => "2yz, user given",
            Trigger::NoUser => "2yz, no user given",
            Trigger::StartTlsAccepted => "220",
            Trigger::Secured => "done, implicit TLS",
            Trigger::SecuredByStartTls => "done, after STARTTLS",
            Trigger::Challenged => "334",
            Trigger::MechanismUnknown => "504, and another mechanism is left",
            Trigger::Authenticated => "2yz",
            Trigger::AuthPipelined => "no reply yet: AUTH is pipelined",
            Trigger::Refused => "refusal",
            Trigger::QuitCalled => "the caller quits",
            Trigger::QuitAnswered => "reply to QUIT",
            Trigger::Failed => "421, violation, time-out, lost connection",
        }
    }

    /// One line per transition, each stage after the other.
    fn diagram() -> String {
        let mut lines = Vec::new();
        for stage in ALL.into_iter().filter(|stage| *stage != Closed) {
            let own = TRANSITIONS.iter().filter(|row| row.from.contains(&stage));
            for (index, row) in own.filter(|row| row.trigger != Trigger::Failed).enumerate() {
                let name = if index == 0 { format!("{stage:?}") } else { String::new() };
                let label = format!(" {} ", describe(stage, row.trigger));
                lines.push(format!("{name:<13}──{label:─<43}► {:?}", row.to));
            }
        }
        let label = format!(" {} ", describe(Closed, Trigger::Failed));
        lines.push(format!("{:<13}──{label:─<43}► Closed", "any stage"));
        lines.iter().map(|line| format!("//! {line}\n")).collect()
    }

    #[test]
    fn the_diagram_of_the_crate_shows_the_table() {
        let page = include_str!("../lib.rs");
        let (_, rest) = page.split_once("//! ```text\n").unwrap();
        let (shown, _) = rest.split_once("//! ```\n").unwrap();
        let wanted = diagram();
        assert!(shown == wanted, "lib.rs must show this diagram:\n{wanted}");
    }

    #[test]
    fn every_stage_is_reached_and_leads_to_its_end() {
        for stage in ALL.into_iter().filter(|stage| *stage != Connected) {
            assert!(TRANSITIONS.iter().any(|row| row.to == stage), "{stage:?} is never reached");
        }
        for stage in ALL {
            assert_eq!(stage.after(Trigger::Failed), Some(Closed));
        }
        assert_eq!(Closed.after(Trigger::QuitCalled), None);
    }

    #[test]
    fn a_trigger_leads_from_a_stage_to_one_stage() {
        for stage in ALL {
            for row in TRANSITIONS.iter().filter(|row| row.from.contains(&stage)) {
                let same = TRANSITIONS
                    .iter()
                    .filter(|other| other.trigger == row.trigger && other.from.contains(&stage));
                assert_eq!(same.count(), 1, "{stage:?}, {:?}", row.trigger);
            }
        }
    }
}
