//! The kinds of store: the one list that flags, environment, `config.toml`, help and messages derive from.

use clap::ValueEnum as _;

/// Which store a profile's session is kept in, as `--store`, `NOESIS_STORE` and `config.toml` spell it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// The operating system's keyring.
    #[default]
    Keyring,
    /// A file of the user's own, mode 0600.
    File,
    /// This process alone: gone when it ends.
    Memory,
}

/// What the program says and assumes of a store.
#[derive(Debug, Clone, Copy)]
pub struct StoreDescription {
    /// How flags, configuration and documents spell it.
    pub name: &'static str,
    /// Where the session is, to follow "kept in".
    pub place: &'static str,
    /// Whether a session is still there in the next run, so that `config.toml` is to point to it.
    pub is_persistent: bool,
    /// Whether it is one store for all configuration folders, so that the names of its items have to tell them apart.
    pub is_shared: bool,
}

impl StoreKind {
    /// Every kind.
    pub fn all() -> &'static [Self] {
        // Derived from the variants, so that it cannot lack one.
        Self::value_variants()
    }

    /// The one place that says what each kind is.
    pub fn describe(self) -> StoreDescription {
        match self {
            Self::Keyring => StoreDescription {
                name: "keyring",
                place: "the keyring",
                is_persistent: true,
                is_shared: true,
            },
            Self::File => StoreDescription {
                name: "file",
                place: "a file that only you can read",
                is_persistent: true,
                is_shared: false,
            },
            Self::Memory => StoreDescription {
                name: "memory",
                place: "the memory of this process, which ends with it",
                is_persistent: false,
                is_shared: false,
            },
        }
    }

    /// How flags, configuration and documents spell it.
    pub fn as_str(self) -> &'static str {
        self.describe().name
    }

    /// The kind of that name, as `NOESIS_STORE` gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().iter().copied().find(|kind| kind.as_str() == name)
    }

    /// All names in a sentence, each as `quoted` writes it: "keyring, file or memory".
    pub fn names(quoted: impl Fn(&str) -> String) -> String {
        let names: Vec<String> = Self::all().iter().map(|kind| quoted(kind.as_str())).collect();
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_spelled_alike_by_flag_environment_and_config_file() {
        for kind in StoreKind::all() {
            let name = kind.as_str();
            assert_eq!(kind.to_possible_value().unwrap().get_name(), name);
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
            assert_eq!(serde_json::from_value::<StoreKind>(name.into()).unwrap(), *kind);
            assert_eq!(StoreKind::from_name(name), Some(*kind));
        }
        assert_eq!(StoreKind::from_name("vault"), None);
        assert_eq!(StoreKind::names(str::to_owned), "keyring, file or memory");
    }

    #[test]
    fn every_document_that_lists_the_stores_lists_all_of_them() {
        for document in [
            include_str!("../../../docs/cli.md"),
            include_str!("../command_line/overview.rs"),
        ] {
            let mut lists = document
                .lines()
                .filter(|line| line.contains("--store keyring") || line.contains("`--store STORE`"))
                .peekable();
            assert!(lists.peek().is_some());
            for list in lists {
                for kind in StoreKind::all() {
                    assert!(list.contains(kind.as_str()), "{list}");
                }
            }
        }
    }
}
