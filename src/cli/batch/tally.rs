//! What the lines of a batch add up to: the exit status, and the line that says so at the end.

use std::time::Duration;

use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::time;

/// What a command calls its answers.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    /// The command.
    pub command: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
}

/// The results of the lines so far.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// How many lines were checked, those that failed among them.
    pub checked: u64,
    /// How many got a no.
    pub refused: u64,
    /// How many failed.
    pub failed: u64,
    /// The exit status for those that failed.
    failure: Option<ExitStatus>,
}

impl Tally {
    pub fn count(&mut self, exit: ExitStatus) {
        self.checked += 1;
        match exit {
            ExitStatus::Success => {}
            ExitStatus::No => self.refused += 1,
            exit => {
                self.failed += 1;
                self.fail(exit);
            }
        }
    }

    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.refused += other.refused;
        self.failed += other.failed;
        if let Some(exit) = other.failure {
            self.fail(exit);
        }
    }

    /// The lowest status counts, so that the order of the lines does not matter.
    fn fail(&mut self, exit: ExitStatus) {
        let before = self.failure.filter(|before| before.number() <= exit.number());
        self.failure = before.or(Some(exit));
    }

    /// One line for a person: how many there were of each kind, and how fast.
    pub fn summary(&self, answers: &Answers, took: Duration) -> String {
        let accepted = self.checked - self.refused - self.failed;
        let (yes, no) = (answers.yes, answers.no);
        let rate = self.checked as f64 / took.as_secs_f64().max(0.001);
        format!(
            "{} in {} ({rate:.0} a second): {accepted} {yes}, {} {no}, {} failed",
            time::counted(self.checked, "token"),
            time::span(took),
            self.refused,
            self.failed
        )
    }

    /// A line that failed outranks a no, as nothing is known of it. That nothing was checked is an error, unless it is
    /// allowed: a gate must not open on a list that is missing.
    pub fn exit(self, allow_empty: bool) -> Result<ExitStatus, CliError> {
        if self.checked == 0 && !allow_empty {
            return Err(CliError::usage(
                "the batch holds no token: nothing was checked",
                "write one token on each line, or add `--allow-empty` if there may be none",
            ));
        }
        Ok(self.failure.unwrap_or(ExitStatus::of_answer(self.refused == 0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_is_the_same_in_every_order_of_the_lines() {
        use ExitStatus::{Failure, No, Success, Unavailable, Usage};
        for (exits, expected) in [
            (&[Success, Success][..], Success),
            (&[Success, No, Success], No),
            (&[No, Unavailable, Success], Unavailable),
            (&[No, Unavailable, Failure], Failure),
            (&[Usage, Unavailable, No], Usage),
        ] {
            let forward = exits.iter().copied();
            for exits in [forward.clone().collect::<Vec<_>>(), forward.rev().collect()] {
                let (mut whole, mut sum) = (Tally::default(), Tally::default());
                for exit in exits {
                    let mut one = Tally::default();
                    one.count(exit);
                    whole.count(exit);
                    sum.add(one);
                }
                assert_eq!(
                    (whole.exit(false).unwrap(), sum.exit(true).unwrap()),
                    (expected, expected)
                );
            }
        }
    }

    #[test]
    fn nothing_to_check_is_an_error_unless_it_is_allowed() {
        assert_eq!(Tally::default().exit(true).unwrap(), ExitStatus::Success);
        assert_eq!(
            Tally::default().exit(false).unwrap_err().report().exit,
            ExitStatus::Usage
        );
    }

    #[test]
    fn the_summary_counts_every_kind_of_line_and_the_rate() {
        let mut tally = Tally::default();
        for (exit, count) in [
            (ExitStatus::Success, 180),
            (ExitStatus::No, 15),
            (ExitStatus::Failure, 3),
            (ExitStatus::Unavailable, 2),
        ] {
            (0..count).for_each(|_| tally.count(exit));
        }
        let answers = Answers {
            command: "introspect",
            yes: "active",
            no: "inactive",
        };
        assert_eq!(
            tally.summary(&answers, Duration::from_millis(2500)),
            "200 tokens in 2.5 seconds (80 a second): 180 active, 15 inactive, 5 failed"
        );
        assert_eq!(
            Tally::default().summary(&answers, Duration::ZERO),
            "0 tokens in 0 seconds (0 a second): 0 active, 0 inactive, 0 failed"
        );
    }
}
