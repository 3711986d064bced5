//! A command line that clap rejected: the word that it stumbled over, and the lines that differ in that word.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

use super::context::{text, unknown_flag};
use super::correction::Correction;
use crate::cli::command_line::position::{self, Position};

/// A kind of mistake: what the line should have been, if it is of this kind.
pub type Rule = fn(&Typed<'_>) -> Option<Correction>;

/// What the word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedKind {
    /// It is taken for a command.
    Command,
    /// It is taken for an option.
    Flag,
    /// It is taken for a value.
    Value,
}

/// A command line with one wrong word.
#[derive(Debug)]
pub struct Typed<'a> {
    pub error: &'a clap::Error,
    pub argv: &'a [OsString],
    /// The whole program.
    pub program: &'a clap::Command,
    /// The command that the line names.
    pub position: Position<'a>,
    pub kind: TypedKind,
    /// The word as clap names it: of `--flag=value`, the flag.
    pub wrong: &'a str,
    /// Where it stands in `argv`.
    pub at: usize,
}

impl<'a> Typed<'a> {
    /// Reads what clap says; `None` for a mistake that is none of a single unknown word.
    pub fn read(error: &'a clap::Error, argv: &'a [OsString], program: &'a clap::Command) -> Option<Self> {
        let (kind, wrong) = match (error.kind(), unknown_flag(error)) {
            (_, Some(flag)) => (TypedKind::Flag, flag),
            (ErrorKind::UnknownArgument, None) => (TypedKind::Value, text(error, ContextKind::InvalidArg)?),
            (ErrorKind::InvalidSubcommand, None) => (TypedKind::Command, text(error, ContextKind::InvalidSubcommand)?),
            _ => return None,
        };
        let is_wrong = |word: &OsString| {
            let word = word.to_str().unwrap_or_default();
            let is_long = wrong.len() > 2;
            word == wrong
                || word.strip_prefix(wrong).is_some_and(|rest| rest.starts_with('='))
                // Of short options that are written together, clap names one.
                || (!is_long && kind == TypedKind::Flag && !word.starts_with("--") && word.starts_with('-')
                    && wrong.strip_prefix('-').is_some_and(|letter| word.contains(letter)))
        };
        let at = argv.iter().skip(1).position(is_wrong)? + 1;
        let mut typed = Self {
            error,
            argv,
            program,
            position: Position::read(program, argv),
            kind,
            wrong,
            at,
        };
        let before = typed.word_at(at - 1);
        let is_unknown = before.len() > 2 && position::option(typed.position.command, before).is_none();
        if kind == TypedKind::Value && before.starts_with("--") && is_unknown {
            // It was taken for a secret, which may begin with a dash, and so the value of the flag is one too many.
            typed.kind = TypedKind::Flag;
            typed.wrong = before;
            typed.at = at - 1;
        }
        Some(typed)
    }

    /// The word as it was typed.
    pub fn word(&self) -> &'a str {
        self.word_at(self.at)
    }

    /// The word at a place; nothing where there is none.
    pub fn word_at(&self, at: usize) -> &'a str {
        self.argv.get(at).and_then(|word| word.to_str()).unwrap_or_default()
    }

    /// What stands behind the `=` of the word.
    pub fn inline_value(&self) -> Option<&'a str> {
        self.word().strip_prefix(self.wrong)?.strip_prefix('=')
    }

    /// Whether a `--` ends the options.
    pub fn has_separator(&self) -> bool {
        self.argv.iter().any(|word| word == "--")
    }

    /// To run the line with words of the program in the place of `count` words, of which the wrong one is the first.
    pub fn replaced(&self, count: usize, words: &str) -> Correction {
        Correction::Line {
            why: "",
            line: self.with(self.at, count, words.split(' ')),
            short: format!("{} {words}", self.position.typed()),
        }
    }

    /// The line with other words in the place of `count` words at `at`.
    pub fn with<'w>(&self, at: usize, count: usize, words: impl IntoIterator<Item = &'w str>) -> Vec<OsString> {
        let (before, rest) = self.argv.split_at_checked(at).unwrap_or((self.argv, &[]));
        let words = words.into_iter().map(OsString::from);
        let after = rest.iter().skip(count).cloned();
        before.iter().cloned().chain(words).chain(after).collect()
    }
}
