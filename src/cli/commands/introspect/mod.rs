//! `noesis introspect`: asks the platform whether a token is active (RFC 7662).

mod access;
mod batch;
mod compare;
mod retry;

use std::num::NonZeroUsize;

use serde::Serialize;
use serde::ser::SerializeMap as _;

use self::access::Access;
use self::compare::Comparison;
use self::retry::Retry;
use crate::IntrospectResult;
use crate::cli::batch::BatchArgs;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input;
use crate::cli::output::{JsonText, Page, Style, View, time};
use crate::json_text;

/// Ask the platform whether a token is active. Exit status 0 is yes, 3 is no.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis introspect \"$TOKEN\" && echo may pass
  noesis introspect \"$TOKEN\" --tool vision-lab
  noesis introspect --compare
  noesis introspect --batch tokens.txt --jobs 32 > answers.jsonl")]
pub struct Args {
    /// The token, `-` for standard input, or `@FILE` [default: NOESIS_TOKEN, then the session's]
    #[arg(value_name = "TOKEN")]
    token: Option<String>,
    /// Also decide whether the user may use this tool
    #[arg(long, value_name = "ID")]
    tool: Option<String>,
    /// Also show the claims of the token itself, and where the two differ
    #[arg(long, conflicts_with = "batch")]
    compare: bool,
    /// How often to ask again where the platform cannot answer now (429, 5xx) or cannot be reached
    #[arg(long, value_name = "N", default_value_t = 0)]
    retry: u32,
    #[command(flatten)]
    batch: BatchArgs,
    /// How many requests of a batch are in flight at once
    #[arg(long, value_name = "N", default_value = "8", requires = "batch")]
    jobs: NonZeroUsize,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let retry = Retry::new(args.retry);
    if let Some(source) = &args.batch.batch {
        let batch = batch::Batch {
            path: source,
            jobs: args.jobs.get(),
            tool: args.tool.as_deref(),
            retry,
            args: &args.batch,
        };
        return batch::run(ctx, batch);
    }
    ctx.catch_interrupts();
    let (token, home) = match &args.token {
        Some(argument) => (input::token("token", argument)?, None),
        None => {
            let bearer = ctx.bearer_as_it_is()?;
            (bearer.token, Some((bearer.base_url, bearer.client_id)))
        }
    };
    let (base_url, client_id) = match home {
        // A stored token is sent to the platform that issued it.
        Some((Some(base_url), client_id)) => (base_url, client_id),
        _ => (
            ctx.base_url()?,
            ctx.settings.client_id.as_ref().map(|id| id.value.clone()),
        ),
    };
    let client = ctx.client(&base_url, client_id.as_deref())?;
    let result = ctx.request(async { Ok(retry.introspect(&client, &token).await?) })?;
    let mut introspection = Introspection::new(result, args.tool.as_deref(), ctx.now());
    if args.compare {
        let comparison = Comparison::of(token.expose(), &introspection.result, introspection.now);
        introspection.comparison = Some(comparison);
    }
    ctx.out.show(&introspection)?;
    Ok(introspection.exit_status())
}

/// The platform's response, and the decision on it.
struct Introspection {
    result: IntrospectResult,
    /// The decision about the tool that was given.
    access: Option<Access>,
    comparison: Option<Comparison>,
    now: i64,
}

impl Introspection {
    fn new(result: IntrospectResult, tool: Option<&str>, now: i64) -> Self {
        let access = tool.map(|tool| Access::decide(tool, result.payload().as_ref(), now));
        Self {
            result,
            access,
            comparison: None,
            now,
        }
    }

    fn exit_status(&self) -> ExitStatus {
        let granted = self.access.as_ref().is_none_or(Access::is_granted);
        ExitStatus::of_answer(self.result.active && granted)
    }

    /// Why the answer is no, where it is: the kind and the description.
    fn refusal(&self) -> Option<(&'static str, String)> {
        match &self.access {
            _ if !self.result.active => Some(("inactive", "the platform does not accept this token".to_owned())),
            Some(access) if !access.is_granted() => Some(("access", access.describe(self.now))),
            _ => None,
        }
    }

    /// The server's document as it was written, with `active` always a boolean; as a line of a batch with its number.
    fn document(&self, line: Option<u64>) -> Document<'_> {
        Document {
            introspection: self,
            line,
        }
    }
}

/// An introspection as JSON.
struct Document<'a> {
    introspection: &'a Introspection,
    line: Option<u64>,
}

impl Serialize for Document<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Introspection {
            result,
            access,
            comparison,
            ..
        } = self.introspection;
        let mut map = serializer.serialize_map(None)?;
        if let Some(line) = self.line {
            map.serialize_entry("line", &line)?;
        }
        map.serialize_entry("active", &result.active)?;
        let written = json_text::members(&result.text);
        for name in result.document.keys() {
            // What the command itself says takes the place of a member of that name.
            let is_own = match name.as_str() {
                "active" => true,
                "line" => self.line.is_some(),
                "access" => access.is_some(),
                "compare" => comparison.is_some(),
                _ => false,
            };
            if let Some(text) = written.get(name).filter(|_| !is_own) {
                map.serialize_entry(name, &JsonText(text))?;
            }
        }
        if let Some(access) = access {
            map.serialize_entry("access", access)?;
        }
        if let Some(comparison) = comparison {
            map.serialize_entry("compare", comparison)?;
        }
        map.end()
    }
}

impl Serialize for Introspection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document(None).serialize(serializer)
    }
}

impl View for Introspection {
    fn text(&self, page: &mut Page) {
        self.verdict(page);
        if let Some(comparison) = &self.comparison {
            comparison.text(page, self.now);
        }
    }
}

impl Introspection {
    fn verdict(&self, page: &mut Page) {
        let Some(payload) = self.result.payload() else {
            page.styled(Style::Red, "not active: the platform does not accept this token");
            return;
        };
        page.styled(Style::Green, "active");
        if let Some(sub) = &payload.sub {
            page.styled_field("user", Style::Bold, sub);
        }
        if let Some(at) = payload.exp {
            page.field("expires", &time::moment(at, self.now));
        }
        if let Some(at) = payload.iat {
            page.field("issued", &time::moment(at, self.now));
        }
        if let Some(jti) = &payload.jti {
            page.field("token ID", jti);
        }
        if let Some(access) = &self.access {
            let style = if access.is_granted() { Style::Green } else { Style::Red };
            page.styled_field("tool", style, &access.describe(self.now));
        }
        if !payload.entitlements.is_empty() {
            page.gap();
            page.entitlements(&payload.entitlements, self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(document: Value, tool: Option<&str>) -> Introspection {
        let Value::Object(document) = document else {
            panic!("no object")
        };
        let result = IntrospectResult {
            active: document.get("active") == Some(&Value::Bool(true)),
            sub: None,
            exp: None,
            iat: None,
            jti: None,
            entitlements: None,
            text: serde_json::to_string(&document).unwrap(),
            document,
        };
        Introspection::new(result, tool, 100)
    }

    #[test]
    fn access_needs_an_active_token_and_an_unexpired_entitlement() {
        let tools = json!([{"tool_id": 7, "expires_at": 200}, {"tool_id": "old", "expires_at": 100}]);
        for (active, tool, exit) in [
            (json!(true), None, 0),
            (json!(true), Some("7"), 0),
            (json!(true), Some("old"), 3),
            (json!(true), Some("other"), 3),
            (json!(false), Some("7"), 3),
            (json!(false), None, 3),
            (json!("true"), None, 3),
            (json!(1), Some("7"), 3),
            (Value::Null, None, 3),
        ] {
            let answer = answer(json!({"active": active, "entitlements": tools}), tool);
            assert_eq!(answer.exit_status().number(), exit, "{active} {tool:?}");
            assert!(json!(answer)["active"].is_boolean());
        }
    }

    #[test]
    fn the_servers_document_is_passed_on_and_active_is_always_present() {
        let document =
            json!(answer(json!({"sub": "ada", "x": [1], "line": 9, "access": true}), Some("t")).document(Some(2)));
        assert_eq!(
            document,
            json!({"line": 2, "active": false, "sub": "ada", "x": [1], "access": {
                "tool_id": "t", "granted": false, "expires_at": null, "reason": "inactive",
            }})
        );
    }
}
