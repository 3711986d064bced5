//! How the results of a batch are printed: JSON line by line, or a JUnit document at the end.

use std::time::Duration;

use super::junit::Document;
use super::{Answers, Tally};
use crate::cli::error::CliError;
use crate::cli::output::Out;

/// The formats of a batch's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One JSON object per line
    Json,
    /// One JUnit XML document, with a test case per line
    Junit,
}

/// Where the results go, in the order of the lines.
#[derive(Debug)]
pub enum Results {
    Json,
    Junit(Document),
}

impl Results {
    pub fn new(format: Format, json: bool) -> Result<Self, CliError> {
        match format {
            Format::Json => Ok(Self::Json),
            Format::Junit if json => Err(CliError::usage(
                "`--json` and `--format junit` exclude each other",
                "leave one of the two out",
            )),
            Format::Junit => Ok(Self::Junit(Document::new())),
        }
    }

    /// Takes results that are serialized in the format.
    pub fn write(&mut self, out: &Out, results: &[u8]) -> Result<(), CliError> {
        match self {
            Self::Json => out.bytes(results),
            Self::Junit(document) => document.append(results),
        }
    }

    /// Prints what has to follow the last result.
    pub fn finish(self, out: &Out, answers: &Answers, tally: &Tally, took: Duration, now: i64) -> Result<(), CliError> {
        match self {
            Self::Json => Ok(()),
            Self::Junit(document) => document.print(out, answers, tally, took, now),
        }
    }
}
