//! Servers that refuse, close, stop or misunderstand somewhere between MAIL and the final reply, in
//! each flow.

mod content;
mod extensions;
mod recipients;

use mailer::{
    Kind::{self, Refused, Temporary},
    Step,
};
use mailer_backends::Flow;
use mailer_server::Script;

use crate::case::{BY_DATA, Case, FLOWS, rejected, until};

const RFC_5321: &str = "RFC 5321 §4.2.1, §4.3.2; RFC 2920 §3.1; RFC 3030 §2";

/// A place in a transaction: what is said there, and the replies that refuse it (RFC 5321 §4.3.2, and
/// what servers say beside).
struct Place {
    name: &'static str,
    verb: &'static str,
    step: Step,
    flows: &'static [Flow],
    codes: &'static [u16],
}

const PLACES: &[Place] = &[
    Place {
        name: "mail",
        verb: "MAIL",
        step: Step::Mail,
        flows: FLOWS,
        codes: &[450, 451, 452, 455, 500, 501, 503, 530, 550, 552, 553, 554, 555],
    },
    Place {
        name: "rcpt",
        verb: "RCPT",
        step: Step::Recipient,
        flows: FLOWS,
        codes: &[450, 451, 452, 455, 500, 501, 503, 550, 551, 552, 553, 554, 555, 556],
    },
    Place {
        name: "data",
        verb: "DATA",
        step: Step::Data,
        flows: BY_DATA,
        codes: &[450, 451, 500, 503, 550, 554],
    },
    Place {
        name: "end_of_data",
        verb: ".",
        step: Step::EndOfData,
        flows: FLOWS,
        codes: &[450, 451, 452, 500, 503, 550, 552, 554],
    },
];

/// The replies that have a row in the table of errors.
const TOLD: &[(&str, u16)] = &[
    ("mail", 451),
    ("mail", 530),
    ("mail", 550),
    ("rcpt", 450),
    ("rcpt", 550),
    ("data", 554),
    ("end_of_data", 452),
    ("end_of_data", 554),
];

pub(crate) fn cases() -> Vec<Case> {
    let refused = PLACES.iter().flat_map(|place| {
        let refusals = place.codes.iter().map(|&code| refused(place, code));
        refusals.chain([goodbye(place)])
    });
    refused.chain(recipients::cases()).chain(content::cases()).chain(extensions::cases()).collect()
}

/// A refusal that the rest of the group is refused for, too.
fn refused(place: &'static Place, code: u16) -> Case {
    let reply = format!("{code} no {}", place.name.replace('_', " "));
    let told = format!("{} gets `{reply}`", place.verb.replace('.', "the end of the data"));
    let case = Case::by_flow(format!("{}_gets_{code}", place.name), RFC_5321, move |flow| {
        place.reached().reply(&reply).then(rest(flow, place.step)).serve()
    });
    let case = case.flows(place.flows).ends([rejected(kind(code), place.step)]);
    if TOLD.contains(&(place.name, code)) { case.told(told) } else { case }
}

/// 421 stands in place of any reply, and ends all (RFC 5321 §3.8).
fn goodbye(place: &'static Place) -> Case {
    let name = format!("{}_gets_421", place.name);
    let script = move |_| place.reached().reply("421 4.3.2 shutting down").close();
    let case = Case::by_flow(name, "RFC 5321 §3.8", script).flows(place.flows);
    let case = case.ends([rejected(Temporary, place.step)]);
    if place.step == Step::Mail {
        return case.told("MAIL gets `421 4.3.2 shutting down`, and the connection ends");
    }
    case
}

impl Place {
    /// A server that has read what is said here, and not answered.
    fn reached(&self) -> Script {
        if self.verb == "." { until(".") } else { until(self.verb).expect(self.verb) }
    }
}

/// What else is in the same flight, and refused because of it.
fn rest(flow: Flow, step: Step) -> Script {
    let commands = match (flow, step) {
        (Flow::Lockstep, _) | (_, Step::Data | Step::EndOfData) => return Script::new(),
        (_, Step::Mail) => Script::new().answer("RCPT", "503 5.5.1 MAIL first"),
        _ => Script::new(),
    };
    match flow {
        Flow::Chunked | Flow::Streamed => commands.chunk().reply("503 5.5.1 RCPT first"),
        _ if is_group(flow) => commands.answer("DATA", "503 5.5.1 RCPT first"),
        _ => commands,
    }
}

/// Whether commands share flights.
fn is_group(flow: Flow) -> bool {
    matches!(flow, Flow::Pipelined | Flow::Overlapped)
}

fn kind(code: u16) -> Kind {
    if code < 500 { Temporary } else { Refused }
}
