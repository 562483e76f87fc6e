//! Source files: a target reaches each, none is too long, and none has leftovers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::repository::{files, members, read, root};

/// The most lines of a file, which holds one idea.
const MOST_LINES: usize = 600;

/// Macros for work in progress, in two parts, so that this file does not contain them.
const LEFTOVERS: [(&str, &str); 4] =
    [("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[", "ignore")];

/// Folders of particular machines, in two parts for the same reason.
const MACHINES: [(&str, &str); 6] = [
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("/ro", "ot/"),
    ("/wo", "rk/"),
    ("\\Us", "ers\\"),
    (".cargo", "/registry/src"),
];

/// Endings of files that people write.
const WRITTEN: [&str; 10] = ["html", "ipynb", "json", "md", "py", "rs", "sh", "toml", "txt", "yml"];

/// Packages that are not members of this workspace.
const SEPARATE: [&str; 4] = [
    "crates/mailer-reports/clients/lettre",
    "crates/mailer-reports/clients/mail-send",
    "docs/exercises",
    "fuzz",
];

/// Functions that learners write.
const STUBS: &str = "docs/exercises/client/src";

/// Modules of `std` that the protocol must not use.
const IO: [&str; 6] =
    ["std::net", "std::fs", "std::io", "std::thread", "std::env", "std::time::Instant"];

#[test]
fn every_source_is_reached_by_a_target() {
    let roots = members().iter().flat_map(|member| &member.targets);
    let mut reached = BTreeSet::new();
    for target in roots {
        reach(&target.source, true, &mut reached);
    }
    let sources: BTreeSet<PathBuf> =
        files(&["rs"]).into_iter().filter(|path| !is_separate(path)).collect();
    let lost: Vec<_> = sources.difference(&reached).collect();
    assert!(lost.is_empty(), "no target reaches {lost:?}");
}

/// Returns whether a file belongs to a separate package.
fn is_separate(path: &Path) -> bool {
    SEPARATE.iter().any(|folder| path.starts_with(folder))
}

#[test]
fn no_source_is_too_long() {
    for path in files(&["rs"]) {
        let lines = read(&path).lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
    }
}

#[test]
fn nothing_is_left_over() {
    let sources = files(&["rs"]);
    let finished: Vec<PathBuf> =
        sources.into_iter().filter(|path| !path.starts_with(STUBS)).collect();
    assert_without(&finished, &LEFTOVERS);
}

#[test]
fn no_file_names_a_folder_of_a_machine() {
    assert_without(&files(&WRITTEN), &MACHINES);
}

#[test]
fn the_protocol_does_no_io() {
    let sources = files(&["rs"]);
    let protocol = sources.iter().filter(|path| path.starts_with("crates/mailer-protocol/src"));
    for path in protocol {
        let text = read(path);
        let found = IO.iter().find(|name| text.contains(**name));
        assert_eq!(found, None, "{}", path.display());
    }
}

#[track_caller]
fn assert_without(paths: &[PathBuf], forbidden: &[(&str, &str)]) {
    for path in paths {
        let text = read(path);
        let mut forbidden = forbidden.iter().map(|(begin, end)| format!("{begin}{end}"));
        if let Some(found) = forbidden.find(|forbidden| text.contains(forbidden)) {
            let line = text.lines().position(|line| line.contains(&found)).map_or(0, |at| at + 1);
            panic!("{}:{line} has {found:?}", path.display());
        }
    }
}

/// Follows the modules that a file declares.
fn reach(path: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) {
    reached.insert(path.to_owned());
    let parent = path.parent().unwrap_or(Path::new(""));
    // The modules of `mod.rs` and of the root of a target are in the same folder, others in a subfolder.
    let folder = match path.file_stem() {
        Some(stem) if !is_root && stem != "mod" => parent.join(stem),
        _ => parent.to_owned(),
    };
    for name in read(path).lines().filter_map(declared) {
        let places = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
        for place in places.iter().filter(|place| root().join(place).exists()) {
            reach(place, false, reached);
        }
    }
}

/// Returns the module that a line declares, if it is in another file.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub").map_or(line, |rest| {
        let restricted = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        restricted.map_or(rest, |(_, rest)| rest).trim_start()
    });
    rest.strip_prefix("mod ")?.split_once(';').map(|(name, _)| name.trim())
}

#[test]
fn declarations_are_recognised() {
    for line in ["mod a;", "    pub mod a;", "pub(crate) mod a;", "pub(in crate::x) mod a; // why"]
    {
        assert_eq!(declared(line), Some("a"), "{line}");
    }
    for line in ["mod a {", "// mod a;", "model a;", "let mod_a = 1;"] {
        assert_eq!(declared(line), None, "{line}");
    }
}
