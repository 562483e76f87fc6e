//! docs/lettre.md: the table of lettre's differences.

use std::fmt::Write as _;

use mailer_lettre::DIFFERENCES;
use mailer_tests::blocks;

#[test]
fn docs_lettre_has_the_table_of_differences() {
    let mut table = String::from(
        "| promise of the trait | lettre 0.11.23 and this backend | line of lettre's source |\n| --- | --- | --- |\n",
    );
    for difference in DIFFERENCES {
        let documentation = difference
            .documented_at
            .map_or_else(String::new, |url| format!(", [lettre's documentation]({url})"));
        let _ = writeln!(
            table,
            "| {} | {} | `{}`{documentation} |",
            difference.promise, difference.lettre, difference.source
        );
    }
    blocks::check("docs/lettre.md", "differences", &table);
}
