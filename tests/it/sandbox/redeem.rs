//! Redeeming activation codes, with FastAPI's error responses.

use reqwest::header;
use serde_json::{Value, json};

use super::in_process::{InProcess, decode, json, text};

const GOOD: &str = "AXKF-M3PQ-7RBN-W2YT";

#[tokio::test]
async fn a_valid_code_grants_its_tool_and_returns_a_token_with_it() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli", "linus").await;
    let (status, answer) = sandbox.redeem(&access, GOOD).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (&answer["tool_id"], &answer["tool_name"]),
        (&json!("vision-lab"), &json!("Vision Lab"))
    );
    assert_eq!(
        (&answer["duration_days"], &answer["token_refresh_required"]),
        (&json!(30), &json!(false))
    );
    assert_eq!(answer["message"], "Vision Lab is yours for 30 days");
    let new = text(&answer["new_access_token"]);
    let claims = decode(&new).1;
    assert_eq!(claims["entitlements"][0]["tool_id"], "vision-lab");
    assert!(
        answer["expires_at"]
            .as_str()
            .is_some_and(|at| at.len() == 20 && at.ends_with('Z'))
    );
    assert!(sandbox.is_active(&new).await && sandbox.is_active(&access).await);
    assert_eq!(
        sandbox.redeem(&new, GOOD).await,
        (409, json!({ "detail": "Activation code has already been used" }))
    );
}

#[tokio::test]
async fn the_second_client_is_told_to_refresh() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli-refresh", "linus").await;
    let (status, answer) = sandbox.redeem(&access, GOOD).await;
    assert_eq!((status, &answer["token_refresh_required"]), (200, &json!(true)));
    assert_eq!(answer.get("new_access_token"), Some(&Value::Null));
}

#[tokio::test]
async fn every_other_code_has_its_own_error() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli", "ada").await;
    for (code, status, detail) in [
        ("USED-M3PQ-7RBN-W2YT", 409, "Activation code has already been used"),
        ("LATE-M3PQ-7RBN-W2YT", 410, "Activation code has expired"),
        ("ZZZZ-ZZZZ-ZZZZ-ZZZZ", 404, "Activation code not found"),
        ("axkf-m3pq-7rbn-w2yt", 404, "Activation code not found"),
        (" AXKF-M3PQ-7RBN-W2YT", 404, "Activation code not found"),
        ("", 404, "Activation code not found"),
    ] {
        assert_eq!(
            sandbox.redeem(&access, code).await,
            (status, json!({ "detail": detail })),
            "{code:?}"
        );
    }
}

#[tokio::test]
async fn of_concurrent_redemptions_of_one_code_exactly_one_succeeds() {
    let sandbox = std::sync::Arc::new(InProcess::new().await);
    let (access, _) = sandbox.sign_in("noesis-cli", "ada").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (sandbox, access) = (sandbox.clone(), access.clone());
        tasks.spawn(async move { sandbox.redeem(&access, GOOD).await.0 });
    }
    let mut statuses = tasks.join_all().await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, [409; 15].as_slice()));
}

#[tokio::test]
async fn without_a_valid_bearer_token_the_request_is_401() {
    let sandbox = InProcess::new().await;
    let (access, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    let url = format!("{}/api/v1/activation/redeem", sandbox.base);
    let body = json!({ "code": GOOD }).to_string();
    let missing = json!({ "detail": "Not authenticated" });
    let invalid = json!({ "detail": "Could not validate credentials" });
    for (authorization, expected) in [
        (None, &missing),
        (Some(format!("Basic {access}")), &missing),
        (Some("Bearer".to_owned()), &missing),
        (Some("Bearer ".to_owned()), &missing),
        (Some(access.clone()), &missing),
        (Some("Bearer x".to_owned()), &invalid),
        (Some(format!("Bearer {refresh}")), &invalid),
        (Some(format!("Bearer {access}x")), &invalid),
    ] {
        let mut request = sandbox
            .http
            .post(&url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.clone());
        if let Some(value) = &authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = request.send().await.unwrap();
        assert!(
            response.headers()[header::WWW_AUTHENTICATE]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
        let (status, answer) = json(response).await;
        assert_eq!((status, &answer), (401, expected), "{authorization:?}");
    }
    let twice = sandbox
        .http
        .post(&url)
        .bearer_auth(&access)
        .bearer_auth(&access)
        .body(body.clone());
    assert_eq!(twice.send().await.unwrap().status(), 401);
    let lower = sandbox
        .http
        .post(&url)
        .header(header::AUTHORIZATION, format!("bearer  {access}"))
        .body(body);
    assert_eq!(lower.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_without_a_code_has_the_validation_error_of_fastapi() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli", "ada").await;
    let url = format!("{}/api/v1/activation/redeem", sandbox.base);
    for (body, kind, at) in [
        ("{}", "missing", json!(["body", "code"])),
        ("{\"code\":42}", "string_type", json!(["body", "code"])),
        ("{\"code\":null}", "string_type", json!(["body", "code"])),
        ("{\"code\":[\"A\"]}", "string_type", json!(["body", "code"])),
        ("[1]", "model_attributes_type", json!(["body"])),
        ("null", "model_attributes_type", json!(["body"])),
        ("", "missing", json!(["body"])),
        ("{bad", "json_invalid", json!(["body", 1])),
    ] {
        let request = sandbox
            .http
            .post(&url)
            .bearer_auth(&access)
            .header(header::CONTENT_TYPE, "application/json");
        let (status, answer) = json(request.body(body).send().await.unwrap()).await;
        assert_eq!(status, 422, "{body}");
        let detail = &answer["detail"][0];
        assert_eq!((&detail["type"], &detail["loc"]), (&json!(kind), &at), "{body}");
        assert!(detail["msg"].is_string());
    }
}
