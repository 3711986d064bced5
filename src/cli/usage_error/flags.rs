//! Rules for options that the command does not have.

use std::ffi::OsString;

use super::context::suggested;
use super::correction::Correction;
use super::habits::{FLAGS, Meant};
use super::typed::{Rule, Typed};
use crate::cli::command_line::position;

/// What the line could have been, in the order in which it is tried.
pub fn proposals<'t>(typed: &'t Typed<'_>) -> impl Iterator<Item = Correction> + 't {
    let rules: [Rule; 4] = [
        value_without_flag,
        one_dash,
        capitals_and_underscores,
        in_front_of_its_command,
    ];
    let last: [Rule; 3] = [of_other_commands, similar_flag, similar_flag_alone];
    let by = |rule: Rule| rule(typed);
    let first = rules.into_iter().filter_map(by);
    first.chain(habits(typed)).chain(last.into_iter().filter_map(by))
}

/// `redeem --code X`, of an argument that has no flag.
fn value_without_flag(typed: &Typed<'_>) -> Option<Correction> {
    let flag = typed.wrong.strip_prefix("--")?;
    let spelled = |name: &str| name.to_lowercase().replace('_', "-");
    let argument = typed
        .position
        .command
        .get_positionals()
        .filter(|argument| !argument.is_hide_set())
        .find_map(|argument| {
            let name = argument.get_value_names()?.first()?;
            let name = spelled(name);
            (flag == name || flag.strip_suffix('s') == Some(&name)).then_some(argument)
        })?;
    let value = typed.inline_value();
    let name = argument.get_value_names()?.first()?;
    let separator = argument.is_last_set().then_some("--");
    Some(Correction::Line {
        why: "",
        line: typed.with(typed.at, 1, separator.into_iter().chain(value)),
        short: format!("{} {name}", typed.position.typed()),
    })
}

/// `-json`.
fn one_dash(typed: &Typed<'_>) -> Option<Correction> {
    let word = typed.word();
    let is_long = !word.starts_with("--") && word.len() > 2;
    is_long.then(|| typed.replaced(1, &format!("-{word}")))
}

/// `--JSON`, `--base_url`.
fn capitals_and_underscores(typed: &Typed<'_>) -> Option<Correction> {
    let right = typed.wrong.to_lowercase().replace('_', "-");
    (right != typed.wrong).then(|| renamed(typed, &right))
}

/// The line with another name of the flag, which keeps its value.
fn renamed(typed: &Typed<'_>, flag: &str) -> Correction {
    let word = match typed.inline_value() {
        Some(value) => format!("{}={value}", flag.trim_end_matches('=')),
        None => flag.to_owned(),
    };
    let words: Vec<&str> = match flag.ends_with('=') {
        true => vec![&word],
        false => word.split(' ').collect(),
    };
    let mut line = typed.with(typed.at, 1, words);
    // `--flag=`: the next word is the value.
    if flag.ends_with('=') && typed.inline_value().is_none() && typed.at + 1 < line.len() {
        let value = line.remove(typed.at + 1);
        if let Some(word) = line.get_mut(typed.at) {
            word.push(value);
        }
    }
    Correction::Line {
        why: "",
        line,
        short: format!("{} {flag}", typed.position.typed()),
    }
}

/// `--no-browser login`: an option of a command stands behind its name.
fn in_front_of_its_command(typed: &Typed<'_>) -> Option<Correction> {
    let option = position::option(typed.position.command, typed.wrong)?;
    let last = *typed.position.places.last()?;
    if last < typed.at {
        return None;
    }
    let has_value = option.get_action().takes_values() && !option.is_require_equals_set();
    let count = if has_value && typed.inline_value().is_none() {
        2
    } else {
        1
    };
    let moved: Vec<OsString> = typed.argv.iter().skip(typed.at).take(count).cloned().collect();
    let mut line = typed.with(typed.at, count, []);
    let behind = (last + 1).saturating_sub(count).min(line.len());
    line.splice(behind..behind, moved);
    Some(Correction::Line {
        why: "put the option behind its command: ",
        line,
        short: format!("{} {}", typed.position.typed(), typed.wrong),
    })
}

/// What the flag means elsewhere: `guard --port 8080`, `status --output json`.
fn habits<'t>(typed: &'t Typed<'_>) -> impl Iterator<Item = Correction> + 't {
    let flag = typed.word().split('=').next().unwrap_or_default();
    let value = typed.inline_value().unwrap_or_else(|| typed.word_at(typed.at + 1));
    let is_meant = move |(flags, for_value, _): &&(&[&str], Option<&str>, Meant)| {
        flags.contains(&flag) && for_value.is_none_or(|for_value| for_value == value)
    };
    FLAGS.iter().filter(is_meant).map(|(_, for_value, meant)| match meant {
        Meant::Advice(advice) => Correction::Advice((*advice).to_owned()),
        Meant::Words(words) if for_value.is_none() => renamed(typed, words),
        Meant::Words(words) => {
            let count = if typed.inline_value().is_some() { 1 } else { 2 };
            typed.replaced(count, words)
        }
    })
}

/// `status --tool x`: names the commands that have the flag.
fn of_other_commands(typed: &Typed<'_>) -> Option<Correction> {
    let commands: Vec<String> = position::all(typed.program)
        .into_iter()
        .filter(|(_, command)| position::option(command, typed.wrong).is_some())
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let (last, others) = commands.split_last()?;
    let names = match others {
        [] => last.clone(),
        others => format!("{} and {last}", others.join(", ")),
    };
    Some(Correction::Advice(format!("`{}` is an option of {names}", typed.wrong)))
}

/// `--jsn`.
fn similar_flag(typed: &Typed<'_>) -> Option<Correction> {
    suggested(typed.error).map(|right| renamed(typed, right))
}

/// The flag that is meant, without the rest of the line, which is not understood.
fn similar_flag_alone(typed: &Typed<'_>) -> Option<Correction> {
    let short = format!("{} {}", typed.position.typed(), suggested(typed.error)?);
    Some(Correction::short("", short))
}
