//! Chromium without a window.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer_tests::require::Missing;
use serde_json::Value;
use tempfile::TempDir;

/// A page that holds another and keeps the results which that one sends.
const FRAME: &str = include_str!("frame.html");

/// The browser.
pub(crate) struct Browser {
    program: &'static str,
}

/// A page after its scripts have run.
pub(crate) struct View {
    /// The document as HTML.
    pub(crate) document: String,
    /// What was written on the console.
    pub(crate) messages: Vec<String>,
}

impl Browser {
    pub(crate) fn find() -> Result<Self, Missing> {
        let program = "chromium";
        let version = Command::new(program).arg("--version").output();
        match version {
            Ok(output) if output.status.success() => Ok(Self { program }),
            Ok(output) => Err(Missing::Broken(format!("chromium --version: {output:?}"))),
            Err(cause) => Err(Missing::Unavailable(format!("there is no chromium: {cause}"))),
        }
    }

    /// Opens a page in a frame of this width, since a window cannot be as narrow as a phone, and waits
    /// until its scripts have run.
    pub(crate) fn open(&self, html: &str, width: u32) -> View {
        let folder = folder();
        write(folder.path(), "page.html", html);
        let frame = write(folder.path(), "frame.html", &FRAME.replace("WIDTH", &width.to_string()));
        let arguments = ["--dump-dom", "--virtual-time-budget=10000"];
        let output = self.run(&frame, folder.path(), arguments);
        let log = String::from_utf8_lossy(&output.stderr);
        let messages = log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned);
        View {
            document: String::from_utf8(output.stdout).expect("HTML in UTF-8"),
            messages: messages.collect(),
        }
    }

    /// Prints a page to PDF.
    pub(crate) fn print(&self, html: &str) -> Vec<u8> {
        let folder = folder();
        let page = write(folder.path(), "page.html", html);
        let pdf = folder.path().join("page.pdf");
        let argument = format!("--print-to-pdf={}", pdf.display());
        self.run(&page, folder.path(), [argument.as_str(), "--no-pdf-header-footer"]);
        fs::read(pdf).expect("the printed page")
    }

    /// Runs the browser with a profile of its own, so that trials can run at the same time.
    fn run<const N: usize>(&self, page: &Path, folder: &Path, arguments: [&str; N]) -> Output {
        let mut command = Command::new(self.program);
        // Chromium has no sandbox for root, as which CI runs. It opens pages of these trials only.
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]);
        command.args(["--no-first-run", "--disable-extensions", "--disable-background-networking"]);
        command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        command.args(arguments).arg(page);
        let output = command.output().expect("chromium runs");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "chromium ended with {}: {log}", output.status);
        output
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("there is a temporary folder")
}

fn write(folder: &Path, name: &str, html: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, html).expect("the page can be written");
    path
}

impl View {
    /// The JSON that the probe left in the document, in base64 so that HTML changes nothing in it.
    pub(crate) fn results(&self) -> Value {
        let (_, rest) = self.document.split_once("<pre id=\"results\">").expect("the probe ran");
        let (encoded, _) = rest.split_once('<').expect("the results end");
        let json = STANDARD.decode(encoded).expect("base64");
        serde_json::from_slice(&json).expect("JSON")
    }
}
