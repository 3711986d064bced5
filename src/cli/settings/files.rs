//! The files of the program as they are documented; `paths.rs` is where they are.

/// A file or folder, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct File {
    pub path: &'static str,
    pub holds: &'static str,
}

/// Every file, where no variable moves it.
pub const FILES: [File; 4] = [
    File {
        path: "~/.config/noesis/config.toml",
        holds: "profiles",
    },
    File {
        path: "~/.config/noesis/sessions/PROFILE.json",
        holds: "a session of `--store file`, mode 0600 in a folder of mode 0700",
    },
    File {
        path: "~/.local/state/noesis/locks/PROFILE.lock",
        holds: "the lock of a refresh; `PROFILE.renewing` beside it says that one is under way",
    },
    File {
        path: "~/.cache/noesis/keys/",
        holds: "cached key sets",
    },
];

#[cfg(test)]
mod tests {
    use super::super::config::KEYS;
    use super::super::documented::rows;
    use super::*;

    /// The rows with their names as they are, without backticks.
    fn plain(heading: &str) -> Vec<(String, String)> {
        let rows = rows(heading).into_iter();
        rows.map(|(name, meaning)| (name.replace('`', ""), meaning)).collect()
    }

    #[test]
    fn the_documented_files_are_those_of_the_table() {
        let written = FILES.map(|file| (file.path.to_owned(), file.holds.to_owned()));
        assert_eq!(plain("Files"), written);
    }

    #[test]
    fn the_documented_keys_are_those_of_the_table() {
        let written = KEYS.map(|key| (key.name.to_owned(), key.meaning.to_owned()));
        assert_eq!(plain("`config.toml`"), written);
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_where_the_table_says() {
        let home = etcetera::home_dir().unwrap();
        let is_moved = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
            .iter()
            .any(|name| std::env::var_os(name).is_some());
        if is_moved {
            return;
        }
        let paths = super::super::Paths::resolve(&|_| None);
        let folders = [
            paths.config_file().unwrap(),
            paths.sessions().unwrap().join("PROFILE.json"),
            paths.locks().unwrap().join("PROFILE.lock"),
            paths.keys().unwrap(),
        ];
        for (file, path) in FILES.iter().zip(folders) {
            let documented = file.path.trim_end_matches('/').replacen('~', home.to_str().unwrap(), 1);
            assert_eq!(documented, path.to_str().unwrap());
        }
    }
}
