//! One check of `noesis doctor`: its name, its result and what to do about it.

use serde::Serialize;

use crate::cli::error::{CliError, Hint};

/// The result of one check.
#[derive(Debug, Serialize)]
pub struct DoctorCheck {
    pub name: &'static str,
    pub result: CheckStatus,
    pub detail: String,
    pub hint: Option<Hint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    Pass,
    Warn,
    Fail,
    Skip,
}

impl DoctorCheck {
    fn new(name: &'static str, result: CheckStatus, detail: impl Into<String>, hint: Option<Hint>) -> Self {
        Self {
            name,
            result,
            detail: detail.into(),
            hint,
        }
    }

    pub fn pass(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckStatus::Pass, detail, None)
    }

    pub fn skip(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, CheckStatus::Skip, detail, None)
    }

    pub fn warn(name: &'static str, detail: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::new(name, CheckStatus::Warn, detail, Some(hint.into()))
    }

    pub fn fail(name: &'static str, detail: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::new(name, CheckStatus::Fail, detail, Some(hint.into()))
    }

    /// A failure with the message and the hint that any other command ends with, or else the hint `otherwise`.
    pub fn error(name: &'static str, error: &CliError, otherwise: impl Into<Hint>) -> Self {
        let report = error.report();
        Self::fail(name, report.message, report.hint.unwrap_or_else(|| otherwise.into()))
    }

    /// The check of a run whose profile was named by a flag.
    pub fn for_profile(mut self, profile: &str) -> Self {
        self.hint = self.hint.map(|hint| hint.for_profile(profile));
        self
    }

    pub fn failed(&self) -> bool {
        self.result == CheckStatus::Fail
    }
}
