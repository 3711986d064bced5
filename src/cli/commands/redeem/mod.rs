//! `noesis redeem`: redeems activation codes, and updates the session's token.

mod code;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::bearer::Bearer;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Hint, Invocation, Report};
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{Page, Style, View, prompt, time};
use crate::cli::session::TokenRequirement;
use crate::{AuthError, ErrorCode, RedeemResult, Secret};

/// Redeem activation codes, and update the session's token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A code of 16 letters and digits may be typed in any case, with spaces or without dashes, in quotes.
One bad code does not stop the others.

Examples:
  noesis redeem AXKF-M3PQ-7RBN-W2YT
  noesis redeem @codes.txt            one code a line; `-` is standard input
  noesis redeem                       prompts for the code")]
pub struct Args {
    /// The codes; `@FILE` reads them from a file, `-` from standard input, one per line
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Also print the new access token
    #[arg(long)]
    show_token: bool,
}

/// How much longer the token that redeems a code has to be valid.
const MIN_TTL: Duration = Duration::from_secs(60);

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    ctx.catch_interrupts();
    let codes = codes(ctx, &args.codes)?;
    if args.show_token {
        ctx.out.probe()?;
    }
    let mut redeemed = Vec::new();
    for code in codes {
        if let Some(letter) = code::foreign_letter(&code) {
            let outcome = Err(foreign(&code, &letter).report());
            redeemed.push(Redeemed { code, outcome });
            continue;
        }
        // Looked up for each code, as the previous one may have changed the token.
        let outcome = match usable_bearer(ctx) {
            Ok(bearer) => redeem(ctx, &bearer, &code),
            Err(error) if redeemed.is_empty() => return Err(error),
            // What was redeemed before is told in any case.
            Err(error) => Err(error.report()),
        };
        redeemed.push(Redeemed { code, outcome });
    }
    let failures: Vec<ExitStatus> = redeemed
        .iter()
        .filter_map(|one| one.outcome.as_ref().err())
        .map(|r| r.exit)
        .collect();
    let redemptions = Redemptions {
        exit: match (redeemed.len(), failures.as_slice()) {
            (_, []) => ExitStatus::Success,
            (1, [exit]) => *exit,
            _ => ExitStatus::Failure,
        },
        redeemed,
        show_token: args.show_token,
        now: ctx.now(),
    };
    ctx.out.show(&redemptions)?;
    Ok(redemptions.exit)
}

/// The token to redeem a code with. A code is spent once: the place for the token that comes with its answer is tried before.
fn usable_bearer(ctx: &Context) -> Result<Bearer, CliError> {
    let bearer = ctx.bearer(TokenRequirement::MinTtl(MIN_TTL))?;
    if ctx.settings.token.is_none() {
        ctx.session_manager()?.probe()?;
    }
    Ok(bearer)
}

/// The codes to redeem, in their canonical form.
fn codes(ctx: &Context, arguments: &[String]) -> Result<Vec<String>, CliError> {
    let typed = match arguments {
        [] if ctx.can_ask() => prompted()?,
        [] => {
            return Err(CliError::usage(
                "no activation code was given",
                "give codes as arguments, as `@FILE`, or as `-` to read them from standard input",
            ));
        }
        [one] if one == "-" => match input::is_typed("activation code")? {
            true => prompted()?,
            false => lines(&input::piped("activation codes")?),
        },
        words => {
            let (files, literal): (Vec<&str>, Vec<&str>) =
                words.iter().map(String::as_str).partition(|word| word.starts_with('@'));
            let mut typed = code::join(&literal);
            for file in files {
                typed.extend(lines(&input::text("activation codes", file)?));
            }
            typed
        }
    };
    let codes: Vec<String> = typed
        .iter()
        .map(|line| code::canonical(line))
        .filter(|code| !code.is_empty())
        .collect();
    if codes.is_empty() {
        return Err(CliError::usage(
            "the activation code is empty",
            "give it as an argument, or one per line to `-`",
        ));
    }
    if codes.iter().any(|code| code.starts_with('-')) {
        return Err(CliError::usage(
            "`-` stands for standard input, and only alone",
            "run `noesis redeem - < codes.txt`",
        ));
    }
    Ok(codes)
}

/// The codes that a person types, who compares them with what is on a card or in a mail, and so has to see them.
fn prompted() -> Result<Vec<String>, CliError> {
    prompt::lines("Activation code").map(|typed| lines(&typed))
}

fn lines(text: &Secret) -> Vec<String> {
    text.expose().lines().map(str::to_owned).collect()
}

/// The result of one code.
struct Redeemed {
    code: String,
    outcome: Result<Success, Report>,
}

struct Success {
    result: RedeemResult,
    session_updated: bool,
    /// What the user should know about their token.
    note: Option<String>,
}

fn redeem(ctx: &Context, bearer: &Bearer, code: &str) -> Result<Success, Report> {
    let call = || {
        let base_url = bearer.base_url.clone().map_or_else(|| ctx.base_url(), Ok)?;
        let client = ctx.client(&base_url, bearer.client_id.as_deref())?;
        ctx.request(async {
            client
                .redeem_code(&bearer.token, code)
                .await
                .map_err(|e| refused(code, e))
        })
    };
    let result = call().map_err(|error| error.report())?;
    let (session_updated, note) = match update_session(ctx, bearer, &result) {
        Ok(outcome) => outcome,
        // The code is redeemed and the entitlement granted, so the code did not fail.
        Err(error) => {
            let why = error.report().message;
            (
                false,
                Some(format!(
                    "the session's token could not be refreshed ({why}); run `noesis refresh`"
                )),
            )
        }
    };
    ctx.warn_of_unread(&result.unread);
    Ok(Success {
        result,
        session_updated,
        note,
    })
}

/// Gets the new entitlement into the session's token: with the token in the response, or by a refresh.
fn update_session(ctx: &Context, bearer: &Bearer, result: &RedeemResult) -> Result<(bool, Option<String>), CliError> {
    if ctx.settings.token.is_some() {
        let how = match result.new_access_token {
            Some(_) => "`--show-token` prints a new one that does",
            None => "sign in or refresh to get one that does",
        };
        return Ok((
            false,
            Some(format!(
                "the token in `NOESIS_TOKEN` does not contain the new entitlement; {how}"
            )),
        ));
    }
    let manager = ctx.session_manager()?;
    let now = ctx.now();
    if let Some(new) = &result.new_access_token
        && manager.replace_access_token(&bearer.token, new, now)?
    {
        return Ok((true, None));
    }
    if result.new_access_token.is_none() && !result.token_refresh_required {
        return Ok((false, None));
    }
    // No new token came, or another process has refreshed the session meanwhile, perhaps before the redemption.
    ctx.fresh(&manager, TokenRequirement::ForceRefresh)?;
    Ok((true, None))
}

/// How to find out whether a code was redeemed.
fn look_for_tool(when: &'static str) -> Hint {
    Hint::run(Invocation::new("refresh"))
        .text(", then ")
        .command(Invocation::new("status"))
        .text(", to see whether the tool is there")
        .text(when)
}

/// The error of a code that is not sent, as it is none.
fn foreign(code: &str, letter: &str) -> CliError {
    CliError::usage(
        format!("the code `{code}` was not sent: it has the {letter}"),
        "type the code on your keyboard: it has the letters A to Z and digits only",
    )
}

/// The error of a rejected code.
fn refused(code: &str, error: AuthError) -> CliError {
    let (what, hint) = match (error.code, error.status) {
        (ErrorCode::InvalidResponse, _) => (
            "has probably been redeemed, but the answer cannot be read",
            look_for_tool(""),
        ),
        (ErrorCode::NetworkError, _) if error.never_sent => {
            let message = format!("the code `{code}` was not redeemed: {}", error.message);
            return AuthError { message, ..error }.into();
        }
        (ErrorCode::NetworkError, _) => (
            "may have been redeemed: no answer came",
            look_for_tool(" before you try the code again"),
        ),
        (ErrorCode::TokenInvalid, 404) => (
            "is unknown",
            "compare it with what you were given, letter by letter".into(),
        ),
        (ErrorCode::TokenInvalid, 409) => (
            "has already been redeemed",
            Hint::run(Invocation::new("status")).text(" to see your tools; a code works once"),
        ),
        (ErrorCode::TokenInvalid, 410) => ("has expired", "ask for a new one where you got it".into()),
        (ErrorCode::TokenInvalid, 400 | 422) => (
            "is malformed, or not accepted",
            "a code has 16 letters and digits, such as `AXKF-M3PQ-7RBN-W2YT`".into(),
        ),
        (ErrorCode::TokenInvalid, 401) => {
            let message = format!("the platform does not accept the token: {}", error.message);
            return CliError::auth(
                AuthError { message, ..error },
                Hint::run(Invocation::new("login")).text(" to sign in again"),
            );
        }
        _ => return error.into(),
    };
    let message = format!("the code `{code}` {what}: {}", error.detail());
    CliError::auth(AuthError { message, ..error }, hint)
}

/// The results of all codes.
struct Redemptions {
    redeemed: Vec<Redeemed>,
    exit: ExitStatus,
    show_token: bool,
    now: i64,
}

impl Redeemed {
    fn document(&self, show_token: bool) -> Value {
        let mut document = Map::from_iter([("code".to_owned(), json!(self.code))]);
        match &self.outcome {
            Err(report) => {
                document.insert("error".into(), json!(report));
            }
            Ok(Success {
                result,
                session_updated,
                ..
            }) => {
                document.insert("tool_id".into(), json!(result.tool_id));
                document.insert("tool_name".into(), json!(result.tool_name));
                document.insert("duration_days".into(), json!(result.duration_days));
                document.insert("expires_at".into(), json!(result.expires_at));
                document.insert("message".into(), json!(result.message));
                document.insert("token_refresh_required".into(), json!(result.token_refresh_required));
                document.insert("session_updated".into(), json!(session_updated));
                if show_token {
                    let token = result.new_access_token.as_ref().map(|token| token.expose());
                    document.insert("new_access_token".into(), json!(token));
                }
            }
        }
        document.into()
    }
}

impl serde::Serialize for Redemptions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.redeemed.iter().map(|one| one.document(self.show_token)))
    }
}

impl View for Redemptions {
    fn text(&self, page: &mut Page) {
        for one in &self.redeemed {
            match &one.outcome {
                Ok(success) => success.text(page, self.show_token, self.now),
                Err(report) => {
                    page.styled(Style::Red, &format!("not redeemed: {}", report.message));
                    if let Some(hint) = &report.hint {
                        page.field("hint", &hint.to_string());
                    }
                }
            }
        }
    }
}

impl Success {
    fn text(&self, page: &mut Page, show_token: bool, now: i64) {
        let result = &self.result;
        let tool = match (result.tool_name.trim(), result.tool_id.as_str()) {
            ("", "") => "a tool that the answer does not name".to_owned(),
            ("", id) => id.to_owned(),
            (name, "") => name.to_owned(),
            (name, id) => format!("{name} ({id})"),
        };
        let until = match result.expires_at.as_str() {
            "" => String::new(),
            at => format!(" until {}", time::iso(at, now)),
        };
        page.styled(Style::Green, &format!("redeemed: {tool}{until}"));
        if !result.message.is_empty() {
            page.field("message", &result.message);
        }
        if self.session_updated {
            page.field("session", "its token contains the new entitlement");
        }
        if let Some(note) = &self.note {
            page.field("note", note);
        }
        if show_token && let Some(token) = &result.new_access_token {
            page.line(token.expose());
        }
    }
}
