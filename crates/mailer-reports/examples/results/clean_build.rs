//! The time to build a program from nothing but sources.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use mailer_reports::root;

use crate::{TextResult, packages::Sources, tools::cargo};

/// Builds this program and everything it depends on, as a package of its own. As an example of a member, the
/// dependencies of that member's tests would be built as well.
pub(crate) fn build_time(program: &Path, uses: &[&str], sources: &Sources) -> TextResult<Duration> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let inside = |name: &str| folder.path().join(name);
    let source = inside("src");
    fs::create_dir(&source).map_err(|error| error.to_string())?;
    copy(program, &source.join("main.rs"))?;
    // The same versions of dependencies.
    copy(&root().join("Cargo.lock"), &inside("Cargo.lock"))?;
    let dependencies = uses.iter().map(|name| sources.dependency(name));
    let dependencies: Vec<String> = dependencies.collect::<TextResult<_>>()?;
    let workspace = fs::read_to_string(root().join("Cargo.toml")).map_err(|e| e.to_string())?;
    let manifest = manifest(&dependencies, section(&workspace, "[profile.release]"));
    fs::write(inside("Cargo.toml"), manifest).map_err(|error| error.to_string())?;
    let manifest = format!("--manifest-path={}", inside("Cargo.toml").display());
    let target = format!("--target-dir={}", inside("target").display());
    let started = Instant::now();
    // Offline, because downloading is not building. The sources are here, since this program was built.
    cargo(&["build", "--release", "--quiet", "--offline", &manifest, &target])?;
    Ok(started.elapsed())
}

fn copy(from: &Path, to: &Path) -> TextResult<()> {
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
}

fn manifest(dependencies: &[String], profile: &str) -> String {
    format!(
        "[package]\nname = \"minimal\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{}\n\n{profile}\n",
        dependencies.join("\n")
    )
}

/// Returns a section of a manifest, up to the blank line after it.
fn section<'a>(manifest: &'a str, head: &str) -> &'a str {
    let from = manifest.find(head).map_or("", |at| manifest.split_at(at).1);
    from.split("\n\n").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_at_a_blank_line() {
        let text = "[a]\nx = 1\n\n[b]\ny = 2\nz = 3\n\n# c\n[c]\n";
        assert_eq!(section(text, "[b]"), "[b]\ny = 2\nz = 3");
        assert_eq!(section(text, "[d]"), "");
    }

    #[test]
    fn the_manifest_names_the_same_dependencies() {
        let sources = Sources::find().unwrap();
        let dependencies = ["mailer-raw", "lettre"].map(|name| sources.dependency(name).unwrap());
        let manifest = manifest(&dependencies, "[profile.release]\nlto = \"thin\"");
        // Otherwise the package could become a member of a workspace around its folder.
        assert!(manifest.contains("\n[workspace]\n"), "{manifest}");
        assert!(manifest.contains("\nmailer-raw = { path = \""), "{manifest}");
        assert!(manifest.contains("\nlettre = { version = \"^0.11"), "{manifest}");
        assert!(
            manifest.contains("default-features = false, features = [\"builder\""),
            "{manifest}"
        );
        assert!(sources.dependency("nothing-of-that-name").is_err());
    }
}
