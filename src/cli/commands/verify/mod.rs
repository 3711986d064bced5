//! `noesis verify`: whether a token is valid, and every check of it, not only the first that failed.

mod batch;
mod batch_keys;
mod document;
mod key_warnings;

use std::num::NonZeroUsize;

use self::batch::Batch;
use crate::cli::batch::BatchArgs;
use crate::cli::context::{Context, now};
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{JsonText, Page, Style, View};
use crate::cli::verification_args::{VerificationArgs, VerificationKeys};
use crate::time::Zone;
use crate::{CheckResult, JwtValidator, Policy, Verdict};

/// Check a token's signature, times and access, and show every check. Exit status 0 is valid, 3 is not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis verify \"$TOKEN\" --tool vision-lab && echo may pass
  noesis verify --jwks keys.json --leeway 1m @token.txt
  noesis verify --batch tokens.txt > verdicts.jsonl")]
pub struct Args {
    /// The token, `-` for standard input, or `@FILE` [default: NOESIS_TOKEN, then the session's]
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// Also require access to this tool
    #[arg(long, value_name = "ID")]
    tool: Option<String>,
    #[command(flatten)]
    by: VerificationArgs,
    /// Send no request: use the keys that were fetched before, however old
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    batch: BatchArgs,
    /// How many threads verify a batch [default: one per core]
    #[arg(long, value_name = "N", requires = "batch")]
    jobs: Option<NonZeroUsize>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let mut policy = args.by.policy();
    if let Some(tool) = &args.tool {
        policy = policy.tool(tool);
    }
    if let Some(path) = &args.batch.batch {
        let base_url = ctx.settings.base_url.as_ref().map(|url| &*url.value);
        let batch = Batch {
            path,
            jobs: args.jobs,
            policy,
            tool: args.tool.clone(),
            args: &args.batch,
        };
        return batch::run(ctx, batch, keys(ctx, args, base_url)?);
    }
    let (token, base_url) = match &args.token {
        Some(argument) => {
            ctx.catch_interrupts_at(argument);
            (input::token("token", argument)?, None)
        }
        None => {
            let bearer = ctx.bearer_as_it_is()?;
            (bearer.token, bearer.base_url)
        }
    };
    // A session's token is verified against the keys of the platform that it is from.
    let named = ctx.settings.base_url.as_ref().map(|url| url.value.clone());
    let keys = keys(ctx, args, base_url.or(named).as_deref())?;
    let verdict = verify(ctx, policy, keys, token.expose())?;
    let verified = Verified {
        verdict: &verdict,
        tool: args.tool.as_deref(),
        now: ctx.now(),
    };
    if ctx.out.is_json() {
        ctx.out.json_text(&verified.document()?)?;
    } else {
        ctx.out.show(&verified)?;
    }
    Ok(ExitStatus::of_answer(verdict.is_valid()))
}

/// The keys that the arguments name, or the platform's. A command waits for its keys, as it has no later token to use
/// fresher ones for.
fn keys(ctx: &Context, args: &Args, base_url: Option<&str>) -> Result<VerificationKeys, CliError> {
    args.by.keys(base_url, |url| {
        let mut cache = ctx.key_cache(url)?.waits_for_refresh(true).offline(args.offline);
        if let Some(folder) = ctx.settings.paths.keys() {
            cache = cache.disk(folder);
        }
        Ok(cache.build()?)
    })
}

/// Verifies one token. Keys are fetched only where the token needs one.
fn verify(ctx: &Context, policy: Policy, keys: VerificationKeys, token: &str) -> Result<Verdict, CliError> {
    let mut validator = JwtValidator::builder().policy(policy).key_source(keys.source.clone());
    if let Some(secret) = keys.secret {
        validator = validator.hmac_secret(secret);
    }
    let validator = validator.build()?;
    let verdict = match validator.try_verify(token, now()) {
        Some(verdict) => verdict,
        None => {
            ctx.catch_interrupts();
            ctx.request(async { Ok(validator.verify(token, now()).await?) })?
        }
    };
    key_warnings::show(ctx, &keys.source);
    Ok(verdict)
}

/// A verdict as a person reads it.
struct Verified<'v> {
    verdict: &'v Verdict,
    tool: Option<&'v str>,
    now: i64,
}

impl Verified<'_> {
    fn document(&self) -> Result<String, CliError> {
        let mut text = Vec::new();
        document::write(&mut text, None, self.verdict, self.tool)
            .map_err(|e| CliError::io(format!("cannot write the result as JSON: {e}")))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl serde::Serialize for Verified<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self
            .document()
            .map_err(|e| serde::ser::Error::custom(e.report().message))?;
        JsonText(&document).serialize(serializer)
    }
}

impl View for Verified<'_> {
    fn text(&self, page: &mut Page) {
        let zone = Zone::local();
        match self.verdict.failed() {
            None => page.styled(Style::Green, "valid"),
            Some(check) => page.styled(
                Style::Red,
                &format!("not valid: {}: {}", check.name.as_str(), check.detail_in(&zone)),
            ),
        }
        page.gap();
        let rows: Vec<Vec<String>> = self
            .verdict
            .checks()
            .map(|check| {
                let result = match check.result {
                    CheckResult::Fail => "FAIL",
                    other => other.as_str(),
                };
                vec![
                    check.name.as_str().into(),
                    result.into(),
                    check.detail_in(&zone).into_owned(),
                ]
            })
            .collect();
        page.table(&["CHECK", "RESULT", "DETAIL"], &rows);
        let Some(signed) = self.verdict.signed() else {
            return;
        };
        let payload = signed.payload();
        if !payload.entitlements.is_empty() {
            page.gap();
            page.entitlements(&payload.entitlements, self.now);
        }
    }
}
