//! `noesis authorize-url`: the authorization URL for scripts, the SDK's `build_authorize_url`.

use serde::Serialize;

use crate::AuthorizeRequest;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::output::{Page, View};

/// Print the URL at which a user approves a sign-in. Sends nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis authorize-url --redirect-uri http://127.0.0.1:8400/callback --state xyz
  noesis authorize-url --redirect-uri http://127.0.0.1:8400/callback \\
      --code-challenge \"$(noesis pkce --json | jq -r .code_challenge)\"")]
pub struct Args {
    /// Where the response is to be sent
    #[arg(long, value_name = "URI")]
    redirect_uri: String,
    /// What ties the response to this request; none is sent unless given
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    state: Option<String>,
    /// The PKCE challenge; its method is always S256
    #[arg(long, value_name = "C", allow_hyphen_values = true)]
    code_challenge: Option<String>,
    /// The scope to ask for; the platform needs none
    #[arg(long, value_name = "S")]
    scope: Option<String>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let client = ctx.client(&ctx.base_url()?, Some(&ctx.client_id()?))?;
    let url = client.build_authorize_url(&AuthorizeRequest {
        redirect_uri: &args.redirect_uri,
        state: args.state.as_deref(),
        code_challenge: args.code_challenge.as_deref(),
        scope: args.scope.as_deref(),
    })?;
    ctx.out.show(&Document {
        url,
        state: args.state.as_deref(),
    })?;
    Ok(ExitStatus::Success)
}

#[derive(Serialize)]
struct Document<'a> {
    url: String,
    state: Option<&'a str>,
}

impl View for Document<'_> {
    fn text(&self, page: &mut Page) {
        page.line(&self.url);
    }
}
