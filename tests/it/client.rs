//! The library's manners on the network, rules N1–N7: what it sends, what it reads, and what it says of the rest. What a
//! command makes of each fault of a network is in `faults`.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use noesis::{AuthClient, AuthError, ErrorCode, Secret, TokenResponse};

use crate::support::raw::{Raw, json, length, read_body, read_head};
use crate::support::until;

const TOKENS: &str = r#"{"access_token":"a.b.c","expires_in":900,"refresh_token":"next"}"#;

fn client(url: &str) -> AuthClient {
    AuthClient::builder(url)
        .client_id("noesis-cli")
        .client_secret("canary-client-secret".into())
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap()
}

async fn refresh(url: &str) -> Result<TokenResponse, AuthError> {
    client(url).refresh_token(&"canary-refresh-token".into()).await
}

#[tokio::test]
async fn each_call_sends_what_the_protocol_says() {
    let server = Raw::json("200 OK", TOKENS);
    let client = client(&server.url);
    let verifier = Secret::from("v".repeat(43).as_str());
    client
        .exchange_code(&"c+d".into(), "http://127.0.0.1:1/callback", Some(&verifier))
        .await
        .unwrap();
    client.refresh_token(&"r".into()).await.unwrap();
    client.introspect(&"t".into()).await.unwrap();
    let _ = client.redeem_code(&"user-token".into(), "AXKF-M3PQ-7RBN-W2YT").await;
    let _ = client.fetch_keys().await;

    let requests = server.requests();
    let line_and_body: Vec<(&str, &str)> = requests
        .iter()
        .map(|r| (r.lines().next().unwrap(), r.split("\r\n\r\n").nth(1).unwrap()))
        .collect();
    let verifier = verifier.expose();
    assert_eq!(
        line_and_body,
        [
            (
                "POST /oauth/token HTTP/1.1",
                format!(
                    "grant_type=authorization_code&code=c%2Bd&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback\
                     &client_id=noesis-cli&code_verifier={verifier}&client_secret=canary-client-secret"
                )
                .as_str()
            ),
            (
                "POST /oauth/token HTTP/1.1",
                "grant_type=refresh_token&refresh_token=r&client_id=noesis-cli&client_secret=canary-client-secret"
            ),
            (
                "POST /oauth/introspect HTTP/1.1",
                "token=t&client_id=noesis-cli&client_secret=canary-client-secret"
            ),
            (
                "POST /api/v1/activation/redeem HTTP/1.1",
                r#"{"code":"AXKF-M3PQ-7RBN-W2YT"}"#
            ),
            ("GET /.well-known/jwks.json HTTP/1.1", ""),
        ]
    );
    assert!(
        requests[3].contains("\r\nauthorization: Bearer user-token\r\n"),
        "{}",
        requests[3]
    );
    for request in &requests {
        assert!(!request.to_ascii_lowercase().contains("accept-encoding"), "{request}");
    }
}

#[tokio::test]
async fn an_answer_is_read_with_the_protocols_defaults() {
    let tokens = refresh(&Raw::json("200 OK", r#"{"access_token":"a.b.c"}"#).url)
        .await
        .unwrap();
    assert_eq!(
        (
            tokens.token_type.as_str(),
            tokens.expires_in,
            tokens.refresh_token.is_empty()
        ),
        ("bearer", 0, true)
    );
    let server = Raw::json(
        "200 OK",
        r#"{"tool_id":7,"tool_name":"OCR","duration_days":30,"expires_at":"2026-12-23T00:00:00Z"}"#,
    );
    let result = client(&server.url).redeem_code(&"t".into(), "c").await.unwrap();
    assert_eq!((result.tool_id.as_str(), result.message.as_str()), ("7", ""));
    assert!(result.token_refresh_required && result.new_access_token.is_none());

    for (body, active) in [
        (r#"{"active":true}"#, true),
        (r#"{"active":"true"}"#, false),
        (r#"{"active":1}"#, false),
        ("{}", false),
    ] {
        let result = client(&Raw::json("200 OK", body).url)
            .introspect(&"t".into())
            .await
            .unwrap();
        assert_eq!(result.active, active, "{body}");
    }
}

#[tokio::test]
async fn a_200_that_is_not_the_json_expected_says_what_is_wrong_and_quotes_nothing() {
    for (body, why) in [
        ("", "it is empty"),
        ("canary", "it is not JSON (line 1, column 1)"),
        (r#"{"access_token":"canary"#, "it is JSON that ends too early"),
        (r#"["canary"]"#, "it is JSON, but not an object"),
        ("{}", "`access_token` is missing"),
        (r#"{"access_token":null}"#, "`access_token` is null, not a string"),
        (r#"{"access_token":""}"#, "`access_token` is empty"),
        (
            r#"{"access_token":["canary"]}"#,
            "`access_token` is a list, not a string",
        ),
        (
            r#"{"access_token":"canary\r\nX: y"}"#,
            "`access_token` contains characters that a token cannot have",
        ),
        (
            "<!doctype html><title>Welcome</title>",
            "it is a web page titled `Welcome`, not JSON",
        ),
    ] {
        let error = refresh(&Raw::json("200 OK", body).url).await.unwrap_err();
        assert_eq!((error.code, error.status), (ErrorCode::InvalidResponse, 200), "{body}");
        assert!(error.message.ends_with(why), "{body}: {error}");
        assert!(!error.message.contains("canary"), "{error}");
    }
}

#[tokio::test]
async fn s7_what_is_odd_beside_usable_tokens_is_left_out_and_named() {
    let deep = format!(r#""x":{}{}"#, "[".repeat(400), "]".repeat(400));
    for (member, unread) in [
        (r#""expires_in":899.999"#, None),
        (r#""expires_in":"899""#, None),
        (r#""expires_in":-1"#, Some("`expires_in` is a number out of range")),
        (
            r#""expires_in":1e999"#,
            Some("`expires_in` is a string, not a number of seconds"),
        ),
        (
            r#""expires_in":NaN"#,
            Some("`expires_in` is a string, not a number of seconds"),
        ),
        (
            r#""expires_in":["canary"]"#,
            Some("`expires_in` is a list, not a number of seconds"),
        ),
        (r#""token_type":7"#, Some("`token_type` is a number, not a string")),
        (r#""note":"\ud83d""#, None),
        (r#""x":[{"\udc00":"canary\ud83d"}]"#, None),
        (deep.as_str(), None),
    ] {
        let body = format!(r#"{{{member},"access_token":"a.b.c","refresh_token":"next"}}"#);
        let tokens = refresh(&Raw::json("200 OK", &body).url).await.unwrap();
        assert_eq!(
            (tokens.access_token.expose(), tokens.refresh_token.expose()),
            ("a.b.c", "next"),
            "{body}"
        );
        let told: Vec<String> = tokens.unread.iter().map(ToString::to_string).collect();
        assert_eq!(told.first().map(String::as_str), unread, "{body}");
    }
    let body = r#"{"access_token":"a","refresh_token":5}"#;
    let tokens = refresh(&Raw::json("200 OK", body).url).await.unwrap();
    assert!(tokens.refresh_token.is_empty());
    assert_eq!(
        tokens.unread[0].to_string(),
        "`refresh_token` is a number, not a string"
    );
}

#[tokio::test]
async fn a_new_token_of_a_redemption_is_handed_on_whatever_stands_beside_it() {
    let body = r#"{"tool_id":7.5,"duration_days":"30","message":5,"new_access_token":"a.b.c","note":"\ud83d"}"#;
    let result = client(&Raw::json("200 OK", body).url)
        .redeem_code(&"t".into(), "c")
        .await
        .unwrap();
    assert_eq!(result.new_access_token.unwrap().expose(), "a.b.c");
    let unread: Vec<&str> = result.unread.iter().map(|member| member.name).collect();
    assert_eq!(
        unread,
        ["tool_id", "tool_name", "duration_days", "expires_at", "message"]
    );
    let body = r#"{"tool_id":"ocr","duration_days":30,"expires_at":"x"}"#;
    let error = client(&Raw::json("200 OK", body).url)
        .redeem_code(&"t".into(), "c")
        .await
        .unwrap_err();
    assert!(error.message.ends_with("`tool_name` is missing"), "{error}");
}

#[tokio::test]
async fn half_a_surrogate_pair_spoils_no_rejection_and_no_introspection() {
    let body = r#"{"error":"invalid_grant","error_description":"gone \ud83d"}"#;
    let error = refresh(&Raw::json("400 Bad Request", body).url).await.unwrap_err();
    assert!(error.is_invalid_grant());
    let body = r#"{"active":true,"sub":"x\ud83d"}"#;
    let result = client(&Raw::json("200 OK", body).url)
        .introspect(&"t".into())
        .await
        .unwrap();
    assert!(result.active);
    assert_eq!(result.sub.as_deref(), Some("x\u{fffd}"));
}

#[tokio::test]
async fn n2_a_key_set_is_limited_to_half_the_size_of_other_answers() {
    let keys = format!(r#"{{"keys":[{{"pad":"{}"}}]}}"#, " ".repeat(600 * 1024));
    let error = client(&Raw::json("200 OK", &keys).url).fetch_keys().await.unwrap_err();
    assert!(error.message.ends_with("it is larger than 512 KiB"), "{error}");
    let pad = " ".repeat(600 * 1024);
    let tokens = format!("{pad}{TOKENS}");
    refresh(&Raw::json("200 OK", &tokens).url).await.unwrap();
    let tokens = format!("{pad}{pad}{TOKENS}");
    let error = refresh(&Raw::json("200 OK", &tokens).url).await.unwrap_err();
    assert!(error.message.ends_with("it is larger than 1024 KiB"), "{error}");
}

#[tokio::test]
async fn n5_a_retry_after_is_kept() {
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let server = Raw::answering(format!(
            "HTTP/1.1 {status}\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"
        ));
        let error = refresh(&server.url).await.unwrap_err();
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn n6_a_request_on_a_pooled_connection_that_was_closed_is_not_retried() {
    let closing = Raw::acting(|stream| {
        let answer = json("200 OK", TOKENS).replace("connection: close\r\n", "");
        let _ = stream.write_all(answer.as_bytes());
    });
    let client = client(&closing.url);
    client.refresh_token(&"one".into()).await.unwrap();
    let _ = client.refresh_token(&"two".into()).await;
    let sent = closing
        .requests()
        .iter()
        .filter(|r| r.contains("refresh_token=two"))
        .count();
    assert!(sent <= 1, "{sent}");
}

#[tokio::test]
async fn n6_only_what_is_safe_to_repeat_is_sent_again_where_a_kept_connection_was_closed() {
    // Answers the first request of a connection, and closes it when a second one has arrived.
    let server = Raw::serving(|stream, keep| {
        for number in 0..2 {
            let head = read_head(stream);
            let body = read_body(stream, length(&head));
            if head.is_empty() {
                return;
            }
            keep(head + &body);
            if number == 0 {
                let answer = json("200 OK", TOKENS).replace("connection: close\r\n", "");
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    let client = client(&server.url);
    for _ in 0..6 {
        client.introspect(&"t".into()).await.unwrap();
    }
    let mut failures = 0;
    for number in 0..4 {
        let sent = format!("once-{number}");
        failures += usize::from(client.refresh_token(&sent.as_str().into()).await.is_err());
        let requests = server.requests();
        assert_eq!(requests.iter().filter(|request| request.contains(&sent)).count(), 1);
    }
    assert!(failures > 0, "a kept connection was used");
}

#[tokio::test]
async fn a_cancelled_call_closes_its_connection() {
    let closed = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&closed);
    let server = Raw::acting(move |stream| {
        let end = stream.read(&mut [0]);
        seen.store(matches!(end, Ok(0)), Ordering::SeqCst);
    });
    let client = AuthClient::builder(&server.url)
        .client_id("x")
        .timeout(Duration::from_secs(600))
        .build()
        .unwrap();
    let token = Secret::from("r");
    tokio::select! {
        answer = client.refresh_token(&token) => panic!("{answer:?}"),
        () = async {
            while server.requests().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    until("the connection is at its end", || closed.load(Ordering::SeqCst));
}

#[tokio::test]
async fn n7_secrets_that_a_server_echoes_are_redacted() {
    let echo = r#"{"detail":"canary-refresh-token of canary-client-secret is bad"}"#;
    let error = refresh(&Raw::json("400 Bad Request", echo).url).await.unwrap_err();
    assert!(error.message.contains("[redacted] of [redacted] is bad"), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");

    let client = client("http://127.0.0.1:1");
    assert!(!format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn t9_an_invalid_key_set_is_refused() {
    let many = format!(r#"{{"keys":[{}]}}"#, vec!["{}"; 101].join(","));
    for body in ["{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, "[]", many.as_str()] {
        let error = client(&Raw::json("200 OK", body).url).fetch_keys().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidResponse, "{body}");
    }
    let set = client(&Raw::json("200 OK", r#"{"keys":[{"kty":"RSA"},5,null]}"#).url)
        .fetch_keys()
        .await
        .unwrap();
    assert_eq!(set.keys.len(), 1);
}
