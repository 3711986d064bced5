//! `noesis verify`: may this token be believed, and if not, why not? Every check, not only the first that failed.

mod batch;
mod document;
mod keys;

use std::num::NonZeroUsize;

use self::keys::Source;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::keys::JudgedBy;
use crate::cli::output::{Page, Style, View};
use crate::time::Zone;
use crate::{CheckName, CheckResult, Verdict};

/// Check a token's signature, times and access, and show every check. Exit code 0 is valid, 3 is not.
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
    by: JudgedBy,
    /// Ask nobody: use the keys that were fetched before, however old
    #[arg(long)]
    offline: bool,
    /// Judge one token a line of a file, or of `-`; answer with one JSON object a line, in the same order
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    batch: Option<String>,
    /// How many threads judge a batch [default: one a core]
    #[arg(long, value_name = "N", requires = "batch")]
    jobs: Option<NonZeroUsize>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let mut policy = args.by.policy();
    if let Some(tool) = &args.tool {
        policy = policy.tool(tool);
    }
    if let Some(path) = &args.batch {
        let source = Source::open(ctx, args, ctx.settings.base_url.as_ref().map(|url| &*url.value))?;
        return batch::run(ctx, path, args, policy, source);
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
    // A session's token is judged by the keys of the platform that it is from.
    let named = ctx.settings.base_url.as_ref().map(|url| url.value.clone());
    let source = Source::open(ctx, args, base_url.or(named).as_deref())?;
    let verdict = source.judge(ctx, policy, token.expose())?;
    let judged = Judged {
        verdict: &verdict,
        tool: args.tool.as_deref(),
        now: ctx.now(),
    };
    if ctx.out.is_json() {
        ctx.out.json(&judged.document()?)?;
    } else {
        ctx.out.show(&judged)?;
    }
    Ok(ExitStatus::of_answer(verdict.is_valid()))
}

/// Whether the access that was asked for is given by a token that is valid.
fn granted(verdict: &Verdict) -> bool {
    verdict.is_valid()
        && verdict
            .checks()
            .any(|check| check.name == CheckName::Access && check.result == CheckResult::Pass)
}

/// A verdict as a person reads it.
struct Judged<'v> {
    verdict: &'v Verdict,
    tool: Option<&'v str>,
    now: i64,
}

impl Judged<'_> {
    fn document(&self) -> Result<serde_json::Value, CliError> {
        let mut text = Vec::new();
        let written = document::write(&mut text, None, self.verdict, self.tool);
        written
            .map_err(serde_json::Error::io)
            .and_then(|()| serde_json::from_slice(&text))
            .map_err(|e| CliError::io(format!("cannot write the answer as JSON: {e}")))
    }
}

impl serde::Serialize for Judged<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self
            .document()
            .map_err(|e| serde::ser::Error::custom(e.report().message))?;
        document.serialize(serializer)
    }
}

impl View for Judged<'_> {
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
