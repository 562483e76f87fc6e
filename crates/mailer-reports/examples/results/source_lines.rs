//! Counts lines of Rust without blank lines, comments, documentation and tests.

use std::{fs, path::Path};

use crate::TextResult;

/// Returns the lines of all sources in this folder and its subfolders.
pub(crate) fn in_folder(folder: &Path) -> TextResult<usize> {
    let describe = |error| format!("{}: {error}", folder.display());
    let mut sum = 0;
    for entry in fs::read_dir(folder).map_err(describe)? {
        let path = entry.map_err(describe)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if name == "tests" || name == "test" || name.ends_with("_test") {
            continue;
        }
        if path.is_dir() {
            sum += in_folder(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sum += of_file(&path)?;
        }
    }
    Ok(sum)
}

/// Returns the lines of this file.
pub(crate) fn of_file(path: &Path) -> TextResult<usize> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(count(&String::from_utf8_lossy(&bytes)))
}

/// Counts the lines of a source. It assumes that tests are at the end of the file, as in nearly every crate.
fn count(text: &str) -> usize {
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
    fn only_code_is_counted() {
        let text = "//! What it is.\n\nuse a;\n/* long\n\nwords */\n/// Docs.\nfn b() {} // why\n\
                    #[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        assert_eq!(count(text), 2);
        assert_eq!(count("#[cfg(test)]\nmod tests;\nfn a() {}\n"), 3);
    }
}
