//! A mistake in a seed, with its position.

use std::ops::Range;

/// A mistake in a seed, with its position: `line 12, column 8: unknown tool …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct SeedError {
    line: usize,
    column: usize,
    message: String,
}

impl SeedError {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, counted from 1 in characters.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The mistake, without its position.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A mistake at the start of `span`, in bytes of `text`.
    pub(super) fn at(text: &str, span: &Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.chars().count() - before.get(..line_start).unwrap_or_default().chars().count() + 1,
            message: message.into(),
        }
    }

    /// An error of the TOML parser, whose message may have several lines.
    pub(super) fn toml(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self::at(text, &error.span().unwrap_or_default(), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_counted_from_one_and_in_characters() {
        for (start, position) in [(0, (1, 1)), (3, (1, 3)), (4, (2, 1)), (5, (2, 2)), (99, (2, 2))] {
            let error = SeedError::at("aé\nb", &(start..start), "x");
            assert_eq!((error.line(), error.column()), position, "byte {start}");
        }
        assert_eq!(SeedError::at("a", &(0..0), "x").to_string(), "line 1, column 1: x");
    }
}
