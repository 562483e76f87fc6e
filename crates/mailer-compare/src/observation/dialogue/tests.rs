use super::*;
use crate::fixtures;

fn texts(turn: &Turn) -> Vec<&str> {
    turn.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn each_step_has_a_turn() {
    let turns = fixtures::observation("raw").dialogue();
    let steps: Vec<&str> = turns.iter().map(|turn| turn.step.name()).collect();
    let wanted = "connect, greeting, EHLO, STARTTLS, TLS handshake, EHLO inside TLS, AUTH, \
                  MAIL FROM, RCPT TO, DATA, content, end of data, QUIT";
    assert_eq!(steps.join(", "), wanted);
    assert!(turns.iter().all(|turn| !turn.same_flight || turn.step == Step::EndOfData));
    assert_eq!(texts(&turns[2]), ["EHLO client.example", "250-mail.example", "250 STARTTLS"]);
    assert_eq!(texts(&turns[12]), ["QUIT", "221 bye", "connection closed"]);
}

#[test]
fn replies_to_a_pipelined_group_follow_their_commands() {
    let turns = fixtures::pipelined("raw").dialogue();
    let group: Vec<_> = turns
        .iter()
        .filter(|turn| (Step::Mail..=Step::Data).contains(&turn.step))
        .map(|turn| (turn.same_flight, texts(turn)))
        .collect();
    let wanted = [
        (false, vec!["MAIL FROM:<ann@example.test>", "250 2.1.0 ok"]),
        (true, vec!["RCPT TO:<bob@example.test>", "250 2.1.5 ok"]),
        (true, vec!["DATA", "354 go"]),
    ];
    assert_eq!(group, wanted);
}

#[test]
fn late_replies_follow_the_commands_that_they_answer() {
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
    let (mut sent, mut received): (Vec<RecordedEvent>, Vec<RecordedEvent>) =
        of_mail.into_iter().partition(|e| !matches!(e.kind, EventKind::Received { .. }));
    // By BDAT, which has no end line.
    sent.retain(|e| !matches!(e.kind, EventKind::Sent { step: Step::EndOfData, .. }));
    received.retain(|e| !matches!(e.kind, EventKind::Received { step: Step::Data, .. }));
    let quit = observation.events.len() - 3;
    observation.events.retain(|event| !is_mail(event));
    let both = [sent.clone(), sent, received.clone(), received].concat();
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
fn data_adds_a_dot_and_bdat_does_not() {
    let content = |command: &str| {
        let mut observation = fixtures::observation("raw");
        for event in &mut observation.events {
            if let EventKind::Sent { step: Step::Data, line } = &mut event.kind {
                *line = command.into();
            }
        }
        let turns = observation.dialogue();
        turns.iter().find(|turn| turn.step == Step::Content).map(|turn| turn.lines[3].text.clone())
    };
    assert_eq!(content("DATA").as_deref(), Some("..a dot"));
    assert_eq!(content("BDAT 38 LAST").as_deref(), Some(".a dot"));
}

#[test]
fn a_connect_ends_at_the_server_whether_the_backend_reports_it_or_not() {
    let reported = fixtures::observation("raw");
    let mut silent = fixtures::observation("lettre");
    silent.events.retain(|event| {
        !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
    });
    for side in [&reported, &silent] {
        let turns = side.dialogue();
        assert_eq!((turns[0].step, turns[4].step), (Step::Connect, Step::Tls));
        assert_eq!(texts(&turns[0]), ["TCP connected (seen on the link)"]);
        // The link is connected after 80 us, and the server after 100.
        assert_eq!(side.since_start(turns[0].at).as_micros(), 100);
    }
    let alone = Observation { connections: None, ..reported };
    assert_eq!(texts(&alone.dialogue()[0]), ["TCP connected"]);
}
