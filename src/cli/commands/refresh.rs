//! `noesis refresh`: refreshes the stored session, or exchanges a given refresh token without storing anything.

use serde::Serialize;

use crate::cli::args::secret;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Hint, Invocation};
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{Page, Style, View, time, token_document};
use crate::cli::session::TokenRequirement;

/// Refresh the session now. Given a refresh token, use that one instead: store nothing, and print the response as JSON.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis refresh
  noesis refresh @refresh-token.txt | jq -r .access_token")]
pub struct Args {
    /// A refresh token, `-` for standard input, or `@FILE`
    #[arg(value_name = "REFRESH_TOKEN", allow_hyphen_values = true, value_parser = secret)]
    token: Option<String>,
    /// The same after `--`, where nothing is a flag
    #[arg(value_name = "REFRESH_TOKEN", last = true, hide = true, conflicts_with = "token")]
    literal: Option<String>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    match args.token.as_ref().or(args.literal.as_ref()) {
        Some(token) => given(ctx, token)?,
        None => stored(ctx)?,
    }
    Ok(ExitStatus::Success)
}

fn stored(ctx: &Context) -> Result<(), CliError> {
    if ctx.settings.token.is_some() {
        return Err(CliError::usage(
            "`NOESIS_TOKEN` is used instead of the stored session, and it cannot be refreshed",
            "run `env -u NOESIS_TOKEN noesis refresh` to refresh the stored session",
        ));
    }
    let now = ctx.now();
    let manager = ctx.session_manager()?;
    let fresh = ctx.fresh(&manager, TokenRequirement::ForceRefresh)?;
    ctx.out.show(&Refreshed {
        profile: manager.profile,
        expires_at: fresh.session.expires_at,
        rotated: fresh.rotated,
        now,
    })
}

fn given(ctx: &Context, token: &str) -> Result<(), CliError> {
    let token = input::text("refresh token", token)?;
    let base_url = ctx.base_url()?;
    let client_id = ctx.settings.client_id.as_ref().map(|id| id.value.as_str());
    let client = ctx.client(&base_url, client_id)?;
    ctx.out.probe()?;
    let tokens = ctx.request(async {
        let answer = client.refresh_token(&token).await;
        answer.map_err(|error| {
            if error.is_invalid_grant() {
                CliError::login_required(
                    error.message,
                    Hint::run(Invocation::new("login")).text(" to sign in again"),
                )
            } else {
                error.into()
            }
        })
    })?;
    ctx.out.json(&token_document(&tokens))?;
    ctx.warn_of_unread(&tokens.unread);
    Ok(())
}

#[derive(Debug, Serialize)]
struct Refreshed {
    profile: String,
    expires_at: Option<i64>,
    rotated: bool,
    #[serde(skip)]
    now: i64,
}

impl View for Refreshed {
    fn text(&self, page: &mut Page) {
        let until = match self.expires_at {
            Some(at) => format!(", expires {}", time::moment(at, self.now)),
            None => String::new(),
        };
        page.styled(
            Style::Green,
            &format!("refreshed the session of profile `{}`{until}", self.profile),
        );
    }
}
