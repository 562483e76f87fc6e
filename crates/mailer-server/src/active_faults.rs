//! The faults of a running server, and how often each has matched.

use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::fault::{Action, Fault, Point};

/// The faults of a running server, which can be replaced at any time.
#[derive(Debug, Default)]
pub(crate) struct ActiveFaults {
    list: RwLock<Vec<Counted>>,
    /// Whether there is any, so that a server without faults takes no lock.
    any: AtomicBool,
}

/// A fault with the number of times that its point and text have matched.
#[derive(Debug)]
struct Counted {
    fault: Fault,
    matched: AtomicU64,
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
        let counted = faults.map(|fault| Counted { fault, matched: AtomicU64::new(0) });
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        *list = counted.collect();
        self.any.store(!list.is_empty(), Ordering::SeqCst);
    }

    /// Returns whether the server has faults, and so needs the texts that they may search.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::SeqCst)
    }

    /// Counts each fault that matches, and returns the actions of the first one that applies.
    pub(crate) fn reach(&self, point: Point, text: impl FnOnce() -> String) -> Option<Vec<Action>> {
        if !self.any() {
            return None;
        }
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let here = || list.iter().filter(|counted| counted.fault.at == point);
        let searches = here().any(|counted| counted.fault.when.is_some());
        let text = if searches { text().to_ascii_lowercase() } else { String::new() };
        let mut actions = None;
        for counted in here().filter(|counted| matches(&counted.fault, &text)) {
            let time = counted.matched.fetch_add(1, Ordering::SeqCst) + 1;
            if actions.is_none() && counted.fault.times.include(time) {
                actions = Some(counted.fault.then.clone());
            }
        }
        actions
    }
}

/// Returns whether the text, in lower case, has what the fault searches.
fn matches(fault: &Fault, text: &str) -> bool {
    fault.when.as_ref().is_none_or(|wanted| text.contains(&wanted.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(faults: &ActiveFaults, point: Point, texts: &[&str]) -> Vec<bool> {
        let fire = |text: &&str| faults.reach(point, || (*text).to_owned()).is_some();
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
    fn the_first_fault_that_applies_wins_and_all_count() {
        let faults = ActiveFaults::new([
            Fault::at(Point::Noop).nth(1).reply("450 first"),
            Fault::at(Point::Noop).first(2).reply("450 second"),
        ]);
        let reply = || faults.reach(Point::Noop, String::new);
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
