//! The dependencies of a package, as Cargo resolves them, and their lines of code.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{TextResult, source_lines, tools::cargo};

/// A name and a version.
pub(crate) type Package = (String, String);

/// Returns the packages that become part of a program that uses this package, including itself.
pub(crate) fn in_program(package: &str) -> TextResult<BTreeSet<Package>> {
    tree(package, "normal,no-proc-macro")
}

/// Returns the packages that have to be built for that, macros and build scripts included.
pub(crate) fn to_build(package: &str) -> TextResult<BTreeSet<Package>> {
    tree(package, "normal,build")
}

fn tree(package: &str, edges: &str) -> TextResult<BTreeSet<Package>> {
    let arguments =
        ["tree", "--prefix=none", "--format={p}", "--package", package, "--edges", edges];
    Ok(cargo(&arguments)?.lines().filter_map(parse_line).collect())
}

/// Parses a line like `lettre v0.11.23 (*)`.
fn parse_line(line: &str) -> Option<Package> {
    let (name, rest) = line.split_once(" v")?;
    Some((name.to_owned(), rest.split_whitespace().next()?.to_owned()))
}

/// Where the sources of packages are.
pub(crate) struct Sources(Value);

impl Sources {
    pub(crate) fn find() -> TextResult<Self> {
        let metadata = cargo(&["metadata", "--format-version=1"])?;
        serde_json::from_str(&metadata).map(Self).map_err(|error| error.to_string())
    }

    /// Returns the lines of code of the whole package, used or not.
    pub(crate) fn lines(&self, (name, version): &Package) -> TextResult<usize> {
        let missing = || format!("cargo does not report the folder of {name} {version}");
        source_lines::in_folder(&self.folder(name, version).ok_or_else(missing)?)
    }

    /// Returns the line of a manifest that depends on this package in the same way as this workspace.
    pub(crate) fn dependency(&self, name: &str) -> TextResult<String> {
        let missing = || format!("nothing here depends on {name}");
        let packages = self.0["packages"].as_array().ok_or_else(missing)?;
        let all = packages.iter().filter_map(|package| package["dependencies"].as_array());
        let found = all.flatten().find(|one| one["name"] == name && one["kind"].is_null());
        let found = found.ok_or_else(missing)?;
        if let Some(path) = found["path"].as_str() {
            return Ok(format!("{name} = {{ path = {path:?} }}"));
        }
        let (version, features) = (&found["req"], &found["features"]);
        let defaults = &found["uses_default_features"];
        Ok(format!(
            "{name} = {{ version = {version}, default-features = {defaults}, features = {features} }}"
        ))
    }

    fn folder(&self, name: &str, version: &str) -> Option<PathBuf> {
        let mut packages = self.0["packages"].as_array()?.iter();
        let package = packages.find(|p| p["name"] == name && p["version"] == version)?;
        let targets = package["targets"].as_array()?;
        let library = targets.iter().find(|target| {
            let kinds = target["kind"].as_array().map(Vec::as_slice).unwrap_or_default();
            kinds.iter().any(|kind| kind == "lib" || kind == "rlib")
        })?;
        Path::new(library["src_path"].as_str()?).parent().map(Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_from_the_tree() {
        let expected = Some(("lettre".to_owned(), "0.11.23".to_owned()));
        assert_eq!(parse_line("lettre v0.11.23"), expected);
        assert_eq!(parse_line("lettre v0.11.23 (*)"), expected);
        assert_eq!(parse_line(""), None);
    }
}
