//! Tests of the launchers in `tests/servers` on synthetic machines: a folder of programs with any part of
//! a server's packages, and an `apt-get` that only records its arguments.
//!
//! `.ci/mixtures` tries the same with real packages.

mod machine;

use std::{ffi::OsStr, os::unix::fs::symlink, process::Command};

use libtest_mimic::{Completion, Trial};
use mailer_tests::launched_server::UNAVAILABLE;

use crate::child::{self, Finished, LIMIT};
use machine::{LAUNCHERS, Launcher, Machine, Package};

/// A name, and the test of a launcher.
type Case = (&'static str, fn(&Launcher));

const CASES: &[Case] = &[
    ("a_server_comes_from_one_place_as_a_whole", one_place),
    ("without_apt_get_the_reason_is_the_missing_part", no_apt_get),
    ("a_lost_library_is_noticed", lost_library),
    ("without_namespaces_no_other_server_is_removed", no_namespaces),
    ("a_cache_that_cannot_be_written_is_the_reason", no_cache),
];

pub(crate) fn trials() -> Vec<Trial> {
    LAUNCHERS.iter().flat_map(trials_of).collect()
}

fn trials_of(launcher: &'static Launcher) -> impl Iterator<Item = Trial> {
    CASES.iter().map(move |(case, run)| trial(launcher, case, *run))
}

fn trial(launcher: &'static Launcher, case: &str, run: fn(&Launcher)) -> Trial {
    Trial::ignorable_test(format!("launchers::{}::{case}", launcher.name), move || {
        if let Err(reason) = child::run(Command::new("bash").arg("--version"), LIMIT) {
            return Ok(Completion::ignored_with(reason));
        }
        run(launcher);
        Ok(Completion::Completed)
    })
}

/// Every subset of the packages, with its complement.
fn subsets(launcher: &Launcher) -> impl Iterator<Item = (Vec<&Package>, Vec<&Package>)> {
    (0..1_u32 << launcher.packages.len()).map(|mask| {
        let numbered = launcher.packages.iter().enumerate();
        let (present, absent): (Vec<_>, Vec<_>) =
            numbered.partition(|(bit, _)| mask & 1 << bit != 0);
        let packages = |chosen: Vec<(usize, &'static Package)>| {
            chosen.into_iter().map(|(_, package)| package).collect()
        };
        (packages(present), packages(absent))
    })
}

/// Returns a machine with these packages and all tools. Its `apt-get` cannot download.
fn machine_with(packages: &[&Package]) -> Machine {
    let machine = Machine::new();
    machine.add(&machine::APT);
    packages.iter().for_each(|package| machine.add(package));
    machine
}

fn is_complete(absent: &[&Package]) -> bool {
    absent.iter().all(|package| package.files.is_empty())
}

/// Checks that the launcher reports that its server is not available, for this reason.
#[track_caller]
fn assert_unavailable(said: &Finished, reason: &str) {
    let last = said.stderr.lines().next_back().unwrap_or_default();
    assert!(last.contains(": not available: ") && last.contains(reason), "{reason}: {said:?}");
    assert_eq!(said.code(), Some(UNAVAILABLE), "{said:?}");
}

fn one_place(launcher: &Launcher) {
    for (present, absent) in subsets(launcher) {
        let machine = machine_with(&present);
        let said = machine.install(launcher);
        let downloaded = machine.record("download");
        if is_complete(&absent) {
            assert_eq!(said.code(), Some(0), "{said:?}");
            assert!(said.stderr.ends_with("available: this machine's own\n"), "{said:?}");
            assert_eq!(downloaded, "");
            continue;
        }
        assert_unavailable(&said, "could not be fetched: no such network");
        // All packages, installed or not, and the dependencies that apt-get adds.
        let mut wanted: Vec<&str> = launcher.packages.iter().map(|package| package.name).collect();
        wanted.extend(launcher.needs_root.then_some(machine::DEPENDENCY));
        for package in wanted {
            assert!(downloaded.split_whitespace().any(|name| name == package), "{downloaded}");
        }
        assert_eq!(machine.record("install"), "");
    }
}

fn no_apt_get(launcher: &Launcher) {
    for (present, absent) in subsets(launcher) {
        let machine = machine_with(&present);
        machine.remove("apt-get");
        let said = machine.install(launcher);
        if is_complete(&absent) {
            assert_eq!(said.code(), Some(0), "{said:?}");
            continue;
        }
        let named = absent
            .iter()
            .find(|package| package.missed_as.is_some_and(|missed| said.stderr.contains(missed)));
        assert!(named.is_some(), "{said:?}");
        assert_unavailable(&said, "there is no apt-get");
    }
}

fn lost_library(launcher: &Launcher) {
    if !launcher.needs_root {
        return; // it has no libraries
    }
    let machine = machine_with(&launcher.packages.iter().collect::<Vec<_>>());
    machine.remove("apt-get");
    machine.program("ldd", "echo '\tlibgone.so.1 => not found'");
    assert_unavailable(&machine.install(launcher), "libgone.so.1 => not found");
}

fn no_namespaces(launcher: &Launcher) {
    let machine = machine_with(&[]);
    machine.program("unshare", "exit 1");
    let said = machine.install(launcher);
    match (launcher.needs_root, launcher.needs_namespace) {
        (false, _) => assert_unavailable(&said, "could not be fetched"),
        (true, true) => assert_unavailable(&said, "namespace"),
        (true, false) => {
            assert_unavailable(&said, "E: Packages need to be removed but remove is disabled.");
            assert!(machine.record("install").contains("--no-remove"), "{said:?}");
        }
    }
}

fn no_cache(launcher: &Launcher) {
    let machine = machine_with(&[]);
    // Root may write anywhere, but not below a file.
    symlink(OsStr::new("/dev/null"), machine.cache()).expect("a link");
    assert_unavailable(&machine.install(launcher), "cannot be written");
}
