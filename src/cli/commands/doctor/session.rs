//! Whether there is a session, how long its token is valid, and whether it belongs to the configured platform.

use super::check::DoctorCheck;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Hint, advice};
use crate::cli::session::Session;
use crate::http::BaseUrl;
use crate::time;

const NAME: &str = "session";

/// The check, and the session where there is one.
pub fn check(ctx: &Context, has_store: bool) -> (DoctorCheck, Option<Session>) {
    if ctx.settings.token.is_some() {
        return (of_environment(ctx), None);
    }
    let hint = || Hint::run(advice::login(&ctx.settings.profile.value));
    match ctx.require_profile() {
        // Before the first sign-in, none is missing.
        Err(_) if ctx.profiles().is_empty() => return (not_signed_in(ctx, hint()), None),
        Err(error) => return (DoctorCheck::error(NAME, &error, hint()), None),
        Ok(()) => {}
    }
    if !has_store {
        return (
            DoctorCheck::skip(NAME, "it cannot be read: see `keyring` and `store`"),
            None,
        );
    }
    let load = || {
        let manager = ctx.session_manager()?;
        let session = manager.load()?;
        Ok::<_, CliError>((manager, session))
    };
    let (manager, session) = match load() {
        Ok((manager, Some(session))) => (manager, session),
        Ok((_, None)) => return (not_signed_in(ctx, hint()), None),
        Err(error) => return (DoctorCheck::error(NAME, &error, hint()), None),
    };
    // No command uses a session with another platform than a flag or a variable names.
    if let Err(error) = manager.check_requested(&session) {
        return (DoctorCheck::error(NAME, &error.into(), hint()), Some(session));
    }
    (of_session(ctx, &session, hint()), Some(session))
}

fn not_signed_in(ctx: &Context, hint: Hint) -> DoctorCheck {
    let mut check = DoctorCheck::skip(
        NAME,
        format!("not signed in (profile `{}`)", ctx.settings.profile.value),
    );
    check.hint = Some(hint);
    check
}

fn of_session(ctx: &Context, session: &Session, hint: Hint) -> DoctorCheck {
    let now = ctx.now();
    let recorded = ctx.settings.base_url.as_ref().map(|url| BaseUrl::parse(&url.value));
    if let Some(Ok(recorded)) = recorded
        && recorded.as_str() != session.base_url
    {
        let message = format!(
            "it belongs to `{}`, and the profile names `{recorded}`",
            session.base_url
        );
        return DoctorCheck::warn(NAME, message, hint);
    }
    let is_refreshable = !session.refresh_token.is_empty();
    match session.expires_at {
        None if is_refreshable => DoctorCheck::pass(NAME, "it does not say when it expires; refreshed when needed"),
        None => DoctorCheck::warn(NAME, "it does not say when it expires, and cannot be refreshed", hint),
        Some(at) if is_refreshable && at <= now => {
            let message = format!("the token expired {}; refreshed when needed", time::distance(at, now));
            DoctorCheck::pass(NAME, message)
        }
        Some(at) if is_refreshable => {
            let message = format!("the token expires {}; refreshed when needed", time::moment(at, now));
            DoctorCheck::pass(NAME, message)
        }
        Some(at) if at <= now => {
            let message = format!("it expired {}, and cannot be refreshed", time::distance(at, now));
            DoctorCheck::fail(NAME, message, hint)
        }
        Some(at) => {
            let message = format!("it expires {}, and cannot be refreshed", time::moment(at, now));
            DoctorCheck::warn(NAME, message, hint)
        }
    }
}

/// `NOESIS_TOKEN`, which is used instead of a session and cannot be refreshed.
fn of_environment(ctx: &Context) -> DoctorCheck {
    let now = ctx.now();
    match ctx.bearer_as_it_is().map(|bearer| bearer.expires_at) {
        Err(error) => DoctorCheck::error(NAME, &error, advice::NEW_TOKEN),
        Ok(None) => DoctorCheck::pass(NAME, "`NOESIS_TOKEN` is used, and does not say when it expires"),
        Ok(Some(at)) if at <= now => {
            let message = format!("the token in `NOESIS_TOKEN` expired {}", time::distance(at, now));
            DoctorCheck::fail(NAME, message, advice::NEW_TOKEN)
        }
        Ok(Some(at)) => {
            let message = format!("`NOESIS_TOKEN` is used, and expires {}", time::moment(at, now));
            DoctorCheck::pass(NAME, message)
        }
    }
}
