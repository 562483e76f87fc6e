use super::*;
use crate::fixtures;

fn said(turn: &Turn) -> Vec<&str> {
    turn.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn each_step_has_its_turn() {
    let turns = fixtures::observation("raw").dialogue();
    let steps: Vec<&str> = turns.iter().map(|turn| turn.step.name()).collect();
    let wanted = "connect, greeting, EHLO, STARTTLS, TLS handshake, EHLO inside TLS, AUTH, \
                  MAIL FROM, RCPT TO, DATA, content, end of data, QUIT";
    assert_eq!(steps.join(", "), wanted);
    assert!(turns.iter().all(|turn| !turn.same_flight || turn.step == Step::EndOfData));
    assert_eq!(said(&turns[2]), ["EHLO client.example", "250-mail.example", "250 STARTTLS"]);
    assert_eq!(said(&turns[12]), ["QUIT", "221 bye", "connection closed"]);
}

#[test]
fn replies_to_a_group_stand_with_their_commands() {
    let turns = fixtures::pipelined("raw").dialogue();
    let group: Vec<_> = turns
        .iter()
        .filter(|turn| (Step::Mail..=Step::Data).contains(&turn.step))
        .map(|turn| (turn.same_flight, said(turn)))
        .collect();
    let wanted = [
        (false, vec!["MAIL FROM:<ann@example.test>", "250 2.1.0 ok"]),
        (true, vec!["RCPT TO:<bob@example.test>", "250 2.1.5 ok"]),
        (true, vec!["DATA", "354 go"]),
    ];
    assert_eq!(group, wanted);
}

#[test]
fn replies_that_come_late_stand_with_what_they_answer() {
    let mut observation = fixtures::observation("raw");
    let is_mail = |event: &RecordedEvent| match event.kind {
        EventKind::Sent { step, .. } | EventKind::Received { step, .. } => {
            (Step::Mail..=Step::EndOfData).contains(&step)
        }
        EventKind::Content { .. } => true,
        _ => false,
    };
    let of_mail: Vec<RecordedEvent> =
        observation.events.iter().filter(|event| is_mail(event)).cloned().collect();
    let (mut said, mut heard): (Vec<RecordedEvent>, Vec<RecordedEvent>) =
        of_mail.into_iter().partition(|e| !matches!(e.kind, EventKind::Received { .. }));
    // By BDAT, with no line of its own at the end.
    said.retain(|e| !matches!(e.kind, EventKind::Sent { step: Step::EndOfData, .. }));
    heard.retain(|e| !matches!(e.kind, EventKind::Received { step: Step::Data, .. }));
    let quit = observation.events.len() - 3;
    observation.events.retain(|event| !is_mail(event));
    let both = [said.clone(), said, heard.clone(), heard].concat();
    observation.events.splice(quit - 8..quit - 8, both);
    let turns = observation.dialogue();
    let mails: Vec<(Step, usize)> = turns
        .iter()
        .filter(|turn| (Step::Mail..=Step::EndOfData).contains(&turn.step))
        .map(|turn| (turn.step, turn.lines.iter().filter(|l| l.speaker == Speaker::Server).count()))
        .collect();
    let steps = [
        (Step::Mail, 1),
        (Step::Recipient, 1),
        (Step::Data, 0),
        (Step::Content, 0),
        (Step::EndOfData, 1),
    ];
    assert_eq!(mails, [steps, steps].concat());
}

#[test]
fn what_only_the_link_saw_is_said_to_be_so() {
    let mut observation = fixtures::observation("lettre");
    observation.events.retain(|event| {
        !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
    });
    let turns = observation.dialogue();
    assert_eq!((turns[0].step, turns[4].step), (Step::Connect, Step::Tls));
    assert_eq!(said(&turns[0]), ["TCP connected (seen on the link)"]);
}
