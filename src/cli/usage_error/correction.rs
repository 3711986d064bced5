//! What to do about a mistake: a command line that is right, or advice where no line would be.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};

use super::LONGEST_WORD;
use crate::cli::shell;

/// What to do about a mistake.
#[derive(Debug)]
pub enum Correction {
    /// To run a line.
    Line {
        /// What to change, where the line alone does not say it.
        why: &'static str,
        /// The line, the program's name first.
        line: Vec<OsString>,
        /// The same without the user's own words, some of which may be secrets.
        short: String,
    },
    /// To do something else.
    Advice(String),
}

impl Correction {
    /// To run a line that has none of the user's own words.
    pub fn short(why: &'static str, line: String) -> Self {
        Self::Line {
            why,
            line: line.split(' ').map(OsString::from).collect(),
            short: line,
        }
    }
}

impl Display for Correction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { why, line, short } => {
                let line = whole(line);
                write!(f, "{why}run `{}`", line.as_ref().unwrap_or(short))
            }
            Self::Advice(advice) => f.write_str(advice),
        }
    }
}

/// A line as it is typed; `None` where it has a word that is not repeated.
fn whole(line: &[OsString]) -> Option<String> {
    let words: Option<Vec<&str>> = line.iter().skip(1).map(|word| word.to_str()).collect();
    let words = words.filter(|words| words.iter().all(|word| word.chars().count() <= LONGEST_WORD))?;
    shell::join(words).map(|words| format!("noesis {words}").trim_end().to_owned())
}
