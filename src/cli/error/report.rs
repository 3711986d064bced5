//! An error as it is reported: as text, and as the error document of `--json`.

use serde::Serialize;

use super::hint::Hint;
use crate::cli::exit_status::ExitStatus;

/// An error as it is reported.
#[derive(Debug, Serialize)]
pub struct Report {
    pub code: &'static str,
    /// The HTTP status; 0 where there was none.
    pub status: u16,
    pub message: String,
    pub hint: Option<Hint>,
    pub retryable: bool,
    /// The exit status of the process.
    #[serde(skip)]
    pub exit: ExitStatus,
}

impl Report {
    /// The report of a run whose profile was named by a flag.
    pub fn for_profile(mut self, profile: &str) -> Self {
        self.hint = self.hint.map(|hint| hint.for_profile(profile));
        self
    }
}
