//! The faults of a running server, and how often each has matched.

use std::{
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use crate::{
    fault::{Action, Clock, Fault, Point, matches_pattern},
    transaction::Transaction,
};

/// The faults of a running server, which can be replaced at any time.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    list: RwLock<Vec<Counted>>,
    /// Whether there is any, so that a server without faults takes no lock.
    any: AtomicBool,
}

/// A fault with the times at which its point and conditions have matched.
#[derive(Debug)]
struct Counted {
    fault: Fault,
    clock: Clock,
}

/// What the conditions of faults are compared with when a session reaches a point.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    /// The text that [`Fault::when`] searches.
    pub(crate) text: String,
    /// The sender, once it is known; empty for the null reverse-path.
    pub(crate) sender: Option<String>,
    /// The recipients that the point is about.
    pub(crate) recipients: Vec<String>,
}

impl Scene {
    /// Returns a scene outside of a transaction.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Returns a scene of a transaction, without its text.
    pub(crate) fn in_transaction(transaction: Option<&Transaction>) -> Self {
        let sender = transaction.map(|it| it.sender.clone().unwrap_or_default());
        let recipients = transaction.map(|it| it.recipients.clone()).unwrap_or_default();
        Self { text: String::new(), sender, recipients }
    }

    /// Returns whether all conditions of the fault are met.
    fn meets(&self, fault: &Fault) -> bool {
        let has =
            |wanted: &String| self.text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase());
        let is_from = |pattern: &String| {
            self.sender.as_ref().is_some_and(|sender| matches_pattern(pattern, sender))
        };
        let is_to = |pattern: &String| {
            self.recipients.iter().any(|recipient| matches_pattern(pattern, recipient))
        };
        fault.when.as_ref().is_none_or(has)
            && fault.sender.as_ref().is_none_or(is_from)
            && fault.recipient.as_ref().is_none_or(is_to)
    }
}

impl ActiveFaults {
    pub(crate) fn new(faults: impl IntoIterator<Item = Fault>) -> Self {
        let active = Self::default();
        active.set(faults);
        active
    }

    /// Replaces all faults. Their counts begin at 0.
    pub(crate) fn set(&self, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter();
        let counted = faults.map(|fault| Counted { fault, clock: Clock::default() });
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        *list = counted.collect();
        self.any.store(!list.is_empty(), Ordering::SeqCst);
    }

    /// Returns whether the server has faults, and so needs the texts that they may search.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::SeqCst)
    }

    /// Counts each fault that matches, and returns the actions of the first one that applies.
    pub(crate) fn reach(&self, point: Point, scene: &Scene) -> Option<Vec<Action>> {
        if !self.any() {
            return None;
        }
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let (now, mut actions) = (Instant::now(), None);
        let here = list.iter().filter(|counted| counted.fault.at == point);
        for counted in here.filter(|counted| scene.meets(&counted.fault)) {
            if counted.clock.tick(counted.fault.times, now) && actions.is_none() {
                actions = Some(counted.fault.then.clone());
            }
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(faults: &ActiveFaults, point: Point, texts: &[&str]) -> Vec<bool> {
        let fire = |text: &&str| faults.reach(point, &Scene::new(text)).is_some();
        texts.iter().map(fire).collect()
    }

    #[test]
    fn a_fault_applies_the_times_that_it_names() {
        let nth = ActiveFaults::new([Fault::at(Point::Mail).nth(2).reply("450 no")]);
        assert_eq!(fired(&nth, Point::Mail, &["", "", ""]), [false, true, false]);
        assert_eq!(fired(&nth, Point::Rcpt, &[""]), [false]);
        let first = ActiveFaults::new([Fault::at(Point::Mail).first(2).reply("450 no")]);
        assert_eq!(fired(&first, Point::Mail, &["", "", ""]), [true, true, false]);
    }

    #[test]
    fn a_text_is_found_in_any_case_and_counted_by_itself() {
        let faults = ActiveFaults::new([Fault::at(Point::Rcpt).when("Bob@").nth(2).close()]);
        let texts = ["RCPT TO:<BOB@b>", "RCPT TO:<ann@b>", "rcpt to:<bob@b>", "RCPT TO:<bob@b>"];
        assert_eq!(fired(&faults, Point::Rcpt, &texts), [false, false, true, false]);
    }

    #[test]
    fn sender_and_recipient_are_compared_with_the_transaction() {
        let fault =
            Fault::at(Point::Rcpt).from_sender("ann@*").to_recipient("*@example.test").close();
        let faults = ActiveFaults::new([fault]);
        let reach = |sender: Option<&str>, recipients: &[&str]| {
            let recipients = recipients.iter().map(|&it| it.to_owned()).collect();
            let scene = Scene { sender: sender.map(str::to_owned), recipients, ..Scene::default() };
            faults.reach(Point::Rcpt, &scene).is_some()
        };
        assert!(reach(Some("ann@b.test"), &["cid@b.test", "bob@example.test"]));
        assert!(!reach(Some("bob@b.test"), &["bob@example.test"]));
        assert!(!reach(Some("ann@b.test"), &["bob@b.test"]));
        assert!(!reach(None, &["bob@example.test"]) && !reach(Some("ann@b.test"), &[]));
    }

    #[test]
    fn the_first_fault_that_applies_wins_and_all_count() {
        let faults = ActiveFaults::new([
            Fault::at(Point::Noop).nth(1).reply("450 first"),
            Fault::at(Point::Noop).first(2).reply("450 second"),
        ]);
        let reply = || faults.reach(Point::Noop, &Scene::default());
        assert_eq!(reply(), Some(vec![Action::Reply("450 first".into())]));
        assert_eq!(reply(), Some(vec![Action::Reply("450 second".into())]));
        assert_eq!(reply(), None);
    }

    #[test]
    fn new_faults_replace_the_old_ones() {
        let faults = ActiveFaults::new([Fault::at(Point::Noop).close()]);
        faults.set([]);
        assert_eq!(fired(&faults, Point::Noop, &[""]), [false]);
        faults.set([Fault::at(Point::Noop).nth(1).close()]);
        assert_eq!(fired(&faults, Point::Noop, &["", ""]), [true, false]);
    }
}
