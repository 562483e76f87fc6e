//! docs/notebook/smtp.ipynb, executed from start to end as Jupyter does it.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use libtest_mimic::Trial;
use mailer_tests::{
    binary,
    require::{Missing, Needed},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    child::{self, Finished, LIMIT},
    wait,
};

/// The notebook compares with a page, which takes some hundred sessions.
const WHOLE: Duration = Duration::from_secs(240);

/// `jupyter-execute`, which comes with nbclient, and a kernel.
struct Jupyter;

pub(crate) fn trials() -> Vec<Trial> {
    let jupyter = Needed::new("jupyter", Jupyter::find);
    vec![
        jupyter.trial("notebook_runs_from_start_to_end", runs_to_the_end),
        jupyter.trial("notebook_that_fails_leaves_no_server", leaves_no_server),
    ]
}

impl Jupyter {
    fn find() -> Result<Self, Missing> {
        let mut probe = Command::new("jupyter-execute");
        child::run(probe.arg("--version"), LIMIT).map_err(Missing::Unavailable)?;
        Ok(Self)
    }

    /// Executes a notebook in place, without files of the user.
    fn execute(&self, notebook: &Path) -> Finished {
        let mut command = Command::new("jupyter-execute");
        command.arg("--inplace").arg(notebook).env("MAILER_BINARY", binary::path());
        let folder = notebook.parent().expect("a file is in a folder");
        for name in ["IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"] {
            command.env(name, folder.join(name));
        }
        child::run(&mut command, WHOLE).expect("it ends by itself")
    }
}

/// A copy of the notebook with its programs: executing must not change the repository.
struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let copy = Self { folder: tempfile::tempdir().expect("a folder") };
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/notebook");
        for entry in fs::read_dir(original).expect("the notebook's folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a file has a name");
            if path.is_file() {
                fs::copy(&path, copy.folder.path().join(name)).expect("a copy");
            }
        }
        copy
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("smtp.ipynb")
    }

    fn read(&self) -> Value {
        let text = fs::read_to_string(self.path()).expect("the notebook");
        serde_json::from_str(&text).expect("a notebook is JSON")
    }

    /// Returns what each cell printed, and the HTML that it shows, by the id of the cell.
    fn outputs(&self) -> BTreeMap<String, String> {
        let notebook = self.read();
        let cells = notebook["cells"].as_array().expect("cells");
        let name = |cell: &Value| cell["id"].as_str().expect("an id").to_owned();
        let cells = cells.iter().filter(|cell| cell["cell_type"] == "code");
        cells.map(|cell| (name(cell), output(cell))).collect()
    }
}

fn output(cell: &Value) -> String {
    let text = |value: &Value| match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        text => text.as_str().unwrap_or_default().to_owned(),
    };
    let outputs = cell["outputs"].as_array().into_iter().flatten();
    outputs.map(|it| text(&it["text"]) + &text(&it["data"]["text/html"])).collect()
}

fn runs_to_the_end(jupyter: &Jupyter) {
    let copy = Copy::new();
    let said = jupyter.execute(&copy.path());
    assert_eq!(said.code(), Some(0), "{said:?}");
    let outputs = copy.outputs();

    // The fifteen steps, each once, with the bytes of both sides.
    let stages: String = (1..=8).map(|stage| outputs[&format!("stage-{stage}")].as_str()).collect();
    let number = |line: &str| line.get(..3)?.strip_suffix('.')?.trim().parse::<u32>().ok();
    let steps: Vec<u32> = stages.lines().filter_map(number).collect();
    assert_eq!(steps, Vec::from_iter(1..=15), "{stages}");
    let greeting = r"S: b'220 mail.example.test ESMTP ready\r\n'";
    for shown in [greeting, r" 9. C: b'MAIL FROM:<", r"C: b'.\r\n'", "S: b'250-"] {
        assert!(stages.contains(shown), "no {shown} in {stages}");
    }
    assert_eq!(stages.matches("bytes that are not shown").count(), 2, "{stages}");

    assert!(outputs["unchecked"].ends_with("sent; messages that arrived: 0\n"), "{outputs:?}");
    let half = r"stored: b'Subject: Cut\r\n\r\nFirst half.\r\n'";
    assert!(outputs["dot"].ends_with(&format!("{half}\n")), "{outputs:?}");
    let columns = outputs["compare"].lines().next().unwrap_or_default();
    assert!(columns.ends_with("high_level.py, low_level.py"), "{}", outputs["compare"]);
    assert!(outputs["compare"].contains("The server stored the same 107 bytes from all 5."));
    assert!(outputs["page"].contains("<iframe srcdoc=\"&lt;!DOCTYPE html&gt;"));
    assert!(outputs["page"].contains("low_level.py"));
    assert_ended(&outputs["server"]);
}

/// A cell fails while a session is open. Then the kernel ends, and with it the server.
fn leaves_no_server(jupyter: &Jupyter) {
    let copy = Copy::new();
    let mut notebook = copy.read();
    let cells = notebook["cells"].as_array_mut().expect("cells");
    let at = cells.iter().position(|cell| cell["id"] == "stage-3").expect("stage 3");
    cells.insert(
        at,
        json!({
            "cell_type": "code", "execution_count": null, "id": "fails", "metadata": {}, "outputs": [],
            "source": "raise RuntimeError(f'it fails, port {server.port}')",
        }),
    );
    fs::write(copy.path(), notebook.to_string()).expect("a file");
    let said = jupyter.execute(&copy.path());
    assert_ne!(said.code(), Some(0), "{said:?}");
    let last = said.stderr.lines().rfind(|line| line.contains("it fails, port "));
    assert_ended(last.unwrap_or_else(|| panic!("the cell does not fail: {said:?}")));
}

/// Checks that no server listens on the port at the end of this text.
fn assert_ended(text: &str) {
    let port = text.trim().rsplit(' ').next().and_then(|port| port.parse().ok());
    let port: u16 = port.unwrap_or_else(|| panic!("no port in {text}"));
    let refused = || TcpStream::connect(("127.0.0.1", port)).is_err().then_some(());
    assert!(wait::until(LIMIT, refused).is_some(), "a server still listens on port {port}");
}
