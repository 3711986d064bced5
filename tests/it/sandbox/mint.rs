//! Minted tokens, verified with the published key and secret, and the command that requests them.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use noesis::sandbox::HS256_SECRET;
use serde_json::{Value, json};

use super::in_process::{InProcess, decode, json, text};
use crate::support::raw::Raw;
use crate::support::{Home, NOESIS, Sandbox, error, now, stderr, stdout};

async fn ask(sandbox: &InProcess, body: String) -> (u16, Value) {
    let url = format!("{}/sandbox/mint", sandbox.base);
    let request = sandbox.http.post(url).header("content-type", "application/json");
    json(request.body(body).send().await.unwrap()).await
}

/// The token of a request; the response has its header and claims as well.
async fn mint(sandbox: &InProcess, request: Value) -> String {
    let (status, answer) = ask(sandbox, request.to_string()).await;
    assert_eq!(status, 200, "{answer}");
    let token = text(&answer["token"]);
    assert_eq!(decode(&token), (answer["header"].clone(), answer["claims"].clone()));
    token
}

/// Whether it is signed with the published key.
async fn is_signed(sandbox: &InProcess, token: &str) -> bool {
    let (_, keys) = json(sandbox.get("/.well-known/jwks.json").await).await;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let number = |name: &str| bytes(keys["keys"][0][name].as_str().unwrap());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &bytes(signature))
        .is_ok()
}

#[tokio::test]
async fn an_empty_order_mints_a_token_of_the_first_user() {
    let sandbox = InProcess::new().await;
    let (minted, (issued, _)) = (
        mint(&sandbox, json!({})).await,
        sandbox.sign_in("noesis-cli", "ada").await,
    );
    let (mut minted_claims, mut issued_claims) = (decode(&minted).1, decode(&issued).1);
    assert_eq!(decode(&minted).0, decode(&issued).0);
    for claims in [&mut minted_claims, &mut issued_claims] {
        let claims = claims.as_object_mut().unwrap();
        for (name, length) in [("exp", 900), ("iat", 0)] {
            let at = claims.remove(name).unwrap().as_i64().unwrap();
            assert!((now() + length - at).abs() < 60, "{name}");
        }
        assert!(claims.remove("jti").unwrap().as_str().unwrap().len() >= 43);
    }
    assert_eq!(minted_claims, issued_claims);
    assert!(is_signed(&sandbox, &minted).await && sandbox.is_active(&minted).await);
    // It is accepted like an issued one.
    assert_eq!(sandbox.redeem(&minted, "AXKF-M3PQ-7RBN-W2YT").await.0, 200);
}

#[tokio::test]
async fn the_claims_are_those_of_the_order() {
    let sandbox = InProcess::new().await;
    let request = json!({
        "sub": "somebody else", "role": "distributor", "admin": true, "expires_in": 60,
        "tools": [{ "tool_id": "x" }, { "tool_id": "y", "expires_in": -60 }],
    });
    let token = mint(&sandbox, request).await;
    let claims = decode(&token).1;
    let about = |value: &Value, expected: i64| (value.as_i64().unwrap() - expected).abs() < 60;
    assert_eq!(
        (&claims["sub"], &claims["role"], &claims["is_admin"]),
        (&json!("somebody else"), &json!("distributor"), &json!(true))
    );
    assert!(about(&claims["exp"], now() + 60));
    let held = &claims["entitlements"];
    assert_eq!((&held[0]["tool_id"], &held[1]["tool_id"]), (&json!("x"), &json!("y")));
    assert!(about(&held[0]["expires_at"], now() + 30 * 86_400) && about(&held[1]["expires_at"], now() - 60));
    assert!(is_signed(&sandbox, &token).await && sandbox.is_active(&token).await);
    // A user who is not in the sandbox cannot redeem a code.
    assert_eq!(sandbox.redeem(&token, "AXKF-M3PQ-7RBN-W2YT").await.0, 401);
    let plain = decode(&mint(&sandbox, json!({ "sub": "root", "admin": false, "tools": [] })).await).1;
    assert_eq!(
        (&plain["is_admin"], &plain["entitlements"]),
        (&json!(false), &json!([]))
    );
}

#[tokio::test]
async fn an_invalid_token_is_invalid_only_in_the_ordered_way() {
    let sandbox = InProcess::new().await;
    let own = text(&decode(&mint(&sandbox, json!({})).await).0["kid"]);
    let later = now() + 3_600;
    for (request, signed, kid) in [
        (json!({ "expires_in": -300 }), true, own.as_str()),
        (json!({ "claims": { "nbf": later } }), true, &own),
        (json!({ "wrong_key": true }), false, &own),
        (json!({ "kid": "nobody" }), true, "nobody"),
        (json!({ "kid": "" }), true, ""),
    ] {
        let token = mint(&sandbox, request.clone()).await;
        let (header, claims) = decode(&token);
        assert_eq!(is_signed(&sandbox, &token).await, signed, "{request}");
        assert_eq!(
            (&header["alg"], &header["kid"]),
            (&json!("RS256"), &json!(kid)),
            "{request}"
        );
        assert!(!sandbox.is_active(&token).await, "{request}");
        let (exp, iat) = (claims["exp"].as_i64().unwrap(), claims["iat"].as_i64().unwrap());
        assert_eq!(
            (exp - now() > 0, exp - iat),
            (request.get("expires_in").is_none(), 900),
            "{request}"
        );
    }
    // The published `kid`, given explicitly, is valid.
    let token = mint(&sandbox, json!({ "kid": own })).await;
    assert!(sandbox.is_active(&token).await);
}

#[tokio::test]
async fn an_hs256_token_is_signed_with_the_published_secret_or_an_unpublished_one() {
    let sandbox = InProcess::new().await;
    let is_right = |token: &str| {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, HS256_SECRET.as_bytes());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    };
    let right = mint(&sandbox, json!({ "alg": "HS256" })).await;
    assert_eq!(decode(&right).0, json!({ "alg": "HS256", "typ": "JWT" }));
    assert!(is_right(&right) && !sandbox.is_active(&right).await);
    let wrong = mint(&sandbox, json!({ "alg": "HS256", "wrong_key": true, "kid": "k" })).await;
    assert_eq!(decode(&wrong).0["kid"], "k");
    assert!(!is_right(&wrong));
    assert_eq!(HS256_SECRET.len(), 42);
}

#[tokio::test]
async fn claims_may_be_replaced_or_removed_and_the_others_stay() {
    let sandbox = InProcess::new().await;
    let claims = json!({ "aud": ["a", 7], "exp": "soon", "sub": { "a": 1 }, "jti": null, "iat": null, "role": null });
    let token = mint(&sandbox, json!({ "claims": claims, "expires_in": i64::MIN })).await;
    let found = decode(&token).1;
    assert_eq!(
        (&found["aud"], &found["exp"], &found["sub"]),
        (&json!(["a", 7]), &json!("soon"), &json!({ "a": 1 }))
    );
    for name in ["jti", "iat", "role"] {
        assert_eq!(found.get(name), None, "{name}");
    }
    assert_eq!(found["iss"], json!(sandbox.base));
    assert!(is_signed(&sandbox, &token).await && !sandbox.is_active(&token).await);
    // Extreme numbers do no harm.
    for expires_in in [i64::MIN, i64::MAX] {
        mint(
            &sandbox,
            json!({ "expires_in": expires_in, "tools": [{ "tool_id": "x", "expires_in": expires_in }] }),
        )
        .await;
    }
}

#[tokio::test]
async fn an_invalid_order_is_422_and_says_why() {
    let sandbox = InProcess::new().await;
    for (request, words) in [
        ("", "EOF"),
        ("[", "EOF"),
        ("{} {}", "trailing characters"),
        (r#"{"colour":"red"}"#, "unknown field `colour`"),
        (r#"{"tools":[{"id":"x"}]}"#, "unknown field `id`"),
        (r#"{"tools":[{}]}"#, "missing field `tool_id`"),
        (
            r#"{"alg":"none"}"#,
            "unknown variant `none`, expected `RS256` or `HS256`",
        ),
        (r#"{"role":"king"}"#, "unknown variant `king`"),
        (r#"{"expires_in":"1h"}"#, "expected i64"),
        (r#"{"sub":7}"#, "expected a string"),
        (r#"{"sub":"a","sub":"b"}"#, "duplicate field `sub`"),
    ] {
        let (status, answer) = ask(&sandbox, request.into()).await;
        assert_eq!(status, 422, "{request}");
        assert!(text(&answer["detail"]).contains(words), "{request}: {answer}");
    }
    assert_eq!(ask(&sandbox, " ".repeat(70_000)).await.0, 413);
    assert_eq!(sandbox.get("/sandbox/mint").await.status(), 405);
}

#[tokio::test]
async fn a_web_page_can_mint_nothing() {
    let sandbox = InProcess::new().await;
    let send = async |path: &str, body: &'static str, headers: &[(&'static str, &'static str)]| {
        let mut request = sandbox.http.post(format!("{}{path}", sandbox.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        json(request.send().await.unwrap()).await
    };
    let is_json = ("content-type", "application/json");
    for (path, body) in [("/sandbox/mint", "{}"), ("/sandbox/faults", r#"{"faults":["reset"]}"#)] {
        // What a page can send without a preflight request, and what it could after one.
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/plain;application/json",
        ] {
            let (status, answer) = send(path, body, &[("content-type", kind)]).await;
            assert_eq!(status, 415, "{path} {kind}: {answer}");
        }
        assert_eq!(send(path, body, &[]).await.0, 415, "{path}");
        for page in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let (status, answer) = send(path, body, &[is_json, page]).await;
            assert_eq!(status, 403, "{path} {page:?}: {answer}");
            assert!(text(&answer["detail"]).contains("a web page may not"), "{answer}");
        }
        let own: [(&'static str, &'static str); 2] = [is_json, ("origin", sandbox.base.clone().leak())];
        assert_eq!(send(path, body, &own).await.0, 403, "{path}");
        assert_eq!(
            send(path, r"{}", &[is_json, ("host", "rebound.evil.example")]).await.0,
            421
        );
    }
    let (_, faults) = json(sandbox.get("/sandbox/faults").await).await;
    assert_eq!(faults, json!({ "faults": [] }));
    assert_eq!(send("/sandbox/mint", "{}", &[is_json]).await.0, 200);
}

#[tokio::test]
async fn minted_tokens_are_forgotten_before_they_fill_the_memory() {
    let sandbox = InProcess::new().await;
    let long = "x".repeat(20_000);
    let request = |expires_in: u64| json!({ "sub": long, "expires_in": expires_in });
    let first = mint(&sandbox, request(3_600)).await;
    let second = mint(&sandbox, request(3_600)).await;
    assert!(sandbox.is_active(&first).await);
    // Sixteen megabytes hold about four hundred of them.
    let mut last = String::new();
    for _ in 0..450 {
        last = mint(&sandbox, request(10_000_000)).await;
    }
    assert!(!sandbox.is_active(&first).await && !sandbox.is_active(&second).await);
    assert!(sandbox.is_active(&last).await);
}

#[test]
fn the_command_prints_the_token_and_nothing_else() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let mint = |args: &[&str]| {
        let args = [&["sandbox", "mint"], args].concat();
        let output = home.at(&sandbox, &args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "");
        stdout(&output)
    };
    let printed = mint(&[
        "--sub",
        "s",
        "--tool",
        "a=1h",
        "--tool",
        "b=-2d",
        "--tool",
        "c",
        "--role",
        "integrator",
        "--admin",
        "--expires-in",
        "-5m",
        "--kid",
        "k",
        "--claim",
        "jti=",
        "--claim",
        "n=-1",
    ]);
    let (header, claims) = decode(printed.strip_suffix('\n').unwrap());
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": "k" }));
    let at = |value: &Value| value.as_i64().unwrap() - now();
    assert!((at(&claims["exp"]) + 300).abs() < 60);
    for (index, id, left) in [(0, "a", 3_600), (1, "b", -2 * 86_400), (2, "c", 30 * 86_400)] {
        let held = &claims["entitlements"][index];
        assert_eq!(held["tool_id"], id);
        assert!((at(&held["expires_at"]) - left).abs() < 60, "{held}");
    }
    assert_eq!(
        (
            &claims["sub"],
            &claims["role"],
            &claims["is_admin"],
            &claims["n"],
            claims.get("jti")
        ),
        (&json!("s"), &json!("integrator"), &json!(true), &json!(-1), None)
    );
    let document: Value = serde_json::from_str(&mint(&["--json", "--alg", "HS256"])).unwrap();
    assert_eq!(decode(document["token"].as_str().unwrap()).1, document["claims"]);
    assert_eq!(document["header"]["alg"], "HS256");
    assert_eq!(sandbox.count("mint"), 2);
}

#[test]
fn a_count_of_tokens_is_as_many_different_ones() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let mint = |args: &[&str]| {
        let args = [&["sandbox", "mint", "--sub", "s", "--count"], args].concat();
        let output = home.at(&sandbox, &args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        stdout(&output)
    };
    let printed = mint(&["20"]);
    let different: std::collections::HashSet<&str> = printed.lines().collect();
    assert_eq!((printed.lines().count(), different.len()), (20, 20));
    for token in different {
        assert_eq!(decode(token).1["sub"], "s");
    }
    for count in [1, 2] {
        let document: Value = serde_json::from_str(&mint(&[&count.to_string(), "--json"])).unwrap();
        let list = document.as_array().unwrap();
        assert_eq!(list.len(), count);
        assert!(
            list.iter()
                .all(|one| decode(one["token"].as_str().unwrap()).1 == one["claims"])
        );
    }
    assert_eq!(sandbox.count("mint"), 23);
}

#[test]
fn a_usage_error_is_exit_2_and_sends_no_request() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for args in [
        ["--tool", "=1h"],
        ["--tool", "a="],
        ["--tool", "a=soon"],
        ["--claim", "a"],
        ["--claim", "=1"],
        ["--claim", "a=x"],
        ["--expires-in", "soon"],
        ["--expires-in", "--5m"],
        ["--alg", "none"],
        ["--role", "king"],
        ["--colour", "red"],
        ["--count", "0"],
        ["--count", "-1"],
        ["--count", "10001"],
        ["--count", "many"],
    ] {
        let args = [&["sandbox", "mint", "--json"], args.as_slice()].concat();
        let output = home.at(&sandbox, &args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
    assert_eq!(sandbox.count("mint"), 0);
}

#[test]
fn a_server_that_is_not_a_sandbox_is_reported() {
    let home = Home::new();
    let at = |url: &str| {
        let mut command = home.noesis(&["sandbox", "mint", "--json"]);
        command.env("NOESIS_BASE_URL", url);
        let output = command.output().unwrap();
        assert_eq!(stdout(&output), "", "{url}");
        let error = error(&output);
        (output.status.code().unwrap(), text(&error["code"]))
    };
    assert_eq!(at("https://platform.example"), (2, "USAGE".into()));
    assert_eq!(at("http://127.0.0.1:1"), (5, "NETWORK_ERROR".into()));
    assert_eq!(at(&Raw::json("404 Not Found", "{}").url), (1, "TOKEN_INVALID".into()));
    assert_eq!(at(&Raw::json("503 No", "{}").url), (5, "TOKEN_INVALID".into()));
    for body in [
        "",
        "{}",
        r#"{"token":""}"#,
        r#"{"token":7}"#,
        r#"{"token":"a\u001b[2Jb"}"#,
    ] {
        assert_eq!(
            at(&Raw::json("200 OK", body).url),
            (1, "INVALID_RESPONSE".into()),
            "{body}"
        );
    }
}

#[test]
fn the_examples_of_the_help_run_as_printed() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let help = stdout(&home.at(&sandbox, &["sandbox", "mint", "--help"]).output().unwrap());
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let lines: Vec<_> = examples
        .lines()
        .filter(|line| line.trim().starts_with("noesis "))
        .collect();
    assert_eq!(lines.len(), 6, "{examples}");
    for line in lines {
        let script = line.replace("noesis ", &format!("'{NOESIS}' "));
        let script = script.replace("100 --expires-in 1h > tokens.txt", "1 --expires-in 1h");
        let mut command = home.command("sh");
        command.args(["-c", &script]).env("NOESIS_BASE_URL", &sandbox.url);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        assert_eq!(stdout(&output).split('.').count(), 3, "{line}");
    }
}
