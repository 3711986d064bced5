//! `noesis logout`: forgets the session of a profile, or of all.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::cli::output::{Page, View};
use crate::cli::store::StoreKind;

/// Forget the session of the profile. That there was none is fine.
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

pub fn run(ctx: &Context, args: &Args) -> Result<(), CliError> {
    ctx.catch_interrupts();
    let this = (ctx.settings.profile.value.clone(), ctx.settings.store.value);
    let mut profiles = BTreeMap::from([this]);
    if args.all {
        for (name, profile) in &ctx.settings.config.profile {
            let store = profile.store.unwrap_or_default();
            profiles.entry(name.clone()).or_insert(store);
        }
    }
    let mut done = Vec::new();
    let mut failed = None;
    for (profile, store) in profiles {
        match forget(ctx, &profile, store) {
            Ok(removed) => done.push(Forgotten { profile, removed }),
            // One keyring that is locked must not keep the other sessions.
            Err(error) if args.all => {
                ctx.out
                    .warn(&format!("profile `{profile}`: {}", error.report().message));
                failed = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    if ctx.settings.token.is_some() {
        ctx.out.warn("`NOESIS_TOKEN` is still set, and used by other commands");
    }
    ctx.out.show(&Done { profiles: done })?;
    failed.map_or(Ok(()), Err)
}

fn forget(ctx: &Context, profile: &str, store: StoreKind) -> Result<bool, CliError> {
    ctx.keeper_of(profile, store)?.forget()
}

#[derive(Debug, Serialize)]
struct Done {
    profiles: Vec<Forgotten>,
}

#[derive(Debug, Serialize)]
struct Forgotten {
    profile: String,
    removed: bool,
}

impl View for Done {
    fn text(&self, page: &mut Page) {
        for Forgotten { profile, removed } in &self.profiles {
            page.line(&if *removed {
                format!("signed out of profile `{profile}`")
            } else {
                format!("nobody was signed in (profile `{profile}`)")
            });
        }
    }
}
