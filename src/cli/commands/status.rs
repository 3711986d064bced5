//! `noesis status`: who is signed in, where the session is kept, when it expires, and which tools it gives access to.
//! Offline.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Hint, advice};
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, Style, View, time};
use crate::cli::store::StoreKind;
use crate::{Entitlement, TokenPayload, Unverified};

/// Show who is signed in, where the session is kept, when it expires, and which tools it gives access to. Works offline.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis status
  noesis status --json | jq -r .sub")]
pub struct Args {}

pub fn run(ctx: &Context, _args: &Args) -> Result<ExitStatus, CliError> {
    let now = ctx.now();
    let status = match &ctx.settings.token {
        Some(token) => {
            let payload = Unverified::parse(token.expose()).ok().map(|token| token.payload());
            let setting =
                |value: &Option<crate::cli::settings::Sourced<String>>| value.as_ref().map(|v| v.value.clone());
            Status {
                base_url: setting(&ctx.settings.base_url),
                client_id: setting(&ctx.settings.client_id),
                expires_at: payload.as_ref().and_then(|p| p.exp),
                refreshable: false,
                ..Status::of(ctx, None, payload, now)
            }
        }
        None => {
            let manager = ctx.session_manager()?;
            let session = manager.load_required()?;
            Status {
                base_url: Some(session.base_url.clone()),
                client_id: Some(session.client_id.clone()),
                expires_at: session.expires_at,
                refreshable: !session.refresh_token.is_empty(),
                interrupted_at: manager.interrupted_refresh(&session),
                ..Status::of(ctx, Some(manager.store.kind()), session.payload(), now)
            }
        }
    }
    .with_expiry();
    ctx.out.show(&status)?;
    if status.expired && !status.refreshable {
        return Err(CliError::login_required(
            "the access token has expired, and there is no refresh token to refresh it with",
            match &ctx.settings.token {
                Some(_) => advice::NEW_TOKEN.into(),
                None => Hint::run(advice::login(&status.profile)),
            },
        ));
    }
    Ok(ExitStatus::Success)
}

#[derive(Debug, Serialize)]
struct Status {
    profile: String,
    base_url: Option<String>,
    client_id: Option<String>,
    source: &'static str,
    /// The same, where it is a store.
    #[serde(skip)]
    store: Option<StoreKind>,
    sub: Option<String>,
    role: Option<String>,
    is_admin: bool,
    expires_at: Option<i64>,
    expired: bool,
    refreshable: bool,
    /// When an interrupted refresh began: the platform may no longer accept the refresh token.
    interrupted_at: Option<i64>,
    entitlements: Vec<Entitlement>,
    #[serde(skip)]
    now: i64,
    #[serde(skip)]
    readable: bool,
}

impl Status {
    fn of(ctx: &Context, store: Option<StoreKind>, payload: Option<TokenPayload>, now: i64) -> Self {
        let readable = payload.is_some();
        let (sub, role, is_admin, entitlements) = match payload {
            Some(p) => (p.sub, p.role, p.is_admin, p.entitlements),
            None => (None, None, false, Vec::new()),
        };
        Self {
            profile: ctx.settings.profile.value.clone(),
            base_url: None,
            client_id: None,
            source: store.map_or("env", StoreKind::as_str),
            store,
            sub,
            role,
            is_admin,
            expires_at: None,
            expired: false,
            refreshable: false,
            interrupted_at: None,
            entitlements,
            now,
            readable,
        }
    }

    fn with_expiry(mut self) -> Self {
        self.expired = self.expires_at.is_some_and(|at| at <= self.now);
        self
    }
}

impl View for Status {
    fn text(&self, page: &mut Page) {
        page.field("profile", &self.profile);
        if let Some(url) = &self.base_url {
            page.field("platform", url);
        }
        if let Some(id) = &self.client_id {
            page.field("client", id);
        }
        match (&self.sub, self.readable) {
            (Some(sub), _) => page.styled_field("user", Style::Bold, sub),
            (None, true) => page.field("user", "the token does not say"),
            (None, false) => page.field("user", "unknown: the token is not a JWT"),
        }
        if let Some(role) = &self.role {
            page.field("role", role);
        }
        if self.is_admin {
            page.field("admin", "yes");
        }
        page.field(
            "kept in",
            match self.store {
                None => "the variable `NOESIS_TOKEN`",
                Some(store) => store.describe().place,
            },
        );
        let refresh = if self.refreshable {
            "refreshed when needed"
        } else {
            "cannot be refreshed"
        };
        match self.expires_at {
            Some(at) if self.expired => {
                page.styled_field(
                    "token",
                    Style::Red,
                    &format!("expired {}; {refresh}", time::moment(at, self.now)),
                );
            }
            Some(at) => {
                let text = format!("expires {}; {refresh}", time::moment(at, self.now));
                page.styled_field("token", Style::Green, &text);
            }
            None => page.field("token", &format!("does not say when it expires; {refresh}")),
        }
        if let Some(at) = self.interrupted_at {
            let text = format!(
                "INTERRUPTED: one that began {} was not finished; if the next one fails, run `noesis login`",
                time::moment(at, self.now)
            );
            page.styled_field("refresh", Style::Yellow, &text);
        }
        page.gap();
        if self.entitlements.is_empty() {
            page.line("no tools; run `noesis redeem CODE` to add one");
            return;
        }
        page.entitlements(&self.entitlements, self.now);
    }
}
