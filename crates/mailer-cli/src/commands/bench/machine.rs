//! What a run ran on.

use std::{env::consts, fs, thread};

/// The lines of the report's head that only this program knows: label and value.
pub(super) fn notes() -> Vec<(String, String)> {
    let versions = mailer_backends::VERSIONS.map(|(name, version)| format!("{name} {version}"));
    let build = if cfg!(debug_assertions) {
        "a debug build, whose figures are worth little: use --release"
    } else {
        "a release build"
    };
    let this = format!("mailer {}, {build}; {}", env!("CARGO_PKG_VERSION"), versions.join(", "));
    vec![("versions".into(), this), ("host".into(), host())]
}

fn host() -> String {
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

/// The processor by name, where the system tells.
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
}
