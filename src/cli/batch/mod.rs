//! What the batches of all commands share: their arguments, how they end, and what they report at the end.

mod args;
mod format;
pub mod junit;
mod tally;

use std::time::{Duration, Instant};

pub use self::args::BatchArgs;
pub use self::format::{Format, Results};
pub use self::tally::{Answers, Tally};
use super::context::Context;
use super::error::CliError;
use super::exit_status::ExitStatus;
use super::output::terminal;

/// Why a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every line was checked, or with `--fail-fast` all up to the first that is no success.
    Done,
    /// `--deadline` passed before.
    Deadline,
}

/// One run of a batch: its options, and since when it runs.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub answers: Answers,
    pub format: Format,
    fail_fast: bool,
    allow_empty: bool,
    limit: Option<Duration>,
    started: Instant,
}

impl Run {
    /// Begins now; the deadline counts from here.
    pub fn begin(args: &BatchArgs, answers: Answers) -> Self {
        Self {
            answers,
            format: args.format,
            fail_fast: args.fail_fast,
            allow_empty: args.allow_empty,
            limit: args.deadline,
            started: Instant::now(),
        }
    }

    /// When the batch has to end.
    pub fn deadline(&self) -> Option<Instant> {
        self.limit.and_then(|limit| self.started.checked_add(limit))
    }

    /// Whether nothing is checked after a line with this status.
    pub fn stops_at(&self, exit: ExitStatus) -> bool {
        self.fail_fast && exit != ExitStatus::Success
    }

    /// Ends the output, says on standard error what the lines add up to, and gives the exit status for it.
    pub fn end(
        &self,
        ctx: &Context,
        results: Results,
        tally: &Tally,
        end: Result<End, CliError>,
    ) -> Result<ExitStatus, CliError> {
        // The thread that reads typed lines may still be at it.
        terminal::close();
        if matches!(end, Err(CliError::BrokenPipe)) {
            return end.map(|_| ExitStatus::Success);
        }
        let took = self.started.elapsed();
        // A batch without tokens is an error otherwise, and prints nothing.
        if tally.checked > 0 || self.allow_empty {
            results.finish(&ctx.out, &self.answers, tally, took, ctx.now())?;
            ctx.out.note(&tally.summary(&self.answers, took));
        }
        match (end?, self.limit) {
            (End::Deadline, Some(limit)) => Err(CliError::DeadlinePassed {
                limit,
                checked: tally.checked,
            }),
            _ => tally.exit(self.allow_empty),
        }
    }
}
