//! The queue of expected replies. Replies are matched by counting only (RFC 2920 §3.1).

use std::collections::VecDeque;

use mailer::Step;

/// The replies that the session expects, the next one first.
#[derive(Debug)]
pub(super) struct ReplyQueue {
    expected: VecDeque<Expected>,
    /// The step of the last reply.
    last_step: Step,
    /// The number of replies so far.
    number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Expected {
    step: Step,
    /// The position in the stream of written bytes where the command ends: its reply is due once the
    /// stream has been written that far.
    position: u64,
}

impl ReplyQueue {
    pub(super) fn new() -> Self {
        Self { expected: VecDeque::new(), last_step: Step::Greeting, number: 0 }
    }

    /// Expects a reply to the command that ends at this position of the stream.
    pub(super) fn push(&mut self, step: Step, position: u64) {
        self.expected.push_back(Expected { step, position });
    }

    /// Returns the step of the next reply.
    pub(super) fn next_step(&self) -> Option<Step> {
        self.expected.front().map(|expected| expected.step)
    }

    /// Returns the position where the next reply's command ends.
    pub(super) fn next_position(&self) -> Option<u64> {
        self.expected.front().map(|expected| expected.position)
    }

    /// Returns the step of the last command that has no reply yet.
    pub(super) fn last_unanswered(&self) -> Option<Step> {
        self.expected.back().map(|expected| expected.step)
    }

    /// Counts a reply.
    pub(super) fn count(&mut self) {
        self.number += 1;
    }

    /// Removes and returns the step of the next reply.
    pub(super) fn pop(&mut self) -> Option<Step> {
        self.expected.pop_front().map(|expected| expected.step)
    }

    /// Remembers the step that a reply was matched with.
    pub(super) fn matched(&mut self, step: Step) {
        self.last_step = step;
    }

    /// Returns the step of the last reply.
    pub(super) fn last_step(&self) -> Step {
        self.last_step
    }

    /// Returns the number of replies so far: each reply has a deadline of its own.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn len(&self) -> usize {
        self.expected.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.expected.clear();
    }
}
