//! Chromium without a window.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer_tests::require::Missing;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::devtools::DevTools;

/// What trials ask a page.
const QUESTIONS: &str = include_str!("questions.js");

/// The height of a window.
const HEIGHT: u32 = 900;

/// The browser. One page is open at a time.
pub(crate) struct Browser {
    devtools: Mutex<DevTools>,
    folder: TempDir,
}

/// How a page is opened.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) width: u32,
    pub(crate) runs_scripts: bool,
}

/// An open page.
pub(crate) struct Tab<'a> {
    devtools: MutexGuard<'a, DevTools>,
    target: String,
    session: String,
}

/// A key, by its name and its code.
#[derive(Clone, Copy)]
pub(crate) struct Key(&'static str, u32);

impl Key {
    pub(crate) const TAB: Self = Self("Tab", 9);
    pub(crate) const ESCAPE: Self = Self("Escape", 27);
    pub(crate) const SPACE: Self = Self(" ", 32);
    pub(crate) const END: Self = Self("End", 35);
    pub(crate) const HOME: Self = Self("Home", 36);
    pub(crate) const LEFT: Self = Self("ArrowLeft", 37);
    pub(crate) const RIGHT: Self = Self("ArrowRight", 39);
    pub(crate) const DOWN: Self = Self("ArrowDown", 40);
}

impl Browser {
    pub(crate) fn start() -> Result<Self, Missing> {
        let program = "chromium";
        match Command::new(program).arg("--version").output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => return Err(Missing::Broken(format!("chromium --version: {output:?}"))),
            Err(cause) => {
                return Err(Missing::Unavailable(format!("there is no chromium: {cause}")));
            }
        }
        let folder = TempDir::new().expect("there is a temporary folder");
        // Chromium has no sandbox for root, as which CI runs. It opens pages of these trials only.
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", folder.path().join("profile").display()));
        let devtools = Mutex::new(DevTools::start(program, &arguments));
        Ok(Self { devtools, folder })
    }

    /// Opens a page, and waits until its scripts have run.
    pub(crate) fn open(&self, html: &str, window: Window) -> Tab<'_> {
        let mut devtools = self.devtools.lock().unwrap_or_else(PoisonError::into_inner);
        let page = self.folder.path().join("page.html");
        fs::write(&page, html).expect("the page can be written");
        let blank = json!({ "url": "about:blank" });
        let target = text(&devtools.call(None, "Target.createTarget", &blank)["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let session = text(&devtools.call(None, "Target.attachToTarget", &attach)["sessionId"]);
        let mut tab = Tab { devtools, target, session };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        let disabled = json!({ "value": !window.runs_scripts });
        tab.call("Emulation.setScriptExecutionDisabled", &disabled);
        tab.resize(window.width);
        tab.call("Page.navigate", &json!({ "url": url(&page) }));
        tab.devtools.wait_for(&tab.session, "Page.loadEventFired");
        tab.evaluate(QUESTIONS);
        tab
    }
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

impl Tab<'_> {
    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.devtools.call(Some(&self.session), method, params)
    }

    /// Returns the value of an expression in the page, or that of the promise that it returns.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &params);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Presses a key, as a keyboard does.
    pub(crate) fn press(&mut self, Key(name, code): Key) {
        let key = json!({ "key": name, "code": name, "windowsVirtualKeyCode": code });
        let mut down = key.clone();
        down["type"] = "keyDown".into();
        if name.len() == 1 {
            down["text"] = name.into();
        }
        self.call("Input.dispatchKeyEvent", &down);
        let mut up = key;
        up["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// Presses the Tab key until this expression is true of the element that has the focus.
    #[track_caller]
    pub(crate) fn tab_to(&mut self, expression: &str) {
        const MOST: usize = 60;
        for _ in 0..MOST {
            self.press(Key::TAB);
            let is_there = format!("(focused => !!({expression}))(document.activeElement)");
            if self.evaluate(&is_there) == true {
                return;
            }
        }
        panic!("the Tab key does not lead to {expression}");
    }

    pub(crate) fn resize(&mut self, width: u32) {
        let size =
            json!({ "width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Prints the page as PDF.
    pub(crate) fn print(&mut self) -> Vec<u8> {
        let pdf = self.call("Page.printToPDF", &json!({ "printBackground": true }));
        STANDARD.decode(text(&pdf["data"])).expect("base64")
    }

    /// What was written on the console or in the log, and every exception.
    pub(crate) fn messages(&mut self) -> Vec<String> {
        // What happened before this call has been reported before its answer.
        self.evaluate("0");
        let of = |method| self.devtools.events(&self.session, method);
        let all = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        all.into_iter().flat_map(of).map(|event| event.to_string()).collect()
    }

    /// What the page asked for, besides itself.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        self.evaluate("0");
        let requests = self.devtools.events(&self.session, "Network.requestWillBeSent");
        let urls = requests.iter().map(|request| text(&request["request"]["url"]));
        urls.filter(|url| !url.ends_with("/page.html")).collect()
    }
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        // A failed call would panic once more while a failed trial ends.
        if !std::thread::panicking() {
            let target = json!({ "targetId": self.target });
            self.devtools.call(None, "Target.closeTarget", &target);
        }
    }
}
