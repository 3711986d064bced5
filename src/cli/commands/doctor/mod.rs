//! `noesis doctor`: checks what a sign-in and a session stand on, and says of each what to do about it.
//!
//! It looks and tries, and mends nothing: the session stays as it is, and what a try leaves is removed. One group of
//! checks a file, in the order in which they are told.

mod browser;
mod files;
mod network;
mod ports;
mod proxy;
mod session;
mod store;

use serde::Serialize;

use crate::Secret;
use crate::cli::context::Context;
use crate::cli::error::{CliError, hint_for_profile};
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, Style, View};
use crate::cli::session::Session;
use crate::cli::settings::Source;
use crate::http::BaseUrl;

/// Check what a sign-in and a session stand on, and say what to do about each.
///
/// Nothing is changed. Ends with 0 where nothing failed (a warning is no failure), else with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis doctor
  noesis doctor --store file --timeout 3s
  noesis doctor --json | jq '.checks[] | select(.result != \"pass\")'")]
pub struct Args {}

pub fn run(ctx: &Context, _args: &Args) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    // Before anything is tried, as a try makes folders that are missing.
    let mut checks = files::checks(ctx);
    let is_closed = checks
        .iter()
        .all(|check| check.name != files::FOLDER || !check.failed());
    let stores = store::checks(ctx, is_closed);
    let has_store = !stores.iter().any(Check::failed);
    checks.extend(stores);
    let (check, session) = session::check(ctx, has_store);
    checks.push(check);
    checks.push(browser::check(ctx));
    checks.extend(ports::checks());
    let platform = platform(ctx, session.as_ref());
    checks.extend(network::checks(ctx, platform, &secrets(ctx, session))?);
    if let Source::Flag(_) = ctx.settings.profile.source {
        for hint in checks.iter_mut().filter_map(|check| check.hint.as_mut()) {
            *hint = hint_for_profile(hint, &ctx.settings.profile.value);
        }
    }
    let well = !checks.iter().any(Check::failed);
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

/// What a platform could know and must not make this program print. None of it is sent.
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

/// What one check came to.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    result: Outcome,
    detail: String,
    hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Pass,
    Warn,
    Fail,
    Skip,
}

impl Check {
    fn new(name: &'static str, result: Outcome, detail: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            name,
            result,
            detail: detail.into(),
            hint,
        }
    }

    fn pass(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Outcome::Pass, detail, None)
    }

    fn skip(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, Outcome::Skip, detail, None)
    }

    fn warn(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Outcome::Warn, detail, Some(hint.into()))
    }

    fn fail(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, Outcome::Fail, detail, Some(hint.into()))
    }

    /// A failure in the words that any other command ends with.
    fn error(name: &'static str, error: &CliError, otherwise: &str) -> Self {
        let report = error.report();
        Self::fail(
            name,
            report.message,
            report.hint.unwrap_or_else(|| otherwise.to_owned()),
        )
    }

    fn failed(&self) -> bool {
        self.result == Outcome::Fail
    }
}

#[derive(Debug, Serialize)]
struct Checkup {
    well: bool,
    checks: Vec<Check>,
}

impl View for Checkup {
    fn text(&self, page: &mut Page) {
        for check in &self.checks {
            let (style, mark) = match check.result {
                Outcome::Pass => (Style::Green, "ok"),
                Outcome::Warn => (Style::Yellow, "warn"),
                Outcome::Fail => (Style::Red, "FAIL"),
                Outcome::Skip => (Style::Dim, "skip"),
            };
            page.check(style, mark, check.name, &check.detail, check.hint.as_deref());
        }
    }
}
