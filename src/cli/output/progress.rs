//! How far a long piece of work has come: a bar on a terminal's standard error, nothing anywhere else.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar, or nothing.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over so many bytes, or a running count where nobody knows how many there will be.
    pub(super) fn new(visible: bool, length: Option<u64>) -> Self {
        if !visible {
            return Self(ProgressBar::hidden());
        }
        let (bar, template) = match length {
            Some(length) => (
                ProgressBar::new(length),
                "{msg} tokens {wide_bar} {percent}%, {eta} left",
            ),
            None => (ProgressBar::no_length(), "{msg} tokens {spinner}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        // A template that cannot be read leaves the crate's own.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// One more token is done, which was so many bytes of the input.
    pub fn advance(&mut self, bytes: usize, done: u64) {
        self.0.set_message(done.to_string());
        self.0.inc(bytes as u64);
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}
