//! `--json` prints one document that conforms to docs/schema, whatever the outcome of the message.

use mailer::Phase;
use mailer_backends::Flow;
use mailer_server::{CertificateKind, Config, Fault, Point};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::run,
    fixture::{Fixture, SMALL, backends},
    schema::{self, Schema},
};

#[test]
fn send_conforms_to_the_schema_for_every_outcome() {
    let schema = Schema::load("result");
    let silent = Config::plain().with_fault(Fault::at(Point::EndOfData).silence().close());
    let cases = [
        (Config::default(), 0, "accepted"),
        (Config::plain().with_refused_recipient("bob@example.test"), 69, "rejected"),
        (Config::default().with_certificate(CertificateKind::Expired), 76, "not_sent"),
        (silent, 74, "unknown"),
    ];
    for (config, status, outcome) in cases {
        let fixture = Fixture::start(config);
        for backend in backends() {
            let document = run(fixture.send_small(backend).arg("--json")).exits(status).json();
            schema.check(&document);
            assert_eq!(document["command"], "send");
            assert_eq!(document["results"][0]["backend"], backend);
            assert_eq!(document["results"][0]["outcome"], outcome, "{backend}: {document:#}");
        }
    }
}

#[test]
fn a_partial_outcome_conforms_to_the_schema_and_has_the_reply_of_every_recipient() {
    let fixture = Fixture::start(Config::plain().with_refused_recipient("bob@example.test"));
    let mut command = fixture.send_small("raw");
    let document = run(command.args(["--cc", "cid@example.test", "--json"])).exits(69).json();
    Schema::load("result").check(&document);
    let result = &document["results"][0];
    assert_eq!(result["outcome"], "partial");
    assert_eq!(result["recipients"][0]["reply"]["code"], 550);
    assert_eq!(result["recipients"][1]["reply"]["code"], 250);
}

#[test]
fn a_large_message_makes_a_small_document_unless_all_of_it_is_wanted() {
    let schema = Schema::load("result");
    let fixture = Fixture::start(Config::plain());
    fixture.file("large.bin", vec![b'x'; 1_500_000]);
    for backend in backends() {
        let sent = |full: &[&str]| {
            let mut command = fixture.send_small(backend);
            command.args(["--attach", "large.bin", "--json", "--trace"]).args(full);
            let ran = run(&mut command).exits(0);
            schema.check(&ran.json());
            let content = fixture.take_mail().content.len();
            (ran, content)
        };
        let (ran, content) = sent(&[]);
        assert!(ran.stdout.len() < 16_000, "{backend}: {}", ran.stdout.len());
        assert!(ran.stderr.len() < 16_000, "{backend}: {}", ran.stderr.len());
        assert!(ran.stderr.contains(" bytes in total)"), "{backend}: {}", ran.stderr);
        let document = ran.json();
        let events = document["results"][0]["events"].as_array().expect("a list");
        let contents: Vec<_> = events.iter().filter(|event| event["kind"] == "content").collect();
        assert_eq!(contents.len(), 1, "{backend}: {contents:#?}");
        // The last line end may belong to the end of data.
        let bytes = contents[0]["bytes"].as_u64().expect("a number") as usize;
        assert!((content - 2..=content).contains(&bytes), "{backend}: {bytes} of {content}");
        let (ran, content) = sent(&["--full"]);
        assert!(ran.stdout.len() > content && ran.stderr.len() > content, "{backend}");
    }
}

#[test]
fn compare_conforms_to_the_schema() {
    let schema = Schema::load("result");
    let document = run(binary::mailer().args(["compare", "--json"])).succeeds().json();
    schema.check(&document);
    assert_eq!(document["command"], "compare");
    let results = document["results"].as_array().expect("results are a list");
    assert_eq!(results.len(), mailer_backends::BACKENDS.len());
    for result in results {
        assert_eq!(result["outcome"], "accepted");
        for known in ["flights", "bytes_out", "bytes_in"] {
            assert!(result[known].as_u64().is_some_and(|count| count > 0), "{known}: {result:#}");
        }
        assert!(result["phases"].as_array().is_some_and(|phases| phases.len() >= 10));
    }
    assert!(document["stored"]["equal"].is_boolean());
}

#[test]
fn compare_conforms_to_the_schema_when_messages_are_refused() {
    let fixture = Fixture::start(Config::plain().with_refused_recipient("bob@example.test"));
    let mut command = fixture.command("compare");
    let document = run(command.args(SMALL).arg("--json")).exits(69).json();
    Schema::load("result").check(&document);
    assert_eq!(document["stored"], Value::Null);
}

#[test]
fn the_schema_has_the_names_of_flows_and_phases() {
    let schema: Value = serde_json::from_str(
        &std::fs::read_to_string(schema::path("result")).expect("it is there"),
    )
    .expect("it is JSON");
    let names = |pointer: &str| -> Vec<&str> {
        let names = schema.pointer(pointer).and_then(Value::as_array).expect("it is a list");
        names.iter().filter_map(Value::as_str).collect()
    };
    let flows = names("/$defs/result/properties/flow/enum");
    assert_eq!(flows, Flow::ALL.iter().map(|flow| flow.name()).collect::<Vec<_>>());
    assert_eq!(
        names("/$defs/phase/properties/name/enum"),
        Phase::ALL.iter().map(|phase| phase.name()).collect::<Vec<_>>()
    );
}

#[test]
fn the_schema_refuses_unknown_fields_and_values() {
    let schema = Schema::load("result");
    let fixture = Fixture::start(Config::plain());
    let document = run(fixture.send_small("raw").arg("--json")).succeeds().json();
    schema.check(&document);
    let spoilt = |pointer: &str, change: fn(&mut Value)| {
        let mut document = document.clone();
        change(document.pointer_mut(pointer).expect("it is there"));
        assert!(schema.matches(&document).is_err(), "{pointer}");
    };
    for object in
        ["", "/results/0", "/results/0/reply", "/results/0/phases/0", "/results/0/events/0"]
    {
        spoilt(object, |value| value["more"] = 1.into());
    }
    spoilt("/results/0/outcome", |value| *value = "delivered".into());
    spoilt("/results/0/error", |value| *value = "none".into());
    spoilt("/results/0/phases/0/end_us", |value| *value = 1.5.into());
    spoilt("", |value| drop(value.as_object_mut().and_then(|all| all.remove("stored"))));
}
