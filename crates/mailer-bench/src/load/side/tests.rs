//! A process of a run, over a pipe in memory.

use std::sync::Arc;

use mailer::{Mail, Mailer, Receipt, Reply, Trace};

use super::*;
use crate::load::{Limit, Work, target::Target};

/// Says that all is well.
struct Nothing;

impl Mailer for Nothing {
    fn open(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn send(&mut self, _: &Mail) -> Receipt {
        Receipt::accepted(Vec::new(), Reply::new(250, "of course"))
    }

    fn close(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn trace_to(&mut self, _: Option<Arc<dyn Trace>>) {}
}

fn contender() -> Contender {
    Contender {
        name: "nothing".into(),
        measured_only: true,
        flow: None,
        make: Box::new(|_| Ok(Box::new(Nothing))),
    }
}

/// What is answered to these orders.
fn answers(orders: &[Order]) -> Vec<Answer> {
    let mut lines = Vec::new();
    orders.iter().for_each(|order| say(&mut lines, order).unwrap());
    let mut answered = Vec::new();
    contend(&contender(), std::io::Cursor::new(lines), &mut answered).unwrap();
    let mut from = answered.as_slice();
    std::iter::from_fn(|| hear(&mut from).unwrap()).collect()
}

fn prepare(recipient: &str) -> Order {
    Order::Prepare(Box::new(Job {
        target: Target::of(&"smtp://localhost:1?tls=none".parse().unwrap()),
        routes: Vec::new(),
        work: Work::Throughput,
        octets: 300,
        sender: None,
        recipients: vec![recipient.into()],
        cores: Vec::new(),
    }))
}

#[test]
fn a_job_that_cannot_be_done_is_told_and_not_worked_on() {
    let run = Slice {
        route: 0,
        connections: 1,
        limit: Limit::Mails(3),
        cutoff: None,
        rate: None,
        progress: None,
    };
    let answers = answers(&[prepare("no address"), Order::Run(run), Order::Peak]);
    assert!(matches!(
        answers.as_slice(),
        [Answer::Failed(why), Answer::Failed(_), Answer::Peak(_)] if why.kind() == Kind::Message
    ));
}

#[test]
fn who_is_gone_gets_no_more_work_done() {
    // Its orders end before the slice does, which would take a quarter of an hour.
    let long = Limit::Time(Duration::from_secs(900));
    let run = Slice {
        route: 0,
        connections: 2,
        limit: long,
        cutoff: None,
        rate: Some(5.0),
        progress: None,
    };
    let answers = answers(&[prepare("bob@example.test"), Order::Run(run)]);
    let [Answer::Ready, Answer::Done(account)] = answers.as_slice() else {
        panic!("{} answers", answers.len());
    };
    assert!(account.outcomes.accepted <= 5 && account.elapsed < Duration::from_secs(60));
}
