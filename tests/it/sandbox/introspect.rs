//! Introspection and the metadata document.

use serde_json::json;

use super::in_process::{InProcess, decode, json, text};

#[tokio::test]
async fn a_valid_token_is_active_with_its_claims() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli", "grace").await;
    let (status, answer) = sandbox.post("/oauth/introspect", &[("token", &access)]).await;
    let claims = decode(&access).1;
    assert_eq!((status, &answer["active"]), (200, &json!(true)));
    for name in ["iss", "sub", "exp", "iat", "jti", "entitlements", "role", "is_admin"] {
        assert_eq!(answer[name], claims[name], "{name}");
    }
    assert_eq!(
        (&answer["client_id"], &answer["token_type"]),
        (&json!("noesis-cli"), &json!("bearer"))
    );
}

#[tokio::test]
async fn any_other_token_is_inactive_and_nothing_else_is_said() {
    let sandbox = InProcess::new().await;
    let other = InProcess::new().await;
    let (access, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    let (foreign, _) = other.sign_in("noesis-cli", "ada").await;
    let mut tampered = access.clone().into_bytes();
    let last = tampered.len() - 1;
    // The last character of a 2048-bit signature has four unused bits, so that this is another encoding of the same token.
    tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    let unsigned = format!("{}.", access.rsplit_once('.').unwrap().0);
    for token in [
        tampered.as_str(),
        &unsigned,
        &foreign,
        &refresh,
        "x",
        "a.b.c",
        &format!("{access} "),
        &format!("Bearer {access}"),
    ] {
        let answer = sandbox.post("/oauth/introspect", &[("token", token)]).await;
        assert_eq!(answer, (200, json!({ "active": false })));
    }
    assert!(sandbox.is_active(&access).await);
}

#[tokio::test]
async fn an_expired_token_is_inactive() {
    let sandbox = InProcess::seeded("access_token_ttl = 0\n[[users]]\nid = 'ada'\nname = 'Ada'").await;
    let (access, _) = sandbox.sign_in("noesis-cli", "ada").await;
    assert!(!sandbox.is_active(&access).await);
    assert_eq!(sandbox.redeem(&access, "AXKF-M3PQ-7RBN-W2YT").await.0, 401);
}

#[tokio::test]
async fn credentials_are_optional_but_checked_if_they_are_sent() {
    let sandbox = InProcess::new().await;
    let (access, _) = sandbox.sign_in("noesis-cli", "ada").await;
    let token = ("token", access.as_str());
    let (id, secret) = (
        ("client_id", "tool-server"),
        ("client_secret", "sandbox-tool-server-secret"),
    );
    let ask = |form: Vec<(&'static str, &'static str)>| {
        let sandbox = &sandbox;
        async move { sandbox.post("/oauth/introspect", &[vec![token], form].concat()).await }
    };
    for form in [vec![], vec![id, secret], vec![("client_id", "noesis-cli")]] {
        let (status, answer) = ask(form).await;
        assert_eq!((status, &answer["active"]), (200, &json!(true)));
    }
    for form in [
        vec![id],
        vec![secret],
        vec![id, ("client_secret", "wrong")],
        vec![id, ("client_secret", "sandbox-tool-server-secret2")],
        vec![("client_id", "nobody")],
        vec![("client_id", "nobody"), secret],
    ] {
        let (status, answer) = ask(form.clone()).await;
        assert_eq!(
            (status, text(&answer["error"])),
            (401, "invalid_client".into()),
            "{form:?}"
        );
    }
    let (status, answer) = sandbox.post("/oauth/introspect", &[("client_id", "noesis-cli")]).await;
    assert_eq!((status, text(&answer["error"])), (400, "invalid_request".into()));
}

#[tokio::test]
async fn the_metadata_document_has_the_endpoints_and_capabilities() {
    let sandbox = InProcess::new().await;
    let (status, document) = json(sandbox.get("/.well-known/oauth-authorization-server").await).await;
    assert_eq!((status, &document["issuer"]), (200, &json!(sandbox.base)));
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ] {
        assert_eq!(document[name], json!(format!("{}{path}", sandbox.base)));
    }
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], json!(true));
}
