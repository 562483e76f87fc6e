//! The progress bar of a run.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mailer::escape;
use mailer_bench::load::Progress;

/// The steps of the bar, more than a terminal has columns.
const STEPS: u64 = 1000;

/// A bar on stderr, removed when dropped. Nothing is drawn if stderr is not a terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, progress: Progress<'_>) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "`done` is from 0 to 1"
        )]
        let step = (progress.done * STEPS as f64) as u64;
        self.0.set_position(step);
        let part = match progress.round {
            0 => "warm-up".to_owned(),
            round => format!("round {round}"),
        };
        self.0.set_message(format!("{part}: {}", escape(progress.contender)));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
