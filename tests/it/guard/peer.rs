//! One table of requests, sent to FastAPI with the platform's own Python SDK and to the guard: status and `detail` are
//! equal, or the table has the difference with its reason.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::support::Guard;
use crate::support::{Home, Sandbox, skipped};
use crate::support::{mint, with_input};

/// What has to be equal.
enum Same {
    /// Status and detail.
    All,
    /// The status only; each has its own text for what is wrong with the token.
    Status,
    /// Nothing: our status, theirs, and why.
    No(u16, u16, &'static str),
}

struct Case {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
    tool: Option<Value>,
    same: Same,
}

const STRICT: &str = "a token is checked as a whole: what is malformed is refused, by rule T12 or T13";
const CRASH: &str = "the SDK does not check for what is malformed, and the application fails";
const SPARE: &str = "a malformed entitlement grants nothing and affects no other, by rule T14";

fn cases(home: &Home, sandbox: &Sandbox) -> Vec<Case> {
    let far = 4_102_444_800_i64;
    let token = |args: &[&str]| mint(home, sandbox, args);
    let claims = |list: &str| token(&["--claim", &format!("entitlements={list}")]);
    let good = token(&["--tool", "vision-lab"]);
    let bearer = |token: &str| vec![("Authorization", format!("Bearer {token}"))];
    let case = |name, headers, tool: Option<Value>, same| Case {
        name,
        headers,
        tool,
        same,
    };
    let tool = || Some(json!("vision-lab"));
    let mut tampered = good.clone().into_bytes();
    let place = tampered.len() - 40;
    tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    let segments: Vec<&str> = good.split('.').collect();
    let none = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), segments[1]);
    let bomb = format!(
        "{}.{}.AAAA",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode("[".repeat(6_000))
    );
    let with = |list: String| claims(&list);
    vec![
        case("no header", vec![], tool(), Same::All),
        case(
            "an empty header",
            vec![("Authorization", String::new())],
            tool(),
            Same::All,
        ),
        case("Basic", vec![("Authorization", "Basic dTpw".into())], tool(), Same::All),
        case(
            "the scheme alone",
            vec![("Authorization", "Bearer".into())],
            tool(),
            Same::All,
        ),
        case(
            "no space after the scheme",
            vec![("Authorization", format!("Bearer{good}"))],
            tool(),
            Same::All,
        ),
        case(
            "another scheme",
            vec![("Authorization", format!("Token {good}"))],
            tool(),
            Same::All,
        ),
        case(
            "bearer in lower case",
            vec![("Authorization", format!("bearer {good}"))],
            tool(),
            Same::No(200, 401, "a scheme is the same in any case, RFC 9110 §11.1"),
        ),
        case(
            "two spaces",
            vec![("Authorization", format!("Bearer  {good}"))],
            tool(),
            Same::No(200, 401, "one or more spaces stand before the token, RFC 9110 §11.4"),
        ),
        case(
            "two headers",
            vec![
                ("Authorization", format!("Bearer {good}")),
                ("Authorization", "Bearer x".into()),
            ],
            tool(),
            Same::No(400, 200, "two parties could read different ones, rule G1"),
        ),
        case(
            "a list with a comma",
            vec![("Authorization", format!("Bearer {good}, Bearer x"))],
            tool(),
            Same::No(400, 401, "two parties could read different ones, rule G1"),
        ),
        case("not a token", bearer("nonsense"), tool(), Same::Status),
        case(
            "two segments",
            bearer(&format!("{}.{}", segments[0], segments[1])),
            tool(),
            Same::Status,
        ),
        case("good", bearer(&good), None, Same::Status),
        case("good, with its tool", bearer(&good), tool(), Same::Status),
        case(
            "good, without that tool",
            bearer(&good),
            Some(json!("another")),
            Same::All,
        ),
        case("no tools at all", bearer(&claims("[]")), tool(), Same::All),
        case(
            "no such claim",
            bearer(&token(&["--claim", "entitlements="])),
            tool(),
            Same::All,
        ),
        case(
            "an entitlement that has ended",
            bearer(&token(&["--tool", "vision-lab=-1h"])),
            tool(),
            Same::All,
        ),
        case(
            "an integer is required, a string in the token",
            bearer(&with(format!(r#"[{{"tool_id":"7","expires_at":{far}}}]"#))),
            Some(json!(7)),
            Same::Status,
        ),
        case(
            "a string is required, an integer in the token",
            bearer(&with(format!(r#"[{{"tool_id":7,"expires_at":{far}}}]"#))),
            Some(json!("7")),
            Same::No(200, 403, "tool IDs compare as strings, rule T14"),
        ),
        case(
            "another integer",
            bearer(&with(format!(r#"[{{"tool_id":8,"expires_at":{far}}}]"#))),
            Some(json!(7)),
            Same::All,
        ),
        case(
            "an admin without the tool",
            bearer(&token(&["--admin", "--tool", "another"])),
            tool(),
            Same::All,
        ),
        case(
            "expired",
            bearer(&token(&["--expires-in", "-5m"])),
            tool(),
            Same::Status,
        ),
        case(
            "not yet valid",
            bearer(&token(&["--claim", &format!("nbf={far}")])),
            tool(),
            Same::Status,
        ),
        case("tampered", bearer(&tampered), tool(), Same::Status),
        case("another key", bearer(&token(&["--wrong-key"])), tool(), Same::Status),
        case(
            "an unknown kid",
            bearer(&token(&["--kid", "nobody"])),
            tool(),
            Same::No(401, 403, "a `kid` names the one key that may have signed, rule T7"),
        ),
        case("alg none", bearer(&none), tool(), Same::Status),
        case(
            "HS256 by the shared secret",
            bearer(&token(&["--alg", "HS256", "--tool", "vision-lab"])),
            tool(),
            Same::Status,
        ),
        case("deeply nested JSON", bearer(&bomb), tool(), Same::Status),
        case(
            "a header of 64 KiB",
            bearer(&"a".repeat(64 * 1024)),
            tool(),
            Same::Status,
        ),
        case(
            "no exp",
            bearer(&token(&["--tool", "vision-lab", "--claim", "exp="])),
            tool(),
            Same::No(401, 500, STRICT),
        ),
        case(
            "no sub",
            bearer(&token(&["--tool", "vision-lab", "--claim", "sub="])),
            tool(),
            Same::No(401, 500, STRICT),
        ),
        case(
            "no iat",
            bearer(&token(&["--tool", "vision-lab", "--claim", "iat="])),
            tool(),
            Same::No(200, 500, CRASH),
        ),
        case(
            "entitlements that are not a list",
            bearer(&claims("7")),
            tool(),
            Same::No(403, 500, SPARE),
        ),
        case("entitlements that are null", bearer(&claims("null")), tool(), Same::All),
        case(
            "an entry that is not an object",
            bearer(&with(format!(r#"[1,{{"tool_id":"vision-lab","expires_at":{far}}}]"#))),
            tool(),
            Same::No(200, 500, SPARE),
        ),
        case(
            "an entry without its tool",
            bearer(&with(format!(
                r#"[{{"expires_at":1}},{{"tool_id":"vision-lab","expires_at":{far}}}]"#
            ))),
            tool(),
            Same::No(200, 500, SPARE),
        ),
        case(
            "an entry without its end",
            bearer(&with(format!(
                r#"[{{"tool_id":"x"}},{{"tool_id":"vision-lab","expires_at":{far}}}]"#
            ))),
            tool(),
            Same::No(200, 500, SPARE),
        ),
        case(
            "an end that is null",
            bearer(&claims(r#"[{"tool_id":"vision-lab","expires_at":null}]"#)),
            tool(),
            Same::No(403, 500, SPARE),
        ),
        case(
            "an end as a date",
            bearer(&claims(
                r#"[{"tool_id":"vision-lab","expires_at":"2099-12-31T00:00:00Z"}]"#,
            )),
            tool(),
            Same::No(
                200,
                500,
                "an end may be an RFC 3339 date, as the redeem answer has it, rule T14",
            ),
        ),
        case(
            "a tool that is null",
            bearer(&with(format!(r#"[{{"tool_id":null,"expires_at":{far}}}]"#))),
            Some(json!("None")),
            Same::All,
        ),
    ]
}

#[test]
#[allow(clippy::print_stdout)]
fn the_guard_answers_as_the_sdks_middleware_does_but_for_listed_differences() {
    let Some(python) = std::env::var_os("NOESIS_PEER_PYTHON") else {
        skipped("needs `NOESIS_PEER_PYTHON`, a Python with noesis-auth");
        return;
    };
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let secret = home.path().join("secret");
    std::fs::write(&secret, "noesis-sandbox-hs256-secret-for-tests-only").unwrap();
    let guard = Guard::of(
        &sandbox,
        &["--hs256-secret-file", secret.to_str().unwrap(), "--access-log", "none"],
    );
    let cases = cases(&home, &sandbox);
    let table: Vec<Value> = cases
        .iter()
        .map(|c| json!({ "headers": c.headers, "tool": c.tool }))
        .collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/fastapi_peer.py");
    let mut peer = Command::new(python);
    peer.arg(script)
        .arg(format!("{}/.well-known/jwks.json", sandbox.url))
        .env("NO_PROXY", "*");
    let output = with_input(&mut peer, json!(table).to_string().as_bytes());
    let theirs: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(theirs.len(), cases.len());
    let (mut wrong, mut equal, mut departures) = (Vec::new(), 0, 0);
    for (case, theirs) in cases.iter().zip(&theirs) {
        let lines: Vec<String> = case
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let path = match &case.tool {
            None => "/auth".to_owned(),
            Some(Value::String(id)) => format!("/tools/{id}/auth"),
            Some(id) => format!("/tools/{id}/auth"),
        };
        let ours = guard.ask(&path, &lines);
        let (our, their) = (ours.status(), theirs["status"].as_u64().unwrap_or(0));
        let holds = match &case.same {
            Same::All => u64::from(our) == their && theirs["detail"] == json!(ours.detail()),
            Same::Status => u64::from(our) == their,
            Same::No(a, b, why) => our == *a && their == u64::from(*b) && !why.is_empty(),
        };
        match case.same {
            Same::No(..) => departures += 1,
            _ => equal += 1,
        }
        if !holds {
            wrong.push(format!(
                "{}: ours {our} {:?}, theirs {their} {}",
                case.name,
                ours.body(),
                theirs["detail"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("the guard beside FastAPI: {equal} requests answered alike, {departures} departures with their reason");
}
