//! A command line that clap does not take: told as every error is, with a hint that works when pasted.
//!
//! Help and version come from clap as errors too, and are answers.

use std::borrow::Cow;
use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command_line::Cli;
use super::error::CliError;
use super::exit_status::ExitStatus;
use super::output::{ColorChoice, Out};

/// Tells what clap says, and returns the exit status.
pub fn tell(error: &clap::Error, argv: &[OsString], plain: bool) -> ExitStatus {
    let json = argv.iter().any(|word| word == "--json");
    let out = Out::new(json, false, false, ColorChoice::Auto, plain);
    let failure = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match out.help(&error.render()) {
            Ok(()) => return ExitStatus::Success,
            Err(failure) => failure,
        },
        // Who names no command wants to know which there are.
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

/// clap's words as an error of ours: what happened, and the nearest command line that would be taken.
fn usage(error: &clap::Error, argv: &[OsString]) -> CliError {
    let rendered = error.render().to_string();
    let command = command_of(&rendered).unwrap_or_else(|| command_in(argv));
    let help = format!("run `{command} --help`");
    let (message, hint) = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            ("no command was given".to_owned(), help)
        }
        _ => (
            message(&rendered),
            mended(error, &command, argv).or_else(|| tip(&rendered)).unwrap_or(help),
        ),
    };
    CliError::usage(without_long_words(message, argv), without_long_words(hint, argv))
}

/// What happened: clap's first line, and what is missing, or may be given, which stands on lines of its own.
fn message(rendered: &str) -> String {
    let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().trim_start_matches("error: ");
    let details =
        lines.take_while(|l| !l.starts_with("Usage:") && !l.starts_with("tip:") && !l.starts_with("For more"));
    std::iter::once(first)
        .chain(details)
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\'', "`")
}

/// clap's own advice, where it has some.
fn tip(rendered: &str) -> Option<String> {
    let tip = rendered
        .lines()
        .map(str::trim)
        .find_map(|line| line.strip_prefix("tip: "));
    tip.map(|tip| tip.replace('\'', "`"))
}

/// The command line with its mistyped word put right.
fn mended(error: &clap::Error, command: &str, argv: &[OsString]) -> Option<String> {
    let (wrong, right) = match error.kind() {
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        ErrorKind::InvalidValue => (ContextKind::InvalidValue, ContextKind::SuggestedValue),
        _ => return None,
    };
    let (wrong, right) = (said(error, wrong)?, said(error, right)?);
    // Of a flag, clap's suggestion may hold the name of its value too.
    let right = right.split(' ').next().unwrap_or(right);
    let words: Option<Vec<String>> = argv
        .iter()
        .skip(1)
        .map(|word| put_right(word.to_str()?, wrong, right))
        .collect();
    let whole = words.filter(|words| words.iter().all(|word| word.chars().count() <= 40));
    let whole = whole.and_then(|words| words.iter().map(|word| quoted(word)).collect::<Option<Vec<_>>>());
    let line = match (whole, error.kind()) {
        (Some(words), _) => format!("noesis {}", words.join(" ")),
        (None, ErrorKind::InvalidValue) => return None,
        (None, _) => format!("{command} {right}"),
    };
    Some(format!("run `{line}`"))
}

/// A word as a shell takes it. `--flag=value`, which any shell takes, stays as people write it.
fn quoted(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Some(word.to_owned());
    }
    shlex::try_quote(word).ok().map(Cow::into_owned)
}

fn put_right(word: &str, wrong: &str, right: &str) -> Option<String> {
    if word == wrong {
        return Some(right.to_owned());
    }
    match word.split_once('=') {
        Some((flag, value)) if flag == wrong => Some(format!("{right}={value}")),
        Some((flag, value)) if value == wrong => Some(format!("{flag}={right}")),
        _ => Some(word.to_owned()),
    }
}

/// A text that clap has put into its error; of several suggestions the nearest, which is the last.
fn said(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) => texts.last().map(String::as_str),
        _ => None,
    }
}

/// The command that clap's usage line is about, where there is one: its words before the first flag or argument.
fn command_of(rendered: &str) -> Option<String> {
    let usage = rendered.lines().find_map(|line| line.trim().strip_prefix("Usage: "))?;
    let words: Vec<&str> = usage
        .split(' ')
        .take_while(|word| !word.starts_with(['[', '<', '-']))
        .collect();
    Some(words.join(" "))
}

/// The command that a command line names.
fn command_in(argv: &[OsString]) -> String {
    let program = Cli::command();
    let mut words = argv.iter().skip(1).filter_map(|word| word.to_str());
    let name = words.find(|word| program.get_subcommands().any(|command| command.get_name() == *word));
    name.map_or_else(|| "noesis".to_owned(), |name| format!("noesis {name}"))
}

/// What looks like a secret on the command line is not repeated in full: logs outlive terminals.
fn without_long_words(mut text: String, argv: &[OsString]) -> String {
    for word in argv.iter().skip(1).filter_map(|word| word.to_str()) {
        if word.chars().count() > 40 {
            let start: String = word.chars().take(8).collect();
            text = text.replace(word, &format!("{start}…"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;

    fn told(line: &str) -> (String, String) {
        let argv: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
        let report = usage(&command_line::parse(&argv).unwrap_err(), &argv).report();
        assert_eq!((report.code, report.exit), ("USAGE", ExitStatus::Usage));
        (report.message, report.hint.unwrap())
    }

    #[test]
    fn a_mistyped_word_gets_the_whole_line_with_the_nearest_right_one() {
        for (typed, meant) in [
            ("noesis logn", "noesis login"),
            ("noesis --json statsu", "noesis --json status"),
            ("noesis status --jsn", "noesis status --json"),
            (
                "noesis introspect --batsh 'my tokens'",
                "noesis introspect --batch 'my tokens'",
            ),
            ("noesis introspect --batsh=x", "noesis introspect --batch=x"),
            ("noesis status --store fil", "noesis status --store file"),
            ("noesis status --store=fil", "noesis status --store=file"),
            ("noesis completions bsh", "noesis completions bash"),
        ] {
            assert_eq!(told(typed).1, format!("run `{meant}`"), "{typed}");
            let argv = shlex::split(meant)
                .unwrap()
                .into_iter()
                .map(OsString::from)
                .collect::<Vec<_>>();
            assert!(command_line::parse(&argv).is_ok(), "{meant}");
        }
    }

    #[test]
    fn a_line_with_a_secret_in_it_is_not_repeated() {
        let secret = "s".repeat(50);
        let (message, hint) = told(&format!("noesis decode {secret} --jsn"));
        assert_eq!(hint, "run `noesis decode --json`");
        assert!(!message.contains(&secret));
        let (message, hint) = told(&format!("noesis {secret}"));
        assert!(
            !message.contains(&secret) && hint == "run `noesis --help`",
            "{message}: {hint}"
        );
    }

    #[test]
    fn what_resembles_nothing_gets_the_help_of_its_command() {
        assert_eq!(told("noesis frobnicate").1, "run `noesis --help`");
        assert_eq!(told("noesis status --frobnicate").1, "run `noesis status --help`");
        assert_eq!(told("noesis refresh --jsn").1, "run `noesis refresh --help`");
        assert_eq!(told("noesis --json").0, "no command was given");
        let (message, hint) = told("noesis exchange");
        assert!(
            message.contains("<CODE>") && message.contains("--redirect-uri <URI>"),
            "{message}"
        );
        assert_eq!(hint, "run `noesis exchange --help`");
    }
}
