//! `--auth`: every command logs in to the embedded server with each mechanism that a backend has.

use mailer::Mechanism;
use mailer_backends::{BACKENDS, Backend};
use mailer_tests::binary;

use crate::{command::run, fixture::backends};

/// The status when a backend lacks the mechanism.
const LACKING: i32 = 78;

fn name(mechanism: Mechanism) -> String {
    mechanism.name().to_lowercase()
}

/// Whether all backends that `--backend` accepts have this mechanism.
fn is_shared(mechanism: Mechanism) -> bool {
    let all = BACKENDS.iter().filter(|backend| !backend.measured_only);
    all.map(|backend: &Backend| backend.mechanisms).all(|known| known.contains(&mechanism))
}

#[test]
fn bench_logs_in_with_each_mechanism_of_a_backend() {
    for backend in backends() {
        let known = BACKENDS.iter().find(|it| it.name == backend).expect("a backend").mechanisms;
        for mechanism in known {
            let mut bench = binary::mailer();
            bench.args(["bench", "--messages", "2", "--rounds", "1", "--warm-up", "0", "--json"]);
            let ran = run(bench.args(["--backend", backend, "--auth", &name(*mechanism)]));
            let document = ran.succeeds().json();
            assert_eq!(document["results"][0]["outcomes"]["accepted"], 2, "{document:#}");
        }
    }
}

#[test]
fn compare_and_explain_log_in_with_each_mechanism() {
    for mechanism in Mechanism::ALL.iter().copied() {
        let status = if is_shared(mechanism) { 0 } else { LACKING };
        for verb in [&["compare", "--no-recordings"][..], &["explain"]] {
            let ran = run(binary::mailer().args(verb).args(["--auth", &name(mechanism)]));
            let ran = ran.exits(status);
            assert!(ran.stdout.contains(&format!("C: AUTH {}", mechanism.name())), "{ran:#?}");
            assert!(!ran.stderr.contains("raw"), "raw has every mechanism: {ran:#?}");
            assert_eq!(ran.stderr.contains("does not have AUTH"), status == LACKING, "{ran:#?}");
        }
    }
}
