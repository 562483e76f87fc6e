//! A contender's process, with its requests and responses in memory.

use super::*;
use crate::{floor, serialized_server::SerializedServer};

/// Returns the responses to these requests.
fn responses(requests: &[WorkerRequest]) -> Vec<WorkerResponse> {
    let mut lines = Vec::new();
    requests.iter().for_each(|request| json_lines::write(&mut lines, request).unwrap());
    let mut written = Vec::new();
    work(&floor::nothing(), std::io::Cursor::new(lines), &mut written).unwrap();
    let mut from = written.as_slice();
    std::iter::from_fn(|| json_lines::read(&mut from).unwrap()).collect()
}

fn prepare(recipient: &str) -> WorkerRequest {
    WorkerRequest::Prepare(Box::new(Job {
        server: SerializedServer::new(&"smtp://localhost:1?tls=none".parse().unwrap()),
        routes: Vec::new(),
        workload: Workload::Throughput,
        message_size: 300,
        sender: None,
        mails: Mails { recipients: vec![recipient.into()], ..Mails::default() },
        cores: Vec::new(),
    }))
}

fn slice(connections: usize, limit: Limit, rate: Option<f64>) -> WorkerRequest {
    let slice = Slice { route: 0, connections, limit, cutoff: None, rate, progress: None };
    WorkerRequest::Run(slice)
}

#[test]
fn an_invalid_job_is_reported_and_not_worked_on() {
    let run = slice(1, Limit::Count(3), None);
    let responses = responses(&[prepare("no address"), run, WorkerRequest::ReportPeakMemory]);
    assert!(matches!(
        responses.as_slice(),
        [WorkerResponse::Failed(why), WorkerResponse::Failed(_), WorkerResponse::PeakMemory(_)]
            if why.kind() == Kind::Message
    ));
}

#[test]
fn work_stops_when_the_other_process_ends() {
    // The requests end before the slice does, which would take a quarter of an hour.
    let run = slice(2, Limit::Time(Duration::from_secs(900)), Some(5.0));
    let responses = responses(&[prepare("bob@example.test"), run]);
    let [WorkerResponse::Ready, WorkerResponse::Done(result)] = responses.as_slice() else {
        panic!("{} responses", responses.len());
    };
    assert!(result.outcomes.accepted <= 5 && result.elapsed < Duration::from_secs(60));
}
