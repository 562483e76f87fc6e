//! `explain`: the lesson in a pipe and on a terminal, step by step, and broken dialogues.

use mailer_explain::BREAKS;
use mailer_notes::lesson_steps;
use mailer_server::Config;
use mailer_tests::binary;

use crate::{
    command::{Ran, run, run_with},
    fixture::{Fixture, HELLO, SMALL, backends},
};

/// Runs `explain` with the embedded server.
fn explain(arguments: &[&str], stdin: &str) -> Ran {
    let mut command = binary::mailer();
    command.args(["explain", "--hello", HELLO]).args(arguments);
    run_with(&mut command, stdin.as_bytes())
}

/// Checks what holds for all text of the lesson.
#[track_caller]
fn readable(text: &str, width: usize) {
    for line in text.lines() {
        assert!(line.chars().count() <= width, "wider than {width} columns: {line}");
        assert!(!line.chars().any(char::is_control), "a control character: {line:?}");
    }
}

#[test]
fn in_a_pipe_all_steps_are_shown_without_waiting() {
    let text = explain(&[], "").succeeds().stdout;
    readable(&text, 100);
    assert!(!text.contains("[Enter]"), "{text}");
    for step in lesson_steps() {
        let heading = format!("{}/15 {} ", step.number, step.title);
        assert!(text.contains(&heading), "no {heading}: {text}");
        // Text is wrapped, so its first words have to do.
        let begin: Vec<&str> = step.text.split(' ').take(4).collect();
        assert!(text.contains(&begin.join(" ")), "{}: {text}", step.id);
    }
    for part in
        ["C: EHLO client.example.test", "S: 354 ", "mailer-protocol, ", "lettre-0.", "RFC 5321"]
    {
        assert!(text.contains(part), "no {part}: {text}");
    }
    for one in BREAKS {
        assert!(text.contains(&format!("--break {}", one.name)), "{}: {text}", one.name);
    }
}

#[test]
fn each_command_has_the_line_of_code_in_both_backends() {
    let text = explain(&[], "").succeeds().stdout;
    let parts: Vec<&str> = text.split("/15 ").skip(1).collect();
    assert_eq!(parts.len(), lesson_steps().len());
    for (part, step) in parts.iter().zip(lesson_steps()) {
        for backend in backends() {
            let has =
                part.lines().any(|line| line.trim_start().starts_with(&format!("{backend} ")));
            assert!(has, "{}: no code of {backend}: {part}", step.id);
        }
    }
}

#[test]
fn without_colour_it_is_plain_text() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let mut command = binary::mailer();
        let ran = run(command.args(["explain"]).env(name, value)).succeeds();
        readable(&ran.stdout, 100);
    }
}

#[test]
fn plain_has_no_steps_for_the_answers_of_login() {
    let text = explain(&["--auth", "plain"], "").succeeds().stdout;
    assert_eq!(
        text.matches("logs in in one step, so this step is not needed").count(),
        2,
        "{text}"
    );
    assert!(text.contains("Why may PLAIN share a flight with other commands?"), "{text}");
}

#[test]
fn step_asks_before_it_answers_and_goes_back() {
    // A guess that is right, one that is wrong, back to step 1, and the end.
    let text = explain(&["--step"], "\n220\n\n501\nb\nq\n").succeeds().stdout;
    let order = [
        "1/15 Connect",
        "What does the server say first?",
        "[Enter] the answer",
        "Yes, 220:",
        "S: 220 ",
        "[Enter] next step",
        "2/15 EHLO",
        "No, 250:",
        "S: 250-mail.example.test",
        "1/15 Connect",
        "[Enter] the answer",
    ];
    let mut rest = text.as_str();
    for part in order {
        let (before, after) = rest.split_once(part).unwrap_or_else(|| panic!("no {part}: {text}"));
        // The answer is not shown before it is asked for.
        assert!(part != "[Enter] the answer" || !before.contains("S: "), "{text}");
        rest = after;
    }
    assert!(!rest.contains("3/15"), "{text}");
}

#[test]
fn at_the_end_of_stdin_step_goes_on_without_waiting() {
    let text = explain(&["--step"], "").succeeds().stdout;
    assert!(text.contains("15/15 ") && text.contains("S: 221 "), "{text}");
    assert_eq!(text.matches("[Enter]").count(), 1, "{text}");
}

#[test]
fn break_it_runs_the_dialogue_of_the_step_or_the_one_that_is_named() {
    let text = explain(
        &["--step"],
        "\nx\n\n\n\nx lone-dot\n\n\n\nx 4\nb\nx nonsense\nmore nonsense\n\nq\n",
    )
    .succeeds();
    let text = text.stdout;
    for part in [
        "Broken: talk before the greeting",
        "Broken: leave a lone dot in the body",
        "The server stored a message of ",
        "-> the server stored the line with one dot",
        "Broken: log in with a wrong password",
        "There is no such one.\n  1  early-talk ",
        "  6  lone-dot ",
    ] {
        assert!(text.contains(part), "no {part}: {text}");
    }
    // Once for each name that there is not.
    assert_eq!(text.matches("There is no such one.").count(), 2, "{text}");
    // The learner went back before this one was sent.
    assert!(!text.contains("S: 535"), "{text}");
}

#[test]
fn the_first_step_has_none_before_it_and_the_last_none_after_it() {
    let text = explain(&["--step"], "\nb\nq\n").succeeds().stdout;
    assert!(text.contains("This is the first step.\n"), "{text}");
    assert_eq!(text.matches("1/15 ").count(), 1, "{text}");
    let text = explain(&["--step"], &"\n".repeat(32)).succeeds().stdout;
    let (_, last) = text.split_once("15/15 ").expect("the last step");
    assert!(last.contains("[Enter] end ") && !last.contains("[Enter] next step"), "{last}");
}

#[test]
fn a_step_without_a_broken_dialogue_offers_all_of_them() {
    // Step 4 is reached with three times two lines.
    let text = explain(&["--step"], "\n\n\n\n\n\n\nx\n5\n\n\n\nq\n").succeeds().stdout;
    for one in BREAKS {
        let listed = format!("{} (step {})", one.note().title, one.note().step);
        assert!(text.contains(&listed), "no {listed}: {text}");
    }
    assert!(text.contains("Broken: send DATA before RCPT") && text.contains("S: 503 "), "{text}");
}

#[test]
fn every_break_shows_the_dialogue_and_what_both_backends_do() {
    let text = explain(&["--break", "all"], "").succeeds().stdout;
    readable(&text, 100);
    let parts: Vec<&str> = text.split("Broken: ").skip(1).collect();
    assert_eq!(parts.len(), BREAKS.len());
    for (part, one) in parts.iter().zip(BREAKS) {
        assert!(part.starts_with(one.note().title), "{part}");
        let (dialogue, handling) = part.split_once("What the backends do").expect("both parts");
        assert!(dialogue.contains("C: ") && dialogue.contains("S: "), "{}: {dialogue}", one.name);
        for backend in backends() {
            assert!(handling.contains(&format!("\n{backend}\n")), "{}: {handling}", one.name);
        }
        assert_eq!(handling.matches("\n-> ").count(), backends().count(), "{handling}");
    }
    let of = |name: &str| {
        let index = BREAKS.iter().position(|one| one.name == name).expect("its name");
        parts[index]
    };
    // What the notes say of the backends is what they did.
    assert_eq!(of("early-talk").matches("EHLO was written after it").count(), 2, "{text}");
    assert_eq!(of("no-cr").matches("end with CR LF\n").count(), 2, "{text}");
    assert_eq!(of("skip-ehlo").matches("EHLO was sent twice").count(), 2, "{text}");
    let joined = |name: &str| of(name).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        joined("wrong-password").matches("AUTH was sent once, MAIL was never sent").count(),
        2
    );
    assert_eq!(joined("data-first").matches("DATA was never sent").count(), 2);
    assert_eq!(of("lone-dot").matches("and after it: This line follows the dot.").count(), 2);
}

#[test]
fn a_named_server_gets_the_messages_and_no_secret_is_shown() {
    let fixture = Fixture::start(Config::default());
    let text = run(fixture.command("explain").args(SMALL)).succeeds().stdout;
    assert!(text.contains("15/15 ") && text.contains(&fixture.url()), "{text}");
    assert_eq!(fixture.server.take_mails().len(), backends().count());
    let broken = run(fixture.command("explain").args(SMALL).args(["--break", "all"])).succeeds();
    // The lone dot delivers, and no other broken dialogue does.
    let stored = fixture.take_mail();
    assert!(!String::from_utf8_lossy(&stored.content).contains("follows the dot"), "{stored:?}");
    for text in [text, broken.stdout] {
        assert!(!text.contains(&fixture.account().password), "{text}");
        assert!(!text.contains("not-this-one"), "{text}");
    }
}

#[test]
fn a_refusal_ends_the_lesson_and_is_the_status() {
    let fixture = Fixture::start(Config::default().with_refused_recipient("bob@example.test"));
    let ran = run(fixture.command("explain").args(SMALL)).exits(69);
    assert!(ran.stdout.contains("S: 550 5.1.1 No such mailbox"), "{ran:#?}");
    assert!(ran.stdout.contains("This session has no such step."), "{ran:#?}");
    assert!(ran.stderr.contains("550 5.1.1"), "{ran:#?}");
}

#[test]
fn without_a_terminal_a_remote_server_is_refused() {
    for more in [&[][..], &["--break", "lone-dot"], &["--break", "wrong-password"]] {
        let mut command = binary::mailer();
        command.args(["explain", "--server", "smtp://192.0.2.1?tls=none"]).args(more);
        let error = run(&mut command).exits(64);
        assert!(error.stderr.contains("cannot ask for consent"), "{error:#?}");
        assert!(error.stdout.is_empty(), "{error:#?}");
        if more.contains(&"lone-dot") {
            let text = "the message arrives without its end";
            assert!(
                error.stderr.contains(text) && error.stderr.contains("1 delivery"),
                "{error:#?}"
            );
        }
    }
}

#[test]
fn misuse_is_64() {
    explain(&["--break", "nonsense"], "").exits(64);
    explain(&["--break", "lone-dot", "--step"], "").exits(64);
    explain(&["--user", "ann"], "").exits(64);
}

/// A terminal of 80 columns and 24 rows.
#[cfg(target_os = "linux")]
mod terminal {
    use std::process::Command;

    use mailer_tests::binary;

    use super::*;

    /// Runs `explain --step` on a terminal of this size, with these lines typed, and returns the screens: the
    /// text between prompts, without colours.
    fn screens(rows: usize, columns: usize, typed: &str) -> Vec<String> {
        let program = binary::mailer().get_program().to_owned();
        let program = program.to_str().expect("a path in UTF-8").to_owned();
        let shell = format!("stty rows {rows} cols {columns}; exec '{program}' explain --step");
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &shell, "/dev/null"]);
        script.env("TERM", "xterm").env_remove("NO_COLOR").env_remove("SMTP_URL");
        let text = run_with(&mut script, typed.as_bytes()).exits(0).stdout;
        assert!(text.contains("\u{1b}["), "a terminal has colours: {text}");
        let text = without_colours(&text.replace('\r', ""));
        // The terminal echoes what is typed before the lesson begins.
        let begin = text.find("One message to").expect("the lesson begins");
        let (_, text) = text.split_at(begin);
        text.split(" > ").map(|screen| screen.trim_start_matches('\n').to_owned()).collect()
    }

    /// Removes ANSI sequences of colours.
    fn without_colours(text: &str) -> String {
        let mut parts = text.split("\u{1b}[");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
        }
        plain
    }

    #[test]
    fn each_question_and_each_answer_fits_80_by_24() {
        let all = screens(24, 80, &"\n".repeat(31));
        for screen in &all {
            assert!(screen.lines().count() <= 24, "{screen}");
            assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
            assert!(!screen.contains("[Enter] more"), "does not fit: {screen}");
        }
        // The introduction, a question and an answer for each step, and what follows the last prompt.
        assert_eq!(all.len(), 2 * lesson_steps().len() + 2, "{all:#?}");
    }

    #[test]
    fn the_words_of_a_step_wait_where_the_screen_is_full() {
        let all = screens(24, 80, "\n\n\n\n?\n\n\nq\n");
        assert!(all.iter().any(|screen| screen.contains("[Enter] more")), "{all:#?}");
        assert!(all.iter().all(|screen| screen.lines().count() <= 24), "{all:#?}");
    }
}
