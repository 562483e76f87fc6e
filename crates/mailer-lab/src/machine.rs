//! The machine and the versions of a run, for the head of a report.

use std::{env::consts, fs, thread};

/// Describes this machine: its cores, architecture, system, kernel, and its processor if the system names it.
#[must_use]
pub fn host() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let plural = if cores == 1 { "" } else { "s" };
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut host = format!("{cores} core{plural}, {}, {}", consts::ARCH, consts::OS);
    if !kernel.trim().is_empty() {
        host = format!("{host} {}", kernel.trim());
    }
    match processor(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()) {
        Some(model) => format!("{host}, {model}"),
        None => host,
    }
}

/// Describes this program: its version, whether it is a release build, and the names and versions of its
/// `components`, such as libraries.
#[must_use]
pub fn versions(components: &[(&str, &str)]) -> String {
    let components: Vec<String> =
        components.iter().map(|(name, v)| format!("{name} {v}")).collect();
    let build = if cfg!(debug_assertions) {
        "a debug build, too slow to measure: use --release"
    } else {
        "a release build"
    };
    format!("mailer {}, {build}; {}", env!("CARGO_PKG_VERSION"), components.join(", "))
}

/// Returns the name of the processor in the text of `/proc/cpuinfo`.
fn processor(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_the_first_model_name() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel name\t: other\n";
        assert_eq!(processor(text), Some("Some CPU @ 2 GHz"));
        assert_eq!(processor(""), None);
    }

    #[test]
    fn versions_name_the_program_and_its_components() {
        let versions = versions(&[("lettre", "1.2"), ("rustc", "3")]);
        assert!(versions.starts_with("mailer ") && versions.ends_with("; lettre 1.2, rustc 3"));
    }
}
