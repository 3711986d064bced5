//! Why a text is not a valid fault.

/// Why a fault specification is invalid, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FaultError {
    pub(super) message: String,
    pub(super) hint: String,
}

impl FaultError {
    /// What to write instead: the nearest valid specification, or the list to choose from.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    pub(super) fn write(message: impl Into<String>, instead: &str) -> Self {
        let hint = format!("write `{instead}`");
        let message = message.into();
        Self { message, hint }
    }

    /// A name that is not one of `names`. `hint` makes the hint for the nearest name, if one is near.
    pub(super) fn unknown(message: String, name: &str, names: &[&str], hint: impl Fn(&str) -> String) -> Self {
        let hint = match nearest(name, names) {
            Some(near) => hint(near),
            None => format!("choose from {}", names.join(", ")),
        };
        Self { message, hint }
    }
}

/// The name that was probably meant, by edit distance.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    // A text that is longer than any name is not a typing mistake, and its distance would take long to compute.
    if name.len() > 32 {
        return None;
    }
    let max_distance = (name.chars().count() / 2).min(3);
    names
        .iter()
        .map(|candidate| (strsim::levenshtein(name, candidate), *candidate))
        .filter(|(distance, _)| *distance <= max_distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_a_few_edits_away_or_there_is_none() {
        let names = ["latency", "status", "introspect", "jwks", "skew"];
        for (typed, meant) in [
            ("latncy", Some("latency")),
            ("introspection", Some("introspect")),
            ("jwk", Some("jwks")),
            ("STATUS", None),
            ("x", None),
            ("", None),
            ("keys", None),
        ] {
            assert_eq!(nearest(typed, &names), meant, "{typed}");
        }
        assert_eq!(nearest(&"latency".repeat(1_000), &names), None);
    }
}
