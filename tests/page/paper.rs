//! A page on paper: the text of each sheet, by Debian's `pdftotext`.

use std::process::Command;

use mailer_tests::require::Missing;

/// Fails if there is no `pdftotext`.
pub(crate) fn find() -> Result<(), Missing> {
    match Command::new("pdftotext").arg("-v").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(Missing::Broken(format!("pdftotext -v: {output:?}"))),
        Err(cause) => Err(Missing::Unavailable(format!("there is no pdftotext: {cause}"))),
    }
}

/// Returns the text of each sheet.
pub(crate) fn sheets(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let file = folder.path().join("page.pdf");
    std::fs::write(&file, pdf).expect("the printed page can be written");
    let output = Command::new("pdftotext").arg("-raw").arg(&file).arg("-").output();
    let output = output.expect("pdftotext runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text in UTF-8");
    // A form feed ends each sheet.
    text.split_terminator('\u{c}').map(str::to_owned).collect()
}

/// The numbers of the charts that begin on one sheet and end on another.
pub(crate) fn split_charts(sheets: &[String], charts: u64) -> Vec<u64> {
    let sheet = |mark: &str| sheets.iter().position(|sheet| sheet.contains(mark));
    let is_whole = |chart: &u64| {
        let begin = sheet(&format!("[begin-{chart}]"));
        begin.is_some() && begin == sheet(&format!("[end-{chart}]"))
    };
    (0..charts).filter(|chart| !is_whole(chart)).collect()
}
