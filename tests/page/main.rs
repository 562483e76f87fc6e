//! The pages of `mailer compare --html` and `mailer bench --html` in a real browser, Debian's `chromium` without a
//! window, driven by its DevTools protocol.
//!
//! Where there is no browser, the trials are reported as ignored, with the reason; see
//! [`mailer_tests::require`].

mod browser;
mod bytes;
mod devtools;
mod paper;
mod recorded;

use std::{process::ExitCode, sync::OnceLock};

use libtest_mimic::{Arguments, Trial};
use mailer_tests::require::{self, Missing, Needed};
use serde_json::Value;

use browser::{Browser, Key, Tab, Window};
use recorded::{Recorded, bench_page};

/// The width of a phone.
const PHONE: u32 = 400;
const SCREEN: Window = Window { width: 1280, runs_scripts: true };
const WITHOUT_SCRIPTS: Window = Window { runs_scripts: false, ..SCREEN };

/// A browser, and a page of each command.
struct Pages {
    browser: Browser,
    compare: OnceLock<Recorded>,
    bench: OnceLock<String>,
}

/// Shared by all trials. The browser ends with the process: nothing else holds the ends of its pipes.
static PAGES: OnceLock<Result<Pages, Missing>> = OnceLock::new();

type Shown = &'static Pages;

fn main() -> ExitCode {
    let chromium = Needed::new("chromium", pages);
    let pdftotext = Needed::new("pdftotext", || paper::find().and_then(|()| pages()));
    let trials = vec![
        require::trial(),
        Trial::test("every_byte_of_real_sessions_has_a_note", || {
            bytes::every_byte_has_a_note();
            Ok(())
        }),
        chromium.trial("compare_runs_without_a_message_or_a_request", compare_is_silent),
        chromium.trial("compare_draws_what_it_has_without_scripts", draws_the_same),
        chromium.trial("the_slider_shows_the_predicted_times", slider),
        chromium.trial("the_result_is_announced_when_the_slider_rests", announcement),
        chromium.trial("every_choice_shows_its_own_recording", choices),
        chromium.trial("the_picture_can_be_switched_by_keyboard", pictures),
        chromium.trial("the_arrow_keys_move_through_the_notes", notes),
        chromium.trial("compare_needs_no_scrolling_sideways_on_a_phone", compare_on_a_phone),
        pdftotext.trial("compare_is_printed_without_a_split_chart", print_compare),
        chromium.trial("bench_runs_without_a_message_or_a_request", bench_is_silent),
        chromium.trial("both_pages_save_their_document", documents_are_saved),
        chromium.trial("compare_works_in_a_frame_without_an_address", in_a_frame),
        chromium.trial("bench_has_everything_without_scripts", bench_without_scripts),
        chromium.trial("bench_needs_no_scrolling_sideways_on_a_phone", bench_on_a_phone),
        pdftotext.trial("bench_is_printed_without_a_split_chart", print_bench),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn pages() -> Result<Shown, Missing> {
    let start = || {
        let browser = Browser::start()?;
        Ok(Pages { browser, compare: OnceLock::new(), bench: OnceLock::new() })
    };
    PAGES.get_or_init(start).as_ref().map_err(Clone::clone)
}

impl Pages {
    fn compare(&self) -> &Recorded {
        self.compare.get_or_init(Recorded::make)
    }

    fn open_compare(&self, window: Window) -> Tab<'_> {
        self.browser.open(&self.compare().html, window)
    }

    fn open_bench(&self, window: Window) -> Tab<'_> {
        self.browser.open(self.bench.get_or_init(bench_page), window)
    }
}

#[track_caller]
fn is_silent(mut tab: Tab<'_>) {
    assert_eq!(tab.messages(), Vec::<String>::new());
    assert_eq!(tab.requests(), Vec::<String>::new());
    assert_eq!(tab.evaluate("unnamed()"), serde_json::json!([]), "without a name");
}

fn compare_is_silent(pages: &Shown) {
    is_silent(pages.open_compare(SCREEN));
}

fn bench_is_silent(pages: &Shown) {
    is_silent(pages.open_bench(SCREEN));
}

fn draws_the_same(pages: &Shown) {
    let written = pages.open_compare(WITHOUT_SCRIPTS).evaluate("picture()");
    let drawn = pages.open_compare(SCREEN).evaluate("picture()");
    for (part, written) in written.as_object().expect("parts of the page") {
        assert_eq!(*written, drawn[part], "{part}");
    }
}

/// The slider from end to end, by its keys.
fn slider(pages: &Shown) {
    let page = pages.compare();
    let mut tab = pages.open_compare(SCREEN);
    tab.tab_to("focused.id === 'rtt'");
    tab.press(Key::HOME);
    let steps =
        [(Key::RIGHT, 0, 0), (Key::RIGHT, 20, 20), (Key::RIGHT, 60, 80), (Key::END, 1, 300)];
    for (key, times, rtt) in steps.into_iter().chain([(Key::LEFT, 100, 200)]) {
        (0..times).for_each(|_| tab.press(key));
        assert_eq!(tab.evaluate("+document.activeElement.value"), rtt);
        let expected = page.tiles(&page.data["shown"], f64::from(rtt));
        assert_eq!(tab.evaluate("tiles()"), expected, "at {rtt} ms");
        let summary = tab.evaluate("document.querySelector('.summary').textContent");
        let summary = summary.as_str().expect("a text");
        assert!(summary.starts_with("Until accepted: "), "{summary}");
        assert_eq!(summary.contains("predicted"), rtt > 0, "{summary}");
    }
}

/// A screen reader hears the result when the slider rests, and nothing at each of its steps.
fn announcement(pages: &Shown) {
    let mut tab = pages.open_compare(SCREEN);
    tab.evaluate(
        "globalThis.said = []; globalThis.rest = new Promise(resolve => new MutationObserver(changes => {
            said.push(...changes.map(change => change.addedNodes[0].textContent));
            resolve(said.at(-1));
        }).observe(document.querySelector('[role=status]'), { childList: true })); 0",
    );
    let move_to = |rtt| {
        format!(
            "(slider => {{ slider.value = {rtt}; slider.dispatchEvent(new Event('input', {{ bubbles: true }})); }})
            (document.querySelector('#rtt'))"
        )
    };
    // All within one task, in which no timer of the page can end.
    let steps: Vec<String> = (1..=80).map(move_to).collect();
    tab.evaluate(&steps.join(";"));
    let said = tab.evaluate("rest");
    assert!(said.as_str().is_some_and(|it| it.contains("predicted for 80 ms RTT")), "{said}");
    assert_eq!(tab.evaluate("said"), serde_json::json!([said]));
    assert_eq!(tab.evaluate("document.querySelector('.summary').textContent"), said);
}

/// Every value of every setting, by the arrow keys; after the last value comes the first again.
fn choices(pages: &Shown) {
    let page = pages.compare();
    let mut tab = pages.open_compare(SCREEN);
    let names = tab.evaluate("Object.keys(settings())");
    let (first, mut seen) = (tab.evaluate("tiles()"), 0);
    for name in names.as_array().expect("names").iter().filter_map(Value::as_str) {
        tab.tab_to(&format!("focused.name === '{name}' && focused.checked"));
        let values = tab.evaluate("choices()")[name].as_u64().expect("a number");
        let before = tab.evaluate("settings()");
        for _ in 0..values {
            tab.press(Key::RIGHT);
            let settings = tab.evaluate("settings()");
            assert_eq!(tab.evaluate("tiles()"), page.tiles(&settings, 0.0), "{settings}");
            seen += 1;
        }
        assert_eq!(tab.evaluate("settings()"), before, "the keys lead back");
    }
    assert!(seen > 10, "{seen} choices");
    assert_eq!(tab.evaluate("tiles()"), first);
}

fn pictures(pages: &Shown) {
    let mut tab = pages.open_compare(SCREEN);
    let visible =
        "['.waterfall', '.sequence'].map(it => document.querySelector(it).checkVisibility())";
    assert_eq!(tab.evaluate(visible), serde_json::json!([true, false]));
    tab.tab_to("focused.name === 'view'");
    tab.press(Key::RIGHT);
    assert_eq!(tab.evaluate(visible), serde_json::json!([false, true]));
    tab.press(Key::LEFT);
    tab.tab_to("focused.name === 'zoom'");
    tab.press(Key::RIGHT);
    let last_tick = "document.querySelector('.axis .scale span:last-child').textContent";
    assert_eq!(tab.evaluate(last_tick), "5");
    tab.tab_to("focused.name === 'without-stalls'");
    tab.press(Key::SPACE);
    let stalls = tab.evaluate("tiles().map(tile => +tile[2])");
    assert_eq!(stalls, serde_json::json!([0, 0]), "stalls are left out");
}

fn notes(pages: &Shown) {
    let mut tab = pages.open_compare(SCREEN);
    tab.tab_to("focused.matches('.t')");
    let first = tab.evaluate("token()");
    assert_eq!((&first["tabStops"], &first["at"]), (&1.into(), &0.into()));
    assert!(first["note"].as_str().expect("a text").len() > 20, "{first}");
    tab.press(Key::RIGHT);
    let second = tab.evaluate("token()");
    assert_eq!((&second["tabStops"], &second["at"]), (&1.into(), &1.into()));
    assert_ne!(first["note"], second["note"]);
    tab.press(Key::DOWN);
    assert!(tab.evaluate("token()")["at"].as_i64() > Some(1));
    tab.press(Key::ESCAPE);
    assert_eq!(tab.evaluate("token()")["note"], "", "Escape hides the note");
}

/// The file that the button saves is the document of `--json`.
#[track_caller]
fn saves_its_document(mut tab: Tab<'_>, command: &str) {
    let saved = tab.evaluate("saved()");
    assert_eq!(saved["name"], format!("{command}.json"));
    let content = saved["content"].as_str().expect("a text");
    let document: Value = serde_json::from_str(content).expect("the file is JSON");
    assert!(document["command"].as_str().is_some_and(|it| it.contains(command)), "{content}");
    assert!(document["results"].as_array().is_some_and(|it| it.len() > 1), "{content}");
}

fn documents_are_saved(pages: &Shown) {
    saves_its_document(pages.open_compare(SCREEN), "compare");
    saves_its_document(pages.open_bench(SCREEN), "bench");
}

/// A notebook shows the page in a frame whose content it sets. Such a frame has no address that a script may change.
fn in_a_frame(pages: &Shown) {
    let escaped = pages.compare().html.replace('&', "&amp;").replace('"', "&quot;");
    let mut tab = pages.browser.open(&format!("<iframe srcdoc=\"{escaped}\"></iframe>"), SCREEN);
    let times =
        "[...frames[0].document.querySelectorAll('[data-slot=time]')].map(it => it.textContent)";
    let before = tab.evaluate(times);
    let moved = "slider => { slider.value = 200; slider.dispatchEvent(new Event('input', { bubbles: true })); }";
    tab.evaluate(&format!("({moved})(frames[0].document.querySelector('#rtt'))"));
    assert_ne!(tab.evaluate(times), before);
    assert_eq!(tab.messages(), Vec::<String>::new());
}

#[track_caller]
fn fits_a_phone(mut tab: Tab<'_>) {
    tab.evaluate("openAll()");
    let widths = tab.evaluate("widths()");
    assert_eq!(widths["window"], PHONE);
    assert_eq!(widths["widest"], widths["room"], "{widths}");
}

fn compare_on_a_phone(pages: &Shown) {
    let phone = Window { width: PHONE, ..SCREEN };
    let last_tick = "getComputedStyle(document.querySelector('.axis .scale span:last-child'), '::after').content";
    assert_eq!(pages.open_compare(phone).evaluate(last_tick), "\" ms\"", "the axis has a unit");
    fits_a_phone(pages.open_compare(phone));
    fits_a_phone(pages.open_compare(Window { width: PHONE, ..WITHOUT_SCRIPTS }));
}

fn bench_on_a_phone(pages: &Shown) {
    fits_a_phone(pages.open_bench(Window { width: PHONE, ..SCREEN }));
}

fn bench_without_scripts(pages: &Shown) {
    let mut tab = pages.open_bench(WITHOUT_SCRIPTS);
    let captions = "[...document.querySelectorAll('caption, figcaption')].length";
    assert!(tab.evaluate(captions).as_u64() >= Some(4), "each chart and table has a caption");
    let text = tab.evaluate("document.body.innerText");
    let text = text.as_str().expect("a text");
    for part in ["date", "command", "mailer bench", "raw (auto)", "lettre"] {
        assert!(text.contains(part), "no {part}: {text}");
    }
}

/// Paper breaks between charts, never within one.
#[track_caller]
fn prints_whole_charts(mut tab: Tab<'_>, least: u64) {
    let charts = tab.evaluate("markCharts()").as_u64().expect("a number");
    assert!(charts >= least, "{charts} charts");
    let sheets = paper::sheets(&tab.print());
    assert!(sheets.len() > 1, "one sheet cannot split a chart");
    assert_eq!(paper::split_charts(&sheets, charts), Vec::<u64>::new(), "{sheets:#?}");
}

fn print_compare(pages: &Shown) {
    // Two sides, two lanes, the ways to send, and the phases of the sequence diagram.
    prints_whole_charts(pages.open_compare(SCREEN), 10);
}

fn print_bench(pages: &Shown) {
    prints_whole_charts(pages.open_bench(SCREEN), 3);
}
