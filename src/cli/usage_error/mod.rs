//! A command line that clap rejects: reported as every error is, with a hint that works when pasted.
//!
//! Help and version come from clap as errors too, and are answers. Everything here is made of the error's kind and
//! context, and of the commands as clap knows them; the page that clap would print is not read.

mod context;
mod correction;
mod flags;
mod habits;
mod hint;
mod typed;
mod words;

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use self::context::{text, texts, unknown_flag};
use super::error::CliError;
use super::exit_status::ExitStatus;
use super::output::{ColorChoice, Out};

/// The longest word of a command line that is repeated in full: a longer one may be a secret, and logs are kept.
const LONGEST_WORD: usize = 40;

/// Shows what clap answers to a command line, and returns the exit status.
pub fn show(error: &clap::Error, argv: &[OsString], plain: bool) -> ExitStatus {
    let json = argv.iter().any(|word| word == "--json");
    let out = Out::new(json, false, false, ColorChoice::Auto, plain);
    let failure = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match out.help(&error.render()) {
            Ok(()) => return ExitStatus::Success,
            Err(failure) => failure,
        },
        // Without a command the help is the answer, as it lists them.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            out.help_unasked(&error.render());
            return ExitStatus::Usage;
        }
        _ => usage(error, argv),
    };
    let report = failure.report();
    out.error(&report);
    report.exit
}

/// The error of a rejected command line: what is wrong, and the nearest command line that would be accepted.
fn usage(error: &clap::Error, argv: &[OsString]) -> CliError {
    let hint = hint::of(error, argv);
    CliError::usage(without_long_words(message(error), argv), without_long_words(hint, argv))
}

/// What is wrong, in clap's terms.
fn message(error: &clap::Error) -> String {
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = text(error, ContextKind::InvalidValue).unwrap_or_default();
    let number = |kind| match error.get(kind) {
        Some(ContextValue::Number(number)) => *number,
        _ => 0,
    };
    if let Some(flag) = unknown_flag(error) {
        return format!("unexpected argument `{flag}` found");
    }
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "no command was given".to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("unrecognized subcommand `{name}`")
        }
        ErrorKind::UnknownArgument => format!("unexpected argument `{argument}` found"),
        ErrorKind::MissingRequiredArgument => {
            let missing = texts(error, ContextKind::InvalidArg).join("`, `");
            format!("the following required arguments were not provided: `{missing}`")
        }
        ErrorKind::InvalidValue | ErrorKind::NoEquals if value.is_empty() => {
            format!("a value is required for `{argument}` but none was supplied")
        }
        ErrorKind::InvalidValue => {
            let possible = texts(error, ContextKind::ValidValue).join(", ");
            format!("invalid value `{value}` for `{argument}` [possible values: {possible}]")
        }
        ErrorKind::ValueValidation => match error.source() {
            Some(source) => format!("invalid value `{value}` for `{argument}`: {source}"),
            None => format!("invalid value `{value}` for `{argument}`"),
        },
        ErrorKind::TooManyValues => {
            format!("unexpected value `{value}` for `{argument}` found; no more were expected")
        }
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!(
            "{} values are required for `{argument}`, and {} were provided",
            number(ContextKind::MinValues).max(number(ContextKind::ExpectedNumValues)),
            number(ContextKind::ActualNumValues)
        ),
        ErrorKind::ArgumentConflict => match texts(error, ContextKind::PriorArg).as_slice() {
            [one] if one == argument => format!("the argument `{argument}` cannot be used multiple times"),
            others => format!(
                "the argument `{argument}` cannot be used with `{}`",
                others.join("`, `")
            ),
        },
        other => other.as_str().unwrap_or("the command line cannot be read").to_owned(),
    }
}

/// A text in which the long words of the command line, which may be secrets, are cut.
fn without_long_words(mut text: String, argv: &[OsString]) -> String {
    for word in argv.iter().skip(1).filter_map(|word| word.to_str()) {
        if word.chars().count() > LONGEST_WORD {
            let start: String = word.chars().take(8).collect();
            text = text.replace(word, &format!("{start}…"));
        }
    }
    text
}

#[cfg(test)]
mod tests;
