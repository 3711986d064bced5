//! `noesis token`: prints a valid access token, renewing the session first where it ends too soon.

use std::time::Duration;

use serde::Serialize;

use crate::cli::args::duration_or_zero;
use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::cli::output::time;
use crate::cli::session::Need;
use crate::{Secret, Unverified};

/// Print a valid access token and a newline, renewing the session first where the token ends too soon.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curl -H \"$(noesis token --header)\" https://…
  noesis token --min-ttl 10m")]
pub struct Args {
    /// How long the token has to live at least
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration_or_zero)]
    min_ttl: Duration,
    /// Print the whole header, `Authorization: Bearer …`
    #[arg(long)]
    header: bool,
}

pub fn run(ctx: &Context, args: &Args) -> Result<(), CliError> {
    let now = ctx.now();
    let document = match &ctx.settings.token {
        Some(token) => given(ctx, token, args.min_ttl, now)?,
        None => {
            ctx.catch_interrupts();
            let keeper = ctx.keeper()?;
            let need = Need::MinTtl(args.min_ttl);
            let client =
                |session: &crate::cli::session::Session| ctx.client(&session.base_url, Some(&session.client_id));
            // Most runs end here: a token that lives takes no runtime.
            let fresh = match keeper.at_hand(need, now)? {
                Some(fresh) => fresh,
                None => ctx.block_on(keeper.fresh(need, now, client))?,
            };
            if fresh.renewed && !fresh.session.lives(args.min_ttl, now) {
                ctx.out.warn("the platform's tokens live shorter than `--min-ttl`");
            }
            Document {
                token_type: fresh.session.token_type,
                expires_at: fresh.session.expires_at,
                token: fresh.session.access_token,
            }
        }
    };
    match (ctx.out.is_json(), args.header) {
        (true, _) => ctx.out.json(&document.to_json()),
        (false, true) => ctx
            .out
            .raw(&format!("Authorization: Bearer {}\n", document.token.expose())),
        (false, false) => ctx.out.raw(&format!("{}\n", document.token.expose())),
    }
}

/// `NOESIS_TOKEN`, which nothing can renew.
fn given(ctx: &Context, token: &Secret, min_ttl: Duration, now: i64) -> Result<Document, CliError> {
    let expires_at = Unverified::parse(token.expose())
        .ok()
        .and_then(|token| token.payload().exp);
    if let Some(at) = expires_at {
        if at <= now {
            return Err(CliError::LoginRequired {
                message: format!("the token in `NOESIS_TOKEN` ended {}", time::distance(at, now)),
                hint: "set `NOESIS_TOKEN` to a new token, or unset it to use the stored session".into(),
            });
        }
        if at.saturating_sub(now) < i64::try_from(min_ttl.as_secs()).unwrap_or(i64::MAX) {
            ctx.out
                .warn(&format!("the token in `NOESIS_TOKEN` ends {}", time::distance(at, now)));
        }
    }
    Ok(Document {
        token: token.clone(),
        token_type: "bearer".into(),
        expires_at,
    })
}

struct Document {
    token: Secret,
    token_type: String,
    expires_at: Option<i64>,
}

impl Document {
    fn to_json(&self) -> impl Serialize {
        serde_json::json!({
            "access_token": self.token.expose(),
            "token_type": self.token_type,
            "expires_at": self.expires_at,
        })
    }
}
