//! `noesis doctor`: checks what a sign-in and a session depend on, and says what to do about each check that fails.
//!
//! It repairs nothing: the session stays as it is, and everything that a check writes is removed. One group of checks per
//! file, in the order in which they are shown.

mod browser;
mod check;
mod connect;
mod files;
mod network;
mod ports;
mod proxy;
mod session;
mod store;

use serde::Serialize;

use self::check::{CheckStatus, DoctorCheck};
use crate::Secret;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, Style, View};
use crate::cli::session::Session;
use crate::cli::settings::Source;
use crate::http::BaseUrl;

/// Check what a sign-in and a session depend on, and say what to do about each check that fails.
///
/// Nothing is changed. Exit status 0 means that no check failed (a warning is not a failure), 1 that one did.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis doctor
  noesis doctor --store file --timeout 3s
  noesis doctor --json | jq '.checks[] | select(.result != \"pass\")'")]
pub struct Args {}

pub fn run(ctx: &Context, _args: &Args) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    // First, as later checks create folders that are missing.
    let mut checks = files::checks(ctx);
    let is_private = checks
        .iter()
        .all(|check| check.name != files::FOLDER || !check.failed());
    let stores = store::checks(ctx, is_private);
    let has_store = !stores.iter().any(DoctorCheck::failed);
    checks.extend(stores);
    let (check, session) = session::check(ctx, has_store);
    checks.push(check);
    checks.push(browser::check(ctx));
    checks.extend(ports::checks());
    let platform = platform(ctx, session.as_ref());
    checks.extend(network::checks(ctx, platform, &secrets(ctx, session))?);
    if let Source::Flag(_) = ctx.settings.profile.source {
        let profile = &ctx.settings.profile.value;
        checks = checks.into_iter().map(|check| check.for_profile(profile)).collect();
    }
    let well = !checks.iter().any(DoctorCheck::failed);
    ctx.out.show(&Checkup { well, checks })?;
    Ok(match well {
        true => ExitStatus::Success,
        false => ExitStatus::Failure,
    })
}

/// The platform that the settings name, or else the one that the session is with.
fn platform(ctx: &Context, session: Option<&Session>) -> Result<BaseUrl, CliError> {
    let named = match (&ctx.settings.base_url, session) {
        (None, Some(session)) => session.base_url.clone(),
        _ => ctx.base_url()?,
    };
    Ok(BaseUrl::parse(&named)?)
}

/// Secrets that the platform could know, and must not get into the output by its answers. None of them is sent.
fn secrets(ctx: &Context, session: Option<Session>) -> Vec<Secret> {
    let base_url = ctx.settings.base_url.as_ref().map(|url| url.value.as_str());
    let client = ctx.settings.client_secret(base_url.unwrap_or_default(), None);
    let mut secrets: Vec<Secret> = client.ok().flatten().into_iter().collect();
    secrets.extend(ctx.settings.token.clone());
    if let Some(session) = session {
        secrets.extend([session.access_token, session.refresh_token]);
    }
    secrets
}

#[derive(Debug, Serialize)]
struct Checkup {
    well: bool,
    checks: Vec<DoctorCheck>,
}

impl View for Checkup {
    fn text(&self, page: &mut Page) {
        for check in &self.checks {
            let (style, mark) = match check.result {
                CheckStatus::Pass => (Style::Green, "ok"),
                CheckStatus::Warn => (Style::Yellow, "warn"),
                CheckStatus::Fail => (Style::Red, "FAIL"),
                CheckStatus::Skip => (Style::Dim, "skip"),
            };
            let hint = check.hint.as_ref().map(ToString::to_string);
            page.check(style, mark, check.name, &check.detail, hint.as_deref());
        }
    }
}
