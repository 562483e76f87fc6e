use super::*;
use crate::session::made_up;

fn said(turn: &Turn) -> Vec<&str> {
    turn.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn each_step_has_its_turn() {
    let turns = made_up::session("raw").dialogue();
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
    let turns = made_up::pipelined("raw").dialogue();
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
    let mut session = made_up::session("raw");
    let is_mail = |event: &Recorded| match event.what {
        Happened::Sent { step, .. } | Happened::Received { step, .. } => {
            (Step::Mail..=Step::EndOfData).contains(&step)
        }
        Happened::Content { .. } => true,
        _ => false,
    };
    let of_mail: Vec<Recorded> =
        session.events.iter().filter(|event| is_mail(event)).cloned().collect();
    let (mut said, mut heard): (Vec<Recorded>, Vec<Recorded>) =
        of_mail.into_iter().partition(|e| !matches!(e.what, Happened::Received { .. }));
    // By BDAT, with no line of its own at the end.
    said.retain(|e| !matches!(e.what, Happened::Sent { step: Step::EndOfData, .. }));
    heard.retain(|e| !matches!(e.what, Happened::Received { step: Step::Data, .. }));
    let quit = session.events.len() - 3;
    session.events.retain(|event| !is_mail(event));
    let both = [said.clone(), said, heard.clone(), heard].concat();
    session.events.splice(quit - 8..quit - 8, both);
    let turns = session.dialogue();
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
    let mut session = made_up::session("lettre");
    session.events.retain(|event| {
        !matches!(event.what, Happened::Connected { .. } | Happened::TlsStarted { .. })
    });
    let turns = session.dialogue();
    assert_eq!((turns[0].step, turns[4].step), (Step::Connect, Step::Tls));
    assert_eq!(said(&turns[0]), ["TCP connected (seen on the link)"]);
}
