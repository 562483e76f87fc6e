//! Notebooks are stored as their authors wrote them: valid, and without what a run added.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::repository::{files, list, read};

/// The keys of a notebook's two kinds of cells in version 4.5 of the format.
const CELLS: [(&str, &[&str]); 2] = [
    ("code", &["cell_type", "execution_count", "id", "metadata", "outputs", "source"]),
    ("markdown", &["cell_type", "id", "metadata", "source"]),
];

#[test]
fn notebooks_are_valid_and_have_no_output() {
    let notebooks = files(&["ipynb"]);
    assert!(!notebooks.is_empty(), "there is a notebook");
    for path in notebooks {
        let problems = problems(&read(&path));
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
    }
}

/// Returns what is wrong with a notebook, which is stricter than the schema of the format.
fn problems(text: &str) -> Vec<String> {
    let Ok(notebook) = serde_json::from_str::<Value>(text) else {
        return vec!["it is not JSON".to_owned()];
    };
    let mut problems = Vec::new();
    let mut check = |is_fine: bool, problem: String| {
        if !is_fine {
            problems.push(problem);
        }
    };
    check(
        keys(&notebook) == ["cells", "metadata", "nbformat", "nbformat_minor"],
        "its keys".into(),
    );
    check(
        (&notebook["nbformat"], &notebook["nbformat_minor"]) == (&4.into(), &5.into()),
        "4.5".into(),
    );
    // Names of an editor's own and versions of Python would change with every machine.
    check(keys(&notebook["metadata"]) == ["kernelspec", "language_info"], "its metadata".into());
    check(keys(&notebook["metadata"]["language_info"]) == ["name"], "its language".into());
    let mut ids = BTreeSet::new();
    for cell in list(&notebook["cells"]) {
        let id = cell["id"].as_str().unwrap_or_default();
        let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        check((1..=64).contains(&id.len()) && id.chars().all(is_valid), format!("the id {id:?}"));
        check(ids.insert(id.to_owned()), format!("two cells {id}"));
        let kind = CELLS.iter().find(|(kind, _)| cell["cell_type"] == *kind);
        check(kind.is_some_and(|(_, wanted)| keys(cell) == *wanted), format!("the keys of {id}"));
        check(keys(&cell["metadata"]).is_empty(), format!("the metadata of {id}"));
        let lines = cell["source"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_text = !lines.is_empty() && lines.iter().all(Value::is_string);
        check(is_text, format!("the source of {id}"));
        check(cell["execution_count"].is_null(), format!("{id} has been executed"));
        let outputs = cell.get("outputs").and_then(Value::as_array);
        check(outputs.is_none_or(Vec::is_empty), format!("{id} has output"));
    }
    problems
}

/// The keys of an object, sorted.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        value.as_object().into_iter().flatten().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn what_a_run_leaves_in_a_notebook_is_found() {
    let text = read(Path::new("docs/notebook/smtp.ipynb"));
    let found = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "the notebook has {from:?}");
        problems(&changed).join(", ")
    };
    assert_eq!(
        found("\"execution_count\": null", "\"execution_count\": 1"),
        "server has been executed"
    );
    assert_eq!(found("\"outputs\": []", "\"outputs\": [{}]"), "server has output");
    assert_eq!(found("\"metadata\": {}", "\"metadata\": {\"a\": 1}"), "the metadata of title");
    assert_eq!(found("\"id\": \"server\"", "\"id\": \"title\""), "two cells title");
    assert_eq!(found("\"nbformat_minor\": 5", "\"nbformat_minor\": 4"), "4.5");
    assert_eq!(found("\"markdown\"", "\"heading\""), "the keys of title");
}
