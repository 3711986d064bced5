//! `noesis logout`: forgets the session of a profile, or of all.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Report};
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, View};
use crate::cli::settings::Source;
use crate::cli::store::{self, StoreKind};

/// Forget the session of the profile. It is not an error if there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis logout
  noesis logout --all")]
pub struct Args {
    /// Forget the sessions of all profiles
    #[arg(long)]
    all: bool,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    let mut done = Vec::new();
    let mut failed = None;
    for (profile, store) in if args.all {
        all_profiles(ctx)?
    } else {
        vec![selected_profile(ctx)]
    } {
        let is_named = !args.all && ctx.settings.profile.source != Source::Default;
        let known = if is_named { ctx.require_profile() } else { Ok(()) };
        let deleted = ctx.session_manager_of(&profile, store)?.delete();
        // A profile that nothing names any more may still have a session in the keyring.
        if !matches!(deleted, Ok(true)) {
            known?;
        }
        match deleted {
            Ok(removed) => done.push(Forgotten {
                profile,
                removed,
                error: None,
            }),
            // One locked keyring must not keep the other sessions from being forgotten.
            Err(error) if args.all => {
                let error = CliError::from(error);
                done.push(Forgotten {
                    profile,
                    removed: false,
                    error: Some(error.report()),
                });
                failed = failed.or(Some(error));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if ctx.settings.token.is_some() {
        ctx.out.warn("`NOESIS_TOKEN` is still set, and used by other commands");
    }
    ctx.out.show(&Done { profiles: done })?;
    failed.map_or(Ok(ExitStatus::Success), Err)
}

fn selected_profile(ctx: &Context) -> (String, StoreKind) {
    (ctx.settings.profile.value.clone(), ctx.settings.store.value)
}

/// Every known profile with its store: those in the config file, those in the folder of the file store, and the profile of
/// this run if it was named.
fn all_profiles(ctx: &Context) -> Result<Vec<(String, StoreKind)>, CliError> {
    ctx.settings.require_config()?;
    let mut all: BTreeSet<(String, StoreKind)> = BTreeSet::new();
    for (name, profile) in &ctx.settings.config.profile {
        all.insert((name.clone(), profile.store.unwrap_or_default()));
    }
    let sessions = ctx.settings.paths.sessions()?;
    for kind in StoreKind::all() {
        let profiles = store::profiles(*kind, &sessions)?;
        all.extend(profiles.into_iter().map(|profile| (profile, *kind)));
    }
    let (name, store) = selected_profile(ctx);
    let recorded = all.iter().any(|(known, _)| *known == name);
    if !recorded && (ctx.settings.profile.source != Source::Default || store != StoreKind::default()) {
        all.insert((name, store));
    }
    Ok(all.into_iter().collect())
}

#[derive(Debug, Serialize)]
struct Done {
    profiles: Vec<Forgotten>,
}

#[derive(Debug, Serialize)]
struct Forgotten {
    profile: String,
    removed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

impl View for Done {
    fn text(&self, page: &mut Page) {
        if self.profiles.is_empty() {
            page.line("no profile is signed in");
        }
        for Forgotten {
            profile,
            removed,
            error,
        } in &self.profiles
        {
            page.line(&match (error, removed) {
                (Some(error), _) => format!("not signed out of profile `{profile}`: {}", error.message),
                (None, true) => format!("signed out of profile `{profile}`"),
                (None, false) => format!("not signed in (profile `{profile}`)"),
            });
        }
    }
}
