//! Who can read and write this user's files: what holds tokens is for this user alone, and what decides where tokens
//! are sent, or which keys are believed, is written by nobody else.

use std::path::{Path, PathBuf};

use super::{Check, Outcome};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::store;

/// The name of the check of the session's folder, which the store would close by itself.
pub const FOLDER: &str = "session-folder";

const NO_HOME: &str = "set `NOESIS_CONFIG_DIR` to a folder of your own";

pub fn checks(ctx: &Context) -> Vec<Check> {
    let paths = &ctx.settings.paths;
    let folder = |found: Result<PathBuf, CliError>, name, rule| match found {
        Ok(path) => check(name, &[path], rule),
        Err(error) => Check::error(name, &error, NO_HOME),
    };
    let profile = &ctx.settings.profile.value;
    let config = match paths.config_file() {
        Ok(file) => {
            let dir = file.parent().map(Path::to_owned);
            check(
                "config",
                &dir.into_iter().chain([file]).collect::<Vec<_>>(),
                Rule::Guarded,
            )
        }
        Err(error) => Check::error("config", &error, NO_HOME),
    };
    let keys = match paths.keys() {
        Some(keys) => check("cache", &kept_in(&keys), Rule::Guarded),
        None => Check::skip("cache", "there is no folder for it, and keys are fetched each time"),
    };
    vec![
        config,
        folder(
            paths.sessions().map(|dir| store::session_file(&dir, profile)),
            "session-file",
            Rule::Private(0o600),
        ),
        folder(paths.sessions(), FOLDER, Rule::Private(0o700)),
        keys,
    ]
}

/// The cache's folder, that of its key sets, and the sets.
fn kept_in(keys: &Path) -> Vec<PathBuf> {
    let mut kept: Vec<PathBuf> = keys.parent().map(Path::to_owned).into_iter().collect();
    kept.push(keys.to_owned());
    if let Ok(entries) = std::fs::read_dir(keys) {
        kept.extend(entries.flatten().map(|entry| entry.path()));
    }
    kept
}

/// Who may do what.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Nobody else reads or writes it; the mode that says so.
    Private(u32),
    /// Nobody else writes it.
    Guarded,
}

/// The worst of what is there.
fn check(name: &'static str, paths: &[PathBuf], rule: Rule) -> Check {
    let mut worst: Option<Check> = None;
    let mut seen = 0;
    for path in paths {
        match judge(name, path, rule) {
            None => {}
            Some(check) => {
                seen += 1;
                let rank = |check: &Check| match check.result {
                    Outcome::Fail => 2,
                    Outcome::Warn => 1,
                    Outcome::Pass | Outcome::Skip => 0,
                };
                if worst.as_ref().is_none_or(|worst| rank(&check) > rank(worst)) {
                    worst = Some(check);
                }
            }
        }
    }
    let last = paths.last().map(|path| path.display().to_string()).unwrap_or_default();
    match worst {
        Some(worst) => worst,
        None if seen == 0 => Check::skip(name, format!("`{last}` is not there yet")),
        None => Check::pass(name, last),
    }
}

/// What is to be said of one file or folder; nothing where it is not there.
#[cfg(unix)]
fn judge(name: &'static str, path: &Path, rule: Rule) -> Option<Check> {
    use std::os::unix::fs::MetadataExt as _;

    let found = match (std::fs::metadata(path), rule) {
        (Ok(_), Rule::Private(0o600)) if path.is_symlink() => {
            let hint = format!("run `rm {}`, then `noesis login`", quoted(path));
            return Some(Check::fail(
                name,
                format!("`{}` is a symbolic link, which no session is", path.display()),
                hint,
            ));
        }
        (Ok(found), _) => found,
        (Err(error), _)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return None;
        }
        (Err(error), _) => {
            let hint = format!("run `ls -ld {}`, and mend what it shows", quoted(path));
            return Some(Check::fail(
                name,
                format!("`{}` cannot be looked at: {error}", path.display()),
                hint,
            ));
        }
    };
    let (mode, shown) = (found.mode() & 0o7777, path.display());
    let me = rustix::process::geteuid().as_raw();
    let chmod = |how: &str| format!("run `chmod {how} {}`", quoted(path));
    let check = match rule {
        Rule::Private(wanted) if mode & 0o077 != 0 => Check::fail(
            name,
            format!("`{shown}` is open to others (mode {mode:04o})"),
            chmod(&format!("{wanted:o}")),
        ),
        Rule::Guarded if mode & 0o002 != 0 => Check::fail(
            name,
            format!("anybody can write `{shown}` (mode {mode:04o})"),
            chmod("go-w"),
        ),
        Rule::Guarded if mode & 0o020 != 0 => Check::warn(
            name,
            format!("its group can write `{shown}` (mode {mode:04o})"),
            chmod("go-w"),
        ),
        // What the administrator put there is no stranger's.
        _ if found.uid() != me && !(found.uid() == 0 && matches!(rule, Rule::Guarded)) => Check::warn(
            name,
            format!("`{shown}` belongs to another user (uid {})", found.uid()),
            format!("run `sudo chown {me} {}`", quoted(path)),
        ),
        Rule::Private(_) => Check::pass(name, format!("`{shown}` is yours alone (mode {mode:04o})")),
        Rule::Guarded => Check::pass(name, format!("`{shown}` is written by nobody else (mode {mode:04o})")),
    };
    Some(check)
}

/// A path as a shell takes it.
#[cfg(unix)]
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or_else(|_| text.clone(), |quoted| quoted.into_owned())
}

/// Elsewhere the profile folder of the user is closed to others by inheritance.
#[cfg(not(unix))]
fn judge(name: &'static str, path: &Path, _rule: Rule) -> Option<Check> {
    path.exists()
        .then(|| Check::pass(name, format!("`{}` is in your own folder", path.display())))
}
