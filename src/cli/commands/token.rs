//! `noesis token`: prints a valid access token, refreshing the session first if it expires too soon.

use std::time::Duration;

use crate::cli::args::lifetime;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::session::TokenRequirement;

/// Print a valid access token and a newline, refreshing the session first if the token expires too soon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curl -H \"$(noesis token --header)\" https://…
  noesis token --min-ttl 10m")]
pub struct Args {
    /// How much longer the token has to be valid
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = lifetime)]
    min_ttl: Duration,
    /// Print the whole header, `Authorization: Bearer …`
    #[arg(long)]
    header: bool,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let bearer = ctx.bearer(TokenRequirement::MinTtl(args.min_ttl))?;
    let token = bearer.token.expose();
    match (ctx.out.is_json(), args.header) {
        (true, _) => ctx.out.json(&serde_json::json!({
            "access_token": token,
            "token_type": bearer.token_type,
            "expires_at": bearer.expires_at,
        }))?,
        (false, true) => ctx.out.raw(&format!("Authorization: Bearer {token}\n"))?,
        (false, false) => ctx.out.raw(&format!("{token}\n"))?,
    }
    Ok(ExitStatus::Success)
}
