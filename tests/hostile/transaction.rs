//! Servers that refuse, close, stall or misunderstand between MAIL and the final reply, in each flow.

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

/// A point of a transaction, and the replies that refuse it: those of RFC 5321 §4.3.2, and others that
/// real servers send.
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

/// The replies that have a row in docs/errors.md.
const DOCUMENTED: &[(&str, u16)] = &[
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

/// A refusal, because of which the server refuses the rest of the group too.
fn refused(place: &'static Place, code: u16) -> Case {
    let reply = format!("{code} no {}", place.name.replace('_', " "));
    let description = format!("{} gets `{reply}`", place.verb.replace('.', "the end of the data"));
    let case = Case::by_flow(format!("{}_gets_{code}", place.name), RFC_5321, move |flow| {
        place.reached().reply(&reply).then(rest(flow, place.step)).serve()
    });
    let case = case.flows(place.flows).expects([rejected(kind(code), place.step)]);
    if DOCUMENTED.contains(&(place.name, code)) { case.documented_as(description) } else { case }
}

/// A server may send 421 instead of any reply, and close (RFC 5321 §3.8).
fn goodbye(place: &'static Place) -> Case {
    let name = format!("{}_gets_421", place.name);
    let script = move |_| place.reached().reply("421 4.3.2 shutting down").close();
    let case = Case::by_flow(name, "RFC 5321 §3.8", script).flows(place.flows);
    let case = case.expects([rejected(Temporary, place.step)]);
    if place.step == Step::Mail {
        return case.documented_as("MAIL gets `421 4.3.2 shutting down`, and the connection ends");
    }
    case
}

impl Place {
    /// A server that has read the command at this point, and not replied yet.
    fn reached(&self) -> Script {
        if self.verb == "." { until(".") } else { until(self.verb).expect(self.verb) }
    }
}

/// The replies to the rest of the same flight, which is refused too.
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

/// Returns whether the flow sends commands in groups.
fn is_group(flow: Flow) -> bool {
    matches!(flow, Flow::Pipelined | Flow::Overlapped)
}

fn kind(code: u16) -> Kind {
    if code < 500 { Temporary } else { Refused }
}
