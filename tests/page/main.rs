//! The page of `mailer compare --html` in a real browser, Debian's `chromium` without a window.
//!
//! Where there is no browser, the trials are reported as ignored, with the reason; see
//! [`mailer_tests::require`].

mod browser;
mod recorded;

use std::{process::ExitCode, sync::OnceLock};

use libtest_mimic::Arguments;
use mailer_tests::require::{self, Needed};
use serde_json::Value;

use browser::{Browser, View};
use recorded::Recorded;

/// Fills the results: what the trials look at.
const PROBE: &str = include_str!("probe.js");

/// The width of a phone.
const PHONE: u32 = 400;
const SCREEN: u32 = 1280;

/// A browser, and a page that one run of the command made.
struct Lesson {
    browser: Browser,
    page: Recorded,
    /// What the probe saw on a screen.
    on_screen: OnceLock<Value>,
}

fn main() -> ExitCode {
    let lesson = Needed::new("chromium", || {
        Ok(Lesson { browser: Browser::find()?, page: Recorded::make(), on_screen: OnceLock::new() })
    });
    let trials = vec![
        require::trial(),
        lesson.trial("the_page_runs_without_a_message_on_the_console", silent),
        lesson.trial("the_script_draws_what_the_page_has_without_scripts", draws_the_same),
        lesson.trial("the_slider_shows_the_predicted_times", slider),
        lesson.trial("every_choice_shows_its_own_recording", choices),
        lesson.trial("the_arrow_keys_move_through_the_notes", keyboard),
        lesson.trial("a_phone_needs_no_scrolling_sideways", phone),
        lesson.trial("the_page_can_be_printed", print),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A blocked request, a refused script and an error all leave a message.
fn silent(lesson: &Lesson) {
    let View { messages, .. } = lesson.browser.open(&lesson.page.html, SCREEN);
    assert_eq!(messages, Vec::<String>::new());
}

fn on_screen(lesson: &Lesson) -> &Value {
    lesson.on_screen.get_or_init(|| probe(lesson, SCREEN))
}

fn probe(lesson: &Lesson, width: u32) -> Value {
    let html = lesson.page.with_scripts("snapshot = picture();", PROBE);
    let view = lesson.browser.open(&html, width);
    assert_eq!(view.messages, Vec::<String>::new());
    view.results()
}

fn draws_the_same(lesson: &Lesson) {
    let results = on_screen(lesson);
    for (part, written) in results["written"].as_object().expect("parts of the page") {
        assert_eq!(*written, results["drawn"][part], "{part}");
    }
}

fn slider(lesson: &Lesson) {
    let results = on_screen(lesson);
    for rtt in [0, 20, 80, 200, 300] {
        let shown = &results["slider"][rtt.to_string()];
        let expected = lesson.page.tiles(&lesson.page.data["shown"], f64::from(rtt));
        assert_eq!(shown["tiles"], expected, "at {rtt} ms");
        assert!(shown["summary"].as_str().expect("a text").contains("Until accepted: "), "{shown}");
    }
}

fn choices(lesson: &Lesson) {
    let results = on_screen(lesson);
    let choices = results["choices"].as_array().expect("a list");
    assert!(choices.len() > 10, "{} choices", choices.len());
    for choice in choices {
        let expected = lesson.page.tiles(&choice["settings"], 0.0);
        assert_eq!(choice["tiles"], expected, "{}", choice["settings"]);
    }
}

fn keyboard(lesson: &Lesson) {
    let results = on_screen(lesson);
    let keyboard = &results["keyboard"];
    assert_eq!(keyboard["tabStops"], 1, "one token is in the order of the Tab key");
    assert_eq!((&keyboard["first"], &keyboard["second"]), (&0.into(), &1.into()));
    assert!(keyboard["note"].as_str().expect("a text").len() > 20, "{keyboard}");
    assert_eq!(results["unlabelled"], serde_json::json!([]), "controls without a name");
}

fn phone(lesson: &Lesson) {
    let results = probe(lesson, PHONE);
    assert_eq!(results["width"]["window"], PHONE);
    assert_eq!(results["width"]["widest"], results["width"]["room"], "{}", results["width"]);
}

fn print(lesson: &Lesson) {
    let pdf = lesson.browser.print(&lesson.page.html);
    assert!(pdf.starts_with(b"%PDF"));
    assert!(pdf.len() > 20_000, "{} bytes", pdf.len());
}
