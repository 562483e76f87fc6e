//! What a run ran on, for the heads of reports.

use std::{env::consts, fs, thread};

/// The machine: cores, architecture, system and its kernel, and the processor where the system tells.
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

/// This program's version and how it is built, and the versions of what it is made of.
#[must_use]
pub fn versions(others: &[(&str, &str)]) -> String {
    let others: Vec<String> = others.iter().map(|(name, v)| format!("{name} {v}")).collect();
    let build = if cfg!(debug_assertions) {
        "a debug build, whose figures are worth little: use --release"
    } else {
        "a release build"
    };
    format!("mailer {}, {build}; {}", env!("CARGO_PKG_VERSION"), others.join(", "))
}

/// The processor by name.
fn processor(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_once() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nmodel name\t: other\n";
        assert_eq!(processor(text), Some("Some CPU @ 2 GHz"));
        assert_eq!(processor(""), None);
    }

    #[test]
    fn a_program_is_named_with_what_it_is_made_of() {
        let versions = versions(&[("lettre", "1.2"), ("rustc", "3")]);
        assert!(versions.starts_with("mailer ") && versions.ends_with("; lettre 1.2, rustc 3"));
    }
}
