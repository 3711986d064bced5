//! Rules for words that are no option: commands under other names, and values in the wrong form.

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

use super::context::{suggested, text};
use super::correction::Correction;
use super::habits::{COMMANDS, GROUPS, Meant};
use super::typed::{Rule, Typed};
use crate::cli::command_line::position::{self, Position};

/// What the line could have been where the word is taken for a command, in the order in which it is tried.
const COMMAND_RULES: [Rule; 9] = [
    dashes_of_a_text_program,
    habit,
    |typed| alone(habit(typed)?),
    capitals,
    |typed| alone(capitals(typed)?),
    command_below_another,
    |typed| alone(command_below_another(typed)?),
    similar_command,
    |typed| alone(similar_command(typed)?),
];

/// The same where it is taken for a value.
const VALUE_RULES: [Rule; 7] = [
    dashes_of_a_text_program,
    value_after_equals,
    command_to_run,
    another_command,
    url,
    address,
    token_on_standard_input,
];

/// What the line could have been where the word is taken for a command.
pub fn of_command<'t>(typed: &'t Typed<'_>) -> impl Iterator<Item = Correction> + 't {
    COMMAND_RULES.into_iter().filter_map(|rule| rule(typed))
}

/// What it could have been where the word is taken for a value.
pub fn of_value<'t>(typed: &'t Typed<'_>) -> impl Iterator<Item = Correction> + 't {
    VALUE_RULES.into_iter().filter_map(|rule| rule(typed))
}

/// `—json`, as text programs make it of `--json`.
fn dashes_of_a_text_program(typed: &Typed<'_>) -> Option<Correction> {
    let is_dash = |c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}');
    let name = typed.word().trim_start_matches(is_dash);
    let flag = format!("--{}", name.trim_start_matches('-'));
    (name != typed.word()).then(|| Correction::Line {
        why: "write the dashes of a flag as `--`: ",
        line: typed.with(typed.at, 1, [flag.as_str()]),
        short: format!("{} {flag}", typed.position.typed()),
    })
}

/// What a word, or a group and a word behind it, mean by habit; and how many words that are.
fn meant(command: &clap::Command, group: &str, words: &[&str]) -> Option<(usize, Meant, Option<String>)> {
    let (first, rest) = words.split_first()?;
    if GROUPS.contains(first)
        && let Some(next) = rest.first()
    {
        if let Some((count, meant, name)) = meant(command, group, rest) {
            return Some((count + 1, meant, name));
        }
        if position::shown(command).any(|below| below.get_name() == *next) {
            return Some((2, Meant::Words(""), Some((*next).to_owned())));
        }
    }
    let row = |(of, names, _): &&(&str, &[&str], Meant)| *of == group && names.contains(first);
    COMMANDS.iter().find(row).map(|(_, _, meant)| (1, *meant, None))
}

/// `auth login`, `whoami`, `upgrade`.
fn habit(typed: &Typed<'_>) -> Option<Correction> {
    let words: Vec<&str> = (typed.at..typed.argv.len()).map(|at| typed.word_at(at)).collect();
    let group = typed.position.typed();
    let (count, meant, name) = meant(typed.position.command, &group, &words)?;
    match meant {
        Meant::Advice(advice) => Some(Correction::Advice(advice.to_owned())),
        Meant::Words(words) => {
            let words = name.as_deref().unwrap_or(words);
            Some(typed.replaced(count, words))
        }
    }
}

/// `LOGIN`.
fn capitals(typed: &Typed<'_>) -> Option<Correction> {
    let name = typed.wrong.to_lowercase();
    (name != typed.wrong).then(|| typed.replaced(1, &name))
}

/// `noesis mint`, without the command that it belongs to.
fn command_below_another(typed: &Typed<'_>) -> Option<Correction> {
    let all = position::all(typed.program);
    let is_meant = |(_, command): &&(String, &clap::Command)| command.get_name() == typed.wrong;
    let (path, _) = all.iter().find(is_meant)?;
    let words = path.split(' ').skip(typed.position.path.len());
    Some(Correction::Line {
        why: "",
        line: typed.with(typed.at, 1, words),
        short: path.clone(),
    })
}

/// `logn`.
fn similar_command(typed: &Typed<'_>) -> Option<Correction> {
    suggested(typed.error).map(|right| typed.replaced(1, right))
}

/// The command that is meant, without the words behind it, which are not understood.
fn alone(correction: Correction) -> Option<Correction> {
    match correction {
        Correction::Line { why, short, .. } => Some(Correction::short(why, short)),
        Correction::Advice(_) => None,
    }
}

/// `exec ls`: what is to be run stands behind a `--`.
fn command_to_run(typed: &Typed<'_>) -> Option<Correction> {
    runs_a_command(typed.position.command).then_some(())?;
    (!typed.has_separator()).then(|| Correction::Line {
        why: "put `--` before the command: ",
        line: typed.with(typed.at, 0, ["--"]),
        short: format!("{} -- COMMAND", typed.position.typed()),
    })
}

/// Whether a command takes another to run, behind a `--`.
fn runs_a_command(command: &clap::Command) -> bool {
    command
        .get_positionals()
        .any(|argument| argument.is_last_set() && !argument.is_hide_set())
}

/// `--auto-approve ada`, of an option whose value may be left out and so has to follow a `=`.
fn value_after_equals(typed: &Typed<'_>) -> Option<Correction> {
    let before = typed.at.checked_sub(1)?;
    let flag = typed.word_at(before);
    let option = position::option(typed.position.command, flag)?;
    let value = typed.word();
    let is_meant = typed.has_separator() || !runs_a_command(typed.position.command);
    (option.is_require_equals_set() && is_meant).then(|| Correction::Line {
        why: "write `=` before the value: ",
        line: typed.with(before, 2, [format!("{flag}={value}").as_str()]),
        short: format!("{} {flag}=VALUE", typed.position.typed()),
    })
}

/// `token refresh`, where each of them is a command.
fn another_command(typed: &Typed<'_>) -> Option<Correction> {
    let command = position::shown(typed.program).find(|command| command.get_name() == typed.wrong)?;
    let short = format!("noesis {}", command.get_name());
    Some(Correction::short("give one command at a time: ", short))
}

/// `login https://…`.
fn url(typed: &Typed<'_>) -> Option<Correction> {
    let is_url = ["https://", "http://"]
        .iter()
        .any(|scheme| typed.wrong.starts_with(scheme));
    let command = typed.position.command;
    let flag = ["--upstream", "--base-url"]
        .into_iter()
        .find(|flag| position::option(command, flag).is_some())?;
    is_url.then(|| flag_before(typed, flag, "URL"))
}

/// `sandbox serve 8080`.
fn address(typed: &Typed<'_>) -> Option<Correction> {
    position::option(typed.position.command, "--listen")?;
    let port = typed.wrong.rsplit(':').next().unwrap_or_default();
    port.parse::<u16>()
        .is_ok()
        .then(|| flag_before(typed, "--listen", "ADDRESS"))
}

/// The line with a flag before the word.
fn flag_before(typed: &Typed<'_>, flag: &str, value: &str) -> Correction {
    Correction::Line {
        why: "",
        line: typed.with(typed.at, 0, [flag]),
        short: format!("{} {flag} {value}", typed.position.typed()),
    }
}

/// `login --with-token TOKEN`.
fn token_on_standard_input(typed: &Typed<'_>) -> Option<Correction> {
    let flag = typed.word_at(typed.at.checked_sub(1)?);
    (flag == "--with-token").then(|| {
        let command = typed.position.typed();
        Correction::Advice(format!(
            "an argument can be seen by others, so the token is read from standard input: run `{command} {flag} < FILE`"
        ))
    })
}

/// A mistyped value of a list: `--store fil`.
pub fn possible_value(error: &clap::Error, argv: &[OsString]) -> Option<Correction> {
    if error.kind() != ErrorKind::InvalidValue {
        return None;
    }
    let (wrong, right) = (text(error, ContextKind::InvalidValue)?, suggested(error)?);
    let corrected = |word: &OsString| -> Option<OsString> {
        let word = word.to_str()?;
        Some(match word.split_once('=') {
            Some((flag, value)) if value == wrong => format!("{flag}={right}").into(),
            _ if word == wrong => right.into(),
            _ => word.into(),
        })
    };
    let line: Vec<OsString> = argv.iter().map(corrected).collect::<Option<_>>()?;
    let argument = text(error, ContextKind::InvalidArg).unwrap_or_default();
    let flag = argument.split(' ').next().filter(|flag| flag.starts_with('-'));
    Some(Correction::Line {
        why: "",
        line,
        short: format!("noesis COMMAND {} {right}", flag.unwrap_or_default()),
    })
}

/// `exec` alone.
pub fn missing_command(error: &clap::Error, argv: &[OsString], program: &clap::Command) -> Option<Correction> {
    let position = Position::read(program, argv);
    let is_missing = error.kind() == ErrorKind::MissingRequiredArgument && runs_a_command(position.command);
    is_missing.then(|| {
        Correction::Advice(format!(
            "name the command after `--`, as in `{} -- sh`",
            position.typed()
        ))
    })
}
