//! docs/lettre.md: the table of what lettre cannot keep.

use std::fmt::Write as _;

use mailer_lettre::DIFFERENCES;
use mailer_tests::blocks;

#[test]
fn docs_lettre_shows_the_table_of_differences() {
    let mut table = String::from("| promise | lettre | its source |\n| --- | --- | --- |\n");
    for difference in DIFFERENCES {
        let told =
            difference.told_by.map_or_else(String::new, |url| format!(", [told by lettre]({url})"));
        let _ = writeln!(
            table,
            "| {} | {} | `{}`{told} |",
            difference.promise, difference.lettre, difference.source
        );
    }
    blocks::check("docs/lettre.md", "differences", &table);
}
