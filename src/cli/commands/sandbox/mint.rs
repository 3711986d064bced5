//! `noesis sandbox mint`: mints a token at a running sandbox, for tests.

use serde_json::{Map, Value, json};

use super::loopback_http::{self, LoopbackError};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::{AuthError, ErrorCode};

/// Print a token signed by the running sandbox, valid or invalid as requested.
///
/// With `--count`, that many tokens, one on each line and each with a `jti` of its own.
///
/// HS256 tokens are signed with the secret `noesis-sandbox-hs256-secret-for-tests-only`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis sandbox mint --sub ada --tool vision-lab=1h

  Expired, not valid yet, and signed with an unpublished key:
  noesis sandbox mint --expires-in -5m
  noesis sandbox mint --claim nbf=4102444800
  noesis sandbox mint --wrong-key

  A hundred, for a load test:
  noesis sandbox mint --count 100 --expires-in 1h > tokens.txt

  With unusual claims, and without a `jti`:
  noesis sandbox mint --claim aud='[\"a\",7]' --claim jti=")]
pub struct Args {
    /// The user, by default the sandbox's first; need not be one of its users
    #[arg(long, value_name = "S")]
    sub: Option<String>,
    /// A tool that the user may use, and for how long (30 days; `-1h` has expired); by default the user's own tools
    #[arg(long = "tool", value_name = "ID[=DURATION]")]
    tools: Vec<String>,
    /// The role
    #[arg(long, value_name = "R", value_parser = ["integrator", "distributor"])]
    role: Option<String>,
    /// Make the user an admin
    #[arg(long)]
    admin: bool,
    /// The lifetime; `-5m` expired five minutes ago
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = signed_seconds)]
    expires_in: Option<i64>,
    /// The algorithm
    #[arg(long, value_name = "ALG", value_parser = ["RS256", "HS256"], default_value = "RS256")]
    alg: String,
    /// The header's `kid`, by default that of the published key
    #[arg(long, value_name = "K")]
    kid: Option<String>,
    /// Sign with a key that is not published
    #[arg(long)]
    wrong_key: bool,
    /// A claim to set to a JSON value, or to remove if nothing follows the `=`
    #[arg(long = "claim", value_name = "k=json")]
    claims: Vec<String>,
    /// How many to print, one on each line [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_COUNT))]
    count: Option<u32>,
}

/// The most tokens of one run: a sandbox remembers somewhat more.
const MAX_COUNT: i64 = 10_000;

pub fn run(ctx: &Context, args: &Args) -> Result<(), CliError> {
    let mut request = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            request.insert(name.to_owned(), value);
        }
    };
    set("sub", args.sub.as_deref().map(Value::from));
    set("role", args.role.as_deref().map(Value::from));
    set("admin", args.admin.then_some(Value::Bool(true)));
    set("expires_in", args.expires_in.map(Value::from));
    set("alg", Some(args.alg.as_str().into()));
    set("kid", args.kid.as_deref().map(Value::from));
    set("wrong_key", Some(args.wrong_key.into()));
    if !args.tools.is_empty() {
        let tools: Result<Vec<Value>, CliError> = args.tools.iter().map(|tool| entitlement(tool)).collect();
        set("tools", Some(tools?.into()));
    }
    let claims: Result<Map<String, Value>, CliError> = args.claims.iter().map(|text| claim(text)).collect();
    set("claims", Some(claims?.into()));
    let request = Value::Object(request);
    let Some(count) = args.count else {
        let (token, document) = minted(ctx, &request)?;
        return match ctx.out.is_json() {
            true => ctx.out.json(&document),
            false => ctx.out.raw(&format!("{token}\n")),
        };
    };
    let mut documents = Vec::new();
    for _ in 0..count {
        let (token, document) = minted(ctx, &request)?;
        match ctx.out.is_json() {
            true => documents.push(document),
            false => ctx.out.raw(&format!("{token}\n"))?,
        }
    }
    match ctx.out.is_json() {
        true => ctx.out.json(&documents),
        false => Ok(()),
    }
}

/// A token, and the document that it came in.
fn minted(ctx: &Context, request: &Value) -> Result<(String, Value), CliError> {
    let minted = request_from(ctx, request)?;
    // Nothing but a token is printed, whatever server answered (rule X4).
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let token = minted.get("token").and_then(Value::as_str);
    let Some(token) = token.filter(|token| !token.is_empty() && token.bytes().all(allowed)) else {
        return Err(CliError::from(AuthError {
            status: 200,
            ..AuthError::new(
                ErrorCode::InvalidResponse,
                "the response has no token: the server is not a sandbox",
            )
        }));
    };
    Ok((token.to_owned(), minted))
}

fn request_from(ctx: &Context, request: &Value) -> Result<Value, CliError> {
    const HINT: &str = "run `noesis sandbox serve`, and set `NOESIS_BASE_URL` as it says";
    let base_url = ctx.base_url()?;
    let url = url::Url::parse(&format!("{base_url}/sandbox/mint"));
    let url = url.map_err(|e| CliError::usage(format!("invalid base URL `{base_url}`: {e}"), HINT))?;
    let failed = |code, status, why: String| {
        let error = AuthError::new(code, format!("cannot mint a token at `{base_url}`: {why}"));
        CliError::auth(AuthError { status, ..error }, HINT)
    };
    let response = loopback_http::send("POST", &url, Some(&request.to_string())).map_err(|e| match e {
        LoopbackError::NotLoopback => CliError::usage(format!("cannot mint a token at `{base_url}`: {e}"), HINT),
        e => failed(ErrorCode::NetworkError, 0, e.to_string()),
    })?;
    let document: Value = serde_json::from_str(&response.body).unwrap_or_default();
    match (response.status, document.get("detail").and_then(Value::as_str)) {
        (200, _) => Ok(document),
        (422, Some(detail)) => Err(CliError::usage(detail, "run `noesis sandbox mint --help`")),
        (status, _) => {
            let why = format!("the server answered with status {status}");
            Err(failed(ErrorCode::TokenInvalid, status, why))
        }
    }
}

/// `ID` or `ID=DURATION`.
fn entitlement(text: &str) -> Result<Value, CliError> {
    let mistake = |why: &str| CliError::usage(format!("`--tool {text}`: {why}"), "write it as `--tool vision-lab=1h`");
    let (id, duration) = match text.split_once('=') {
        Some((id, duration)) => (id, Some(duration)),
        None => (text, None),
    };
    if id.is_empty() {
        return Err(mistake("the tool has no ID"));
    }
    Ok(
        match duration.map(signed_seconds).transpose().map_err(|why| mistake(&why))? {
            Some(seconds) => json!({ "tool_id": id, "expires_in": seconds }),
            None => json!({ "tool_id": id }),
        },
    )
}

/// `name=json`, or `name=` for a claim to remove.
fn claim(text: &str) -> Result<(String, Value), CliError> {
    let mistake = |why: &str| {
        CliError::usage(
            format!("`--claim {text}`: {why}"),
            "write it as `--claim 'aud=\"my-tool\"'`",
        )
    };
    let (name, json) = text.split_once('=').ok_or_else(|| mistake("the `=` is missing"))?;
    if name.is_empty() {
        return Err(mistake("the claim has no name"));
    }
    if json.is_empty() {
        return Ok((name.to_owned(), Value::Null));
    }
    let value = serde_json::from_str(json).map_err(|_| mistake("what follows the `=` is not JSON"))?;
    Ok((name.to_owned(), value))
}

/// A duration in whole seconds, which may be negative, and may be given in days as entitlements are.
fn signed_seconds(text: &str) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    let duration = text
        .parse::<jiff::Span>()
        .and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()));
    let duration = duration.map_err(|_| format!("invalid duration `{text}`; write it as `1h30m`, `30d` or `-5m`"))?;
    Ok(duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_may_be_negative_and_in_days() {
        assert_eq!(signed_seconds("-5m"), Ok(-300));
        assert_eq!(signed_seconds("1h"), Ok(3600));
        assert_eq!(signed_seconds("30d"), Ok(2_592_000));
        assert_eq!(signed_seconds("1d12h"), Ok(129_600));
        assert_eq!(signed_seconds("48h"), Ok(172_800));
        for zero in ["0", "0s", "-0s", "500ms"] {
            assert_eq!(signed_seconds(zero), Ok(0), "{zero}");
        }
        for bad in ["", "-", "--5m", "5", "soon", "1mo", "99999999999999999999s"] {
            assert!(signed_seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tool_has_an_id_and_optionally_a_duration() {
        assert_eq!(entitlement("a").unwrap(), json!({ "tool_id": "a" }));
        let expired = json!({ "tool_id": "a", "expires_in": -3600 });
        assert_eq!(entitlement("a=-1h").unwrap(), expired);
        for bad in ["", "=1h", "a=", "a=soon"] {
            assert_eq!(entitlement(bad).unwrap_err().report().exit.number(), 2, "{bad}");
        }
    }

    #[test]
    fn a_claim_is_set_to_json_or_removed() {
        assert_eq!(claim("a=[1]").unwrap(), ("a".to_owned(), json!([1])));
        assert_eq!(claim("a=").unwrap(), ("a".to_owned(), Value::Null));
        assert_eq!(claim("a=\"x=y\"").unwrap().1, json!("x=y"));
        for bad in ["a", "=1", "a=x", "a={"] {
            assert_eq!(claim(bad).unwrap_err().report().exit.number(), 2, "{bad}");
        }
    }
}
