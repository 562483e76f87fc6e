//! What each library adds to a program: its dependencies, its size, and the time to build it.

use std::{fs, time::Instant};

use mailer::TlsLibrary;
use mailer_bench::report::units::{bytes, time};
use mailer_reports::{TextResult, cargo, root};

/// A program that connects with TLS, and what its manifest says.
struct SmallProgram {
    library: TlsLibrary,
    source: &'static str,
    dependencies: &'static str,
}

const PROGRAMS: [SmallProgram; 2] = [
    SmallProgram {
        library: TlsLibrary::NativeTls,
        source: include_str!("programs/with_native_tls.txt"),
        dependencies: "native-tls = \"0.2\"\n",
    },
    SmallProgram {
        library: TlsLibrary::Rustls,
        source: include_str!("programs/with_rustls.txt"),
        dependencies: "rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }\n\
            rustls-native-certs = \"0.8\"\n",
    },
];

/// What a library costs a program: the name of each cost, and its value.
pub(crate) struct ProgramCosts {
    pub(crate) library: TlsLibrary,
    pub(crate) values: Vec<(&'static str, String)>,
}

pub(crate) fn costs() -> TextResult<Vec<ProgramCosts>> {
    PROGRAMS.iter().map(costs_of).collect()
}

fn costs_of(program: &SmallProgram) -> TextResult<ProgramCosts> {
    let fail = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(fail)?;
    let inside = |name: &str| folder.path().join(name);
    fs::create_dir(inside("src")).map_err(fail)?;
    fs::write(inside("src/main.rs"), program.source).map_err(fail)?;
    // The same versions of dependencies.
    fs::copy(root().join("Cargo.lock"), inside("Cargo.lock")).map_err(fail)?;
    let manifest = format!(
        "[package]\nname = \"small\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n\
         [profile.release]\nlto = \"thin\"\nstrip = true\n",
        program.dependencies
    );
    fs::write(inside("Cargo.toml"), manifest).map_err(fail)?;
    let manifest = format!("--manifest-path={}", inside("Cargo.toml").display());
    let target = format!("--target-dir={}", inside("target").display());
    let started = Instant::now();
    // Offline, because downloading is not building.
    cargo(&["build", "--release", "--quiet", "--offline", &manifest, &target])?;
    let took = started.elapsed();
    let size = fs::metadata(inside("target/release/small")).map_err(fail)?.len();
    let count = |edges: &str| -> TextResult<String> {
        let tree = ["tree", "--prefix=none", "--no-dedupe", "--offline", "--edges", edges];
        let tree = cargo(&[&tree[..], &[&manifest]].concat())?;
        let mut packages: Vec<&str> =
            tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        packages.sort_unstable();
        packages.dedup();
        // Without the program itself.
        Ok(packages.len().saturating_sub(1).to_string())
    };
    Ok(ProgramCosts {
        library: program.library,
        values: vec![
            ("dependencies in the program", count("normal,no-proc-macro")?),
            ("dependencies to build it", count("normal,build")?),
            ("size of a small program, stripped", bytes(size)),
            ("time to build it from nothing", time(took.as_secs_f64())),
        ],
    })
}
