//! The hint of a rejected command line: the first rule that knows a line which is right.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::context::advice;
use super::correction::Correction;
use super::typed::{Typed, TypedKind};
use super::{flags, words};
use crate::cli::command_line::{self, position::Position};

/// How many mistakes of one line are corrected at most.
const MISTAKES: usize = 3;

/// What to do about a rejected command line.
pub fn of(error: &clap::Error, argv: &[OsString]) -> String {
    let program = command_line::built();
    if let Some(correction) = correction(error, argv, &program, MISTAKES) {
        return correction.to_string();
    }
    advice(error).unwrap_or_else(|| format!("run `{} --help`", Position::read(&program, argv).typed()))
}

fn correction(error: &clap::Error, argv: &[OsString], program: &clap::Command, mistakes: usize) -> Option<Correction> {
    if let Some(correction) =
        words::possible_value(error, argv).or_else(|| words::missing_command(error, argv, program))
    {
        return Some(correction);
    }
    let typed = Typed::read(error, argv, program)?;
    let settled = |correction| settled(correction, program, mistakes);
    match typed.kind {
        TypedKind::Command => words::of_command(&typed).find_map(settled),
        TypedKind::Flag => flags::proposals(&typed).find_map(settled),
        TypedKind::Value => words::of_value(&typed).find_map(settled),
    }
}

/// A proposal of which nothing is left to correct; one that only helps to the next error is none.
fn settled(proposal: Correction, program: &clap::Command, mistakes: usize) -> Option<Correction> {
    let Correction::Line { why, line, short } = proposal else {
        return Some(proposal);
    };
    let error = match command_line::parse(&line) {
        Ok(_) => return Some(Correction::Line { why, line, short }),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        // What the user has not typed yet is named by the next error.
        | ErrorKind::MissingRequiredArgument => Some(Correction::Line { why, line, short }),
        _ if mistakes < 2 => None,
        _ => match correction(&error, &line, program, mistakes - 1)? {
            Correction::Line { why: next, line, short } => Some(Correction::Line {
                why: if why.is_empty() { next } else { why },
                line,
                short,
            }),
            Correction::Advice(_) => None,
        },
    }
}
