//! The permissions of this user's files: files with tokens are private, and files that decide where tokens are sent, or
//! which keys are trusted, can be written by no other user.

use std::path::{Path, PathBuf};

use super::check::{CheckStatus, DoctorCheck};
use crate::cli::context::Context;
use crate::cli::error::CliError;
#[cfg(unix)]
use crate::cli::error::{Hint, Invocation};
#[cfg(unix)]
use crate::cli::shell;
use crate::cli::store;
#[cfg(unix)]
use crate::owner;

/// The name of the check of the session's folder, whose mode the store would correct by itself.
pub const FOLDER: &str = "session-folder";

const NO_HOME: &str = "set `NOESIS_CONFIG_DIR` to a folder of your own";

pub fn checks(ctx: &Context) -> Vec<DoctorCheck> {
    let paths = &ctx.settings.paths;
    let folder = |found: Result<PathBuf, CliError>, name, rule| match found {
        Ok(path) => check(name, &[path], rule),
        Err(error) => DoctorCheck::error(name, &error, NO_HOME),
    };
    let profile = &ctx.settings.profile.value;
    let config = match paths.config_file() {
        Ok(file) => {
            let dir = file.parent().map(Path::to_owned);
            let files: Vec<PathBuf> = dir.into_iter().chain([file]).collect();
            match (check("config", &files, Rule::Guarded), ctx.settings.require_config()) {
                // With the `chmod` that mends it.
                (check, Err(_)) if check.failed() => check,
                (_, Err(error)) => DoctorCheck::error("config", &error, NO_HOME),
                (check, Ok(())) => check,
            }
        }
        Err(error) => DoctorCheck::error("config", &error, NO_HOME),
    };
    let keys = match paths.keys() {
        Some(keys) => check("cache", &cache_files(&keys), Rule::Guarded),
        None => DoctorCheck::skip("cache", "there is no folder for it, so keys are fetched each time"),
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

/// The cache's folder, the folder of its key sets, and the sets.
fn cache_files(keys: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = keys.parent().map(Path::to_owned).into_iter().collect();
    files.push(keys.to_owned());
    if let Ok(entries) = std::fs::read_dir(keys) {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files
}

/// The permissions that a file may have.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// No other user can read or write it; the mode to set.
    Private(u32),
    /// No other user can write it.
    Guarded,
}

/// The worst result of the files that exist.
fn check(name: &'static str, paths: &[PathBuf], rule: Rule) -> DoctorCheck {
    let mut worst: Option<DoctorCheck> = None;
    let mut seen = 0;
    for path in paths {
        match inspect(name, path, rule) {
            None => {}
            Some(check) => {
                seen += 1;
                let rank = |check: &DoctorCheck| match check.result {
                    CheckStatus::Fail => 2,
                    CheckStatus::Warn => 1,
                    CheckStatus::Pass | CheckStatus::Skip => 0,
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
        None if seen == 0 => DoctorCheck::skip(name, format!("`{last}` does not exist yet")),
        None => DoctorCheck::pass(name, last),
    }
}

/// The result for one file or folder; `None` where it does not exist.
#[cfg(unix)]
fn inspect(name: &'static str, path: &Path, rule: Rule) -> Option<DoctorCheck> {
    use std::os::unix::fs::MetadataExt as _;

    let found = match (std::fs::metadata(path), rule) {
        (Ok(_), Rule::Private(0o600)) if path.is_symlink() => {
            let hint = Hint::from(format!("run `rm {}`, then ", quoted(path))).command(Invocation::new("login"));
            return Some(DoctorCheck::fail(
                name,
                format!(
                    "`{}` is a symbolic link, and a session has to be a regular file",
                    path.display()
                ),
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
            let hint = format!("run `ls -ld {}`, and correct what it shows", quoted(path));
            return Some(DoctorCheck::fail(
                name,
                format!("`{}` cannot be inspected: {error}", path.display()),
                hint,
            ));
        }
    };
    let (mode, shown) = (found.mode() & 0o7777, path.display());
    let me = rustix::process::geteuid().as_raw();
    let chmod = |how: &str| format!("run `chmod {how} {}`", quoted(path));
    let check = match rule {
        Rule::Private(wanted) if owner::others_have_access(&found) => DoctorCheck::fail(
            name,
            format!("`{shown}` is accessible to other users (mode {mode:04o})"),
            chmod(&format!("{wanted:o}")),
        ),
        Rule::Guarded if owner::everyone_can_write(&found) => DoctorCheck::fail(
            name,
            format!("any user can write `{shown}` (mode {mode:04o})"),
            chmod("go-w"),
        ),
        Rule::Guarded if owner::group_can_write(&found) => DoctorCheck::warn(
            name,
            format!("its group can write `{shown}` (mode {mode:04o})"),
            chmod("go-w"),
        ),
        // What the administrator has put there is trusted.
        _ if !(owner::is_own(&found) || matches!(rule, Rule::Guarded) && owner::is_trusted_owner(&found)) => {
            DoctorCheck::warn(
                name,
                format!("`{shown}` belongs to another user (uid {})", found.uid()),
                format!("run `sudo chown {me} {}`", quoted(path)),
            )
        }
        Rule::Private(_) => DoctorCheck::pass(name, format!("`{shown}` is private (mode {mode:04o})")),
        Rule::Guarded => DoctorCheck::pass(
            name,
            format!("`{shown}` can be written by no other user (mode {mode:04o})"),
        ),
    };
    Some(check)
}

/// A path as one word of a shell.
#[cfg(unix)]
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shell::quote(&text).map_or_else(|| text.clone(), |quoted| quoted.into_owned())
}

/// On other systems the permissions of the user's profile folder are inherited.
#[cfg(not(unix))]
fn inspect(name: &'static str, path: &Path, _rule: Rule) -> Option<DoctorCheck> {
    path.exists()
        .then(|| DoctorCheck::pass(name, format!("`{}` is in your own folder", path.display())))
}
