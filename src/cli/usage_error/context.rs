//! What clap says of a mistake, read from the context of its error.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::args::NO_SUCH_FLAG;

/// A text of the error's context; of several suggestions the nearest, which is the last.
pub fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) => texts.last().map(String::as_str),
        _ => None,
    }
}

/// All texts of the error's context.
pub fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// A flag that the command does not have, also where it stands in the place of a secret, which may begin with a dash.
pub fn unknown_flag(error: &clap::Error) -> Option<&str> {
    let is_no_secret = || error.source().is_some_and(|source| source.to_string() == NO_SUCH_FLAG);
    match error.kind() {
        ErrorKind::UnknownArgument => text(error, ContextKind::InvalidArg).filter(|word| word.starts_with('-')),
        ErrorKind::ValueValidation if is_no_secret() => text(error, ContextKind::InvalidValue),
        _ => None,
    }
}

/// clap's own advice, where it has some.
pub fn advice(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::Suggested)? {
        ContextValue::StyledStrs(advice) => advice.first().map(|advice| advice.to_string().replace('\'', "`")),
        _ => None,
    }
}

/// The suggestion that clap makes for a word of this kind.
pub fn suggested(error: &clap::Error) -> Option<&str> {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::SuggestedSubcommand,
        ErrorKind::UnknownArgument => ContextKind::SuggestedArg,
        ErrorKind::InvalidValue => ContextKind::SuggestedValue,
        _ => return None,
    };
    // Of a flag it may hold the name of its value too.
    text(error, kind).and_then(|right| right.split(' ').next())
}
