//! `noesis decode`: the content of a token: header, claims, times, entitlements. Verifies nothing.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{JsonText, Page, Style, View, time};
use crate::json_text;
use crate::{TokenPayload, Unverified};

/// Show the content of a token: header, claims, times, entitlements. Verifies nothing, and needs no network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis decode
  noesis decode eyJhbGciOiJSUzI1NiIs…
  noesis decode @token.txt --json | jq .claims")]
pub struct Args {
    /// The token, `-` for standard input, or `@FILE` [default: NOESIS_TOKEN, then the session's]
    #[arg(value_name = "TOKEN")]
    pub token: Option<String>,
}

/// Claims that are times (RFC 7519 §4.1, OpenID Connect Core §2).
const TIME_CLAIMS: [&str; 5] = ["exp", "nbf", "iat", "auth_time", "updated_at"];

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let token = match &args.token {
        Some(argument) => {
            ctx.catch_interrupts_at(argument);
            input::token("token", argument)?
        }
        None => ctx.bearer_as_it_is()?.token,
    };
    let token = Unverified::parse(token.expose()).map_err(|e| {
        CliError::usage(
            format!("not a token: {e}"),
            "give a JWT: three segments separated by dots",
        )
    })?;
    let now = ctx.now();
    let payload = token.payload();
    let [header, claims] = token.texts();
    ctx.out.show(&Decoded {
        verified: false,
        expired: payload.exp.map(|at| at <= now),
        header: JsonText(header),
        claims: JsonText(claims),
        token: &token,
        payload,
        now,
    })?;
    Ok(ExitStatus::Success)
}

#[derive(Serialize)]
struct Decoded<'a> {
    verified: bool,
    header: JsonText<'a>,
    claims: JsonText<'a>,
    expired: Option<bool>,
    #[serde(skip)]
    token: &'a Unverified,
    #[serde(skip)]
    payload: TokenPayload,
    #[serde(skip)]
    now: i64,
}

impl View for Decoded<'_> {
    fn text(&self, page: &mut Page) {
        page.styled(Style::Yellow, "NOT VERIFIED: anybody could have written this token");
        page.gap();
        page.styled(Style::Bold, "header");
        members(page, self.token.header(), self.header, |_, value, text| {
            value_text(value, text)
        });
        page.gap();
        page.styled(Style::Bold, "claims");
        let entitlements = !self.payload.entitlements.is_empty();
        members(
            page,
            self.token.claims(),
            self.claims,
            |name, value, text| match value.as_f64() {
                Some(seconds) if TIME_CLAIMS.contains(&name) => {
                    // Saturates, as a time beyond all clocks should.
                    let moment = time::moment(seconds as i64, self.now);
                    let mark = if name == "exp" && self.expired == Some(true) {
                        "EXPIRED "
                    } else {
                        ""
                    };
                    format!("{text} ({mark}{moment})")
                }
                _ if name == "entitlements" && entitlements => {
                    let all = value.as_array().map_or(0, Vec::len);
                    let readable = self.payload.entitlements.len();
                    match all - readable {
                        0 => format!("{readable}, below"),
                        malformed => format!("{readable}, below; {malformed} more, malformed and without effect"),
                    }
                }
                _ => value_text(value, text),
            },
        );
        if entitlements {
            page.gap();
            page.entitlements(&self.payload.entitlements, self.now);
        }
    }
}

/// The members of an object in their order, one per line. `say` gets the name, the value, and how that was written.
fn members(
    page: &mut Page,
    object: &Map<String, Value>,
    written: JsonText<'_>,
    say: impl Fn(&str, &Value, &str) -> String,
) {
    let texts = json_text::members(written.0);
    if object.is_empty() {
        page.line("  (empty)");
    }
    let width = object
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .min(24);
    for (name, value) in object {
        let text = texts.get(name).copied().unwrap_or_default();
        page.entry(width, name, &say(name, value, text));
    }
}

fn value_text(value: &Value, text: &str) -> String {
    match value {
        Value::String(text) => text.clone(),
        _ => json_text::formatted(text, false),
    }
}
