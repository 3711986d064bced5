//! What is said of a spec that is none.

use super::spec::Fault;
use super::word;

/// Why a spec is none, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FaultError {
    pub(super) message: String,
    pub(super) hint: String,
}

impl FaultError {
    /// What to write instead: the nearest spec that is one, or what there is to choose from.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    pub(super) fn write(message: impl Into<String>, instead: &str) -> Self {
        let hint = format!("write `{instead}`");
        let message = message.into();
        Self { message, hint }
    }

    /// A word that is none. `with` puts another in its place.
    pub(super) fn unknown(message: String, word: &str, all: &[&str], with: impl Fn(&str) -> String) -> Self {
        let Some(near) = word::nearest(word, all.iter().copied()) else {
            let hint = format!("choose from {}", all.join(", "));
            return Self { message, hint };
        };
        let instead = with(near);
        // Where more is wrong, what is right for the rest.
        let hint = match instead.parse::<Fault>() {
            Ok(_) => format!("write `{instead}`"),
            Err(error) => error.hint,
        };
        Self { message, hint }
    }
}
