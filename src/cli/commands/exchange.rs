//! `noesis exchange`: exchanges an authorization code for tokens, for scripts: the SDK's `exchange_code`.

use crate::cli::args::secret;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::token_document;

/// Exchange an authorization code for tokens, and print them as JSON. Stores nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis exchange \"$CODE\" --code-verifier @verifier.txt \\
      --redirect-uri http://127.0.0.1:8400/callback
  noesis exchange - --code-verifier @verifier.txt < code.txt \\
      --redirect-uri http://127.0.0.1:8400/callback | noesis login --with-token")]
pub struct Args {
    /// The authorization code, `-` for standard input, or `@FILE`
    #[arg(value_name = "CODE", allow_hyphen_values = true, value_parser = secret)]
    code: String,
    /// The redirect URI of the authorization request
    #[arg(long, value_name = "URI")]
    redirect_uri: String,
    /// The PKCE code verifier, `-` for standard input, or `@FILE`
    #[arg(long, value_name = "V", allow_hyphen_values = true)]
    code_verifier: Option<String>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    if args.code == "-" && args.code_verifier.as_deref() == Some("-") {
        return Err(CliError::usage(
            "the code and the code verifier cannot both come from standard input",
            "put one of them into a file and give it as `@FILE`",
        ));
    }
    ctx.catch_interrupts();
    let code = input::text("authorization code", &args.code)?;
    let verifier = args.code_verifier.as_deref();
    let verifier = verifier
        .map(|argument| input::text("code verifier", argument))
        .transpose()?;
    let client = ctx.client(&ctx.base_url()?, Some(&ctx.client_id()?))?;
    ctx.out.probe()?;
    let tokens = ctx.request(async {
        let answer = client.exchange_code(&code, &args.redirect_uri, verifier.as_ref()).await;
        answer.map_err(|error| {
            if error.is_invalid_grant() {
                CliError::auth(
                    error,
                    "get a new code: a code can be used once, within about a minute, with its own redirect URI and verifier",
                )
            } else {
                error.into()
            }
        })
    })?;
    ctx.out.json(&token_document(&tokens))?;
    ctx.warn_of_unread(&tokens.unread);
    Ok(ExitStatus::Success)
}
