//! The example runs, and its comparison finds the variant that changes the message.

use mailer_compare::{InboxCheck, findings};

use crate::compare_backends;

#[test]
fn the_example_finds_the_backend_that_changes_the_message() {
    compare_backends::main().unwrap();
    let comparison = compare_backends::compare().unwrap();
    assert!(
        comparison.observations.iter().all(mailer_compare::observation::Observation::is_accepted)
    );
    let InboxCheck::Differs(differences) = &comparison.inbox else { panic!("one differs") };
    assert_eq!(differences[0].backends, ["careless"]);
    let findings = findings(&comparison).join("\n");
    assert!(findings.contains("from careless differs from the given message"), "{findings}");
}
