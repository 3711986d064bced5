//! `noesis pkce`: a PKCE pair for scripts, the SDK's `generate_pkce`.

use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{Page, View};
use crate::{PkcePair, generate_pkce};

/// Print a new PKCE pair (RFC 7636), or the challenge for a verifier.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis pkce
  noesis pkce --json | jq -r .code_challenge
  noesis pkce --verifier dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
pub struct Args {
    /// The code verifier to compute the challenge for: itself, `-` for standard input, or `@FILE`
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    verifier: Option<String>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let pair = match &args.verifier {
        None => generate_pkce(),
        Some(argument) => {
            ctx.catch_interrupts_at(argument);
            let verifier = input::text("code verifier", argument)?;
            PkcePair::from_verifier(verifier)
                .map_err(|e| CliError::usage(e.to_string(), "run `noesis pkce` for a verifier that RFC 7636 allows"))?
        }
    };
    ctx.out.show(&Pair {
        code_verifier: pair.code_verifier.expose(),
        code_challenge: &pair.code_challenge,
        code_challenge_method: "S256",
    })?;
    Ok(ExitStatus::Success)
}

#[derive(Serialize)]
struct Pair<'a> {
    code_verifier: &'a str,
    code_challenge: &'a str,
    code_challenge_method: &'static str,
}

impl View for Pair<'_> {
    fn text(&self, page: &mut Page) {
        for (name, value) in [
            ("code_verifier", self.code_verifier),
            ("code_challenge", self.code_challenge),
            ("code_challenge_method", self.code_challenge_method),
        ] {
            page.entry(21, name, value);
        }
    }
}
