//! Lines of Rust, counted alike for everybody: neither blank, nor of comments or documentation, nor of
//! tests.

use std::{fs, path::Path};

use crate::Outcome;

/// The lines of all sources below this folder.
pub(crate) fn below(folder: &Path) -> Outcome<usize> {
    let said = |error| format!("{}: {error}", folder.display());
    let mut sum = 0;
    for entry in fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name == "tests" || name == "test" || name.ends_with("_test") {
            continue;
        }
        if path.is_dir() {
            sum += below(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sum += of_file(&path)?;
        }
    }
    Ok(sum)
}

/// The lines of this file.
pub(crate) fn of_file(path: &Path) -> Outcome<usize> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(of(&String::from_utf8_lossy(&bytes)))
}

/// Tests are taken to stand at the end of their file, as nearly everybody has it.
fn of(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tests = lines.windows(2).position(|pair| {
        matches!(pair, ["#[cfg(test)]", module] if module.starts_with("mod ") && module.ends_with('{'))
    });
    let mut in_comment = false;
    let is_code = |line: &&&str| {
        let begins = line.starts_with("/*");
        let counts = !in_comment && !begins && !line.is_empty() && !line.starts_with("//");
        in_comment = (in_comment || begins) && !line.contains("*/");
        counts
    };
    lines.iter().take(tests.unwrap_or(lines.len())).filter(is_code).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_counts() {
        let text = "//! What it is.\n\nuse a;\n/* long\n\nwords */\n/// Docs.\nfn b() {} // why\n\
                    #[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        assert_eq!(of(text), 2);
        assert_eq!(of("#[cfg(test)]\nmod tests;\nfn a() {}\n"), 3);
    }
}
