//! A command line that clap rejects: reported as every error is, with a hint that works when pasted.
//!
//! Help and version come from clap as errors too, and are answers. Everything here is made of the error's kind and
//! context, and of the commands as clap knows them; the page that clap would print is not read.

use std::error::Error as _;
use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::command_line::Cli;
use super::error::CliError;
use super::exit_status::ExitStatus;
use super::output::{ColorChoice, Out};
use super::shell;

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
    let command = command_in(argv);
    let hint = corrected(error, &command, argv)
        .or_else(|| suggestion(error))
        .unwrap_or_else(|| format!("run `{command} --help`"));
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

/// clap's own advice, where it has some.
fn suggestion(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::Suggested)? {
        ContextValue::StyledStrs(advice) => advice.first().map(|advice| advice.to_string().replace('\'', "`")),
        _ => None,
    }
}

/// The command line with its mistyped word corrected.
fn corrected(error: &clap::Error, command: &str, argv: &[OsString]) -> Option<String> {
    let (wrong, right) = match error.kind() {
        ErrorKind::InvalidSubcommand => (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        ErrorKind::InvalidValue => (ContextKind::InvalidValue, ContextKind::SuggestedValue),
        _ => return None,
    };
    let (wrong, right) = (text(error, wrong)?, text(error, right)?);
    // Of a flag, clap's suggestion may hold the name of its value too.
    let right = right.split(' ').next().unwrap_or(right);
    let words: Option<Vec<String>> = argv
        .iter()
        .skip(1)
        .map(|word| corrected_word(word.to_str()?, wrong, right))
        .collect();
    let words = words.filter(|words| words.iter().all(|word| word.chars().count() <= LONGEST_WORD));
    let whole = words.and_then(|words| shell::join(words.iter().map(String::as_str)));
    let line = match (whole, error.kind()) {
        (Some(words), _) => format!("noesis {words}"),
        (None, ErrorKind::InvalidValue) => return None,
        (None, _) => format!("{command} {right}"),
    };
    Some(format!("run `{line}`"))
}

/// A word of the command line, with the mistyped flag or value in it corrected.
fn corrected_word(word: &str, wrong: &str, right: &str) -> Option<String> {
    if word == wrong {
        return Some(right.to_owned());
    }
    match word.split_once('=') {
        Some((flag, value)) if flag == wrong => Some(format!("{right}={value}")),
        Some((flag, value)) if value == wrong => Some(format!("{flag}={right}")),
        _ => Some(word.to_owned()),
    }
}

/// A text of the error's context; of several suggestions the nearest, which is the last.
fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) => texts.last().map(String::as_str),
        _ => None,
    }
}

/// All texts of the error's context.
fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// The command that a command line names, with its parents: `noesis sandbox serve`.
fn command_in(argv: &[OsString]) -> String {
    let mut program = Cli::command();
    // Commands are deferred, and have their arguments only when all is built.
    program.build();
    let mut command = &program;
    let mut path = vec![program.get_name()];
    let mut words = argv.iter().skip(1).filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        if let Some(below) = command.find_subcommand(word) {
            command = below;
            path.push(below.get_name());
        }
        let is_option = |arg: &&clap::Arg| arg.get_long() == word.strip_prefix("--");
        let option = command.get_arguments().find(is_option);
        if option.is_some_and(|option| option.get_action().takes_values()) {
            // The next word is its value, whatever it looks like.
            words.next();
        }
    }
    path.join(" ")
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
mod tests {
    use super::*;
    use crate::cli::command_line;

    fn message_and_hint(line: &str) -> (String, String) {
        let argv: Vec<OsString> = shlex::split(line).unwrap().into_iter().map(OsString::from).collect();
        let report = usage(&command_line::parse(&argv).unwrap_err(), &argv).report();
        assert_eq!((report.code, report.exit), ("USAGE", ExitStatus::Usage));
        (report.message, report.hint.unwrap().to_string())
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
            assert_eq!(message_and_hint(typed).1, format!("run `{meant}`"), "{typed}");
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
        let (message, hint) = message_and_hint(&format!("noesis decode {secret} --jsn"));
        assert_eq!(hint, "run `noesis decode --json`");
        assert!(!message.contains(&secret));
        let (message, hint) = message_and_hint(&format!("noesis {secret}"));
        assert!(
            !message.contains(&secret) && hint == "run `noesis --help`",
            "{message}: {hint}"
        );
    }

    #[test]
    fn a_word_without_a_near_match_gets_the_help_of_its_command() {
        assert_eq!(message_and_hint("noesis frobnicate").1, "run `noesis --help`");
        assert_eq!(
            message_and_hint("noesis status --frobnicate").1,
            "run `noesis status --help`"
        );
        assert_eq!(
            message_and_hint("noesis refresh --jsn").1,
            "run `noesis refresh --help`"
        );
        assert_eq!(message_and_hint("noesis --json").0, "no command was given");
        assert_eq!(
            message_and_hint("noesis --profile status login --bogus").1,
            "run `noesis login --help`"
        );
        assert_eq!(
            message_and_hint("noesis sandbox serve --bogus").1,
            "run `noesis sandbox serve --help`"
        );
        assert_eq!(
            message_and_hint("noesis decode --frobnicate").1,
            "to pass `--frobnicate` as a value, use `-- --frobnicate`"
        );
    }

    #[test]
    fn the_message_names_the_argument_and_what_is_wrong_with_it() {
        for (line, message) in [
            (
                "noesis exchange",
                "the following required arguments were not provided: `--redirect-uri <URI>`, `<CODE>`",
            ),
            ("noesis frobnicate", "unrecognized subcommand `frobnicate`"),
            ("noesis status --frobnicate", "unexpected argument `--frobnicate` found"),
            (
                "noesis status --store fil",
                "invalid value `fil` for `--store <STORE>` [possible values: keyring, file, memory]",
            ),
            (
                "noesis status --timeout soon",
                "invalid value `soon` for `--timeout <DURATION>`: invalid duration `soon`; write it as `10s`, `5m` or `1h30m`",
            ),
            (
                "noesis status --timeout",
                "a value is required for `--timeout <DURATION>` but none was supplied",
            ),
            (
                "noesis status --json --json",
                "the argument `--json` cannot be used multiple times",
            ),
            (
                "noesis status --quiet --verbose",
                "the argument `--quiet` cannot be used with `--verbose`",
            ),
            ("noesis decode a b", "unexpected argument `b` found"),
            ("noesis sandbox", "no command was given"),
        ] {
            assert_eq!(message_and_hint(line).0, message, "{line}");
        }
    }
}
