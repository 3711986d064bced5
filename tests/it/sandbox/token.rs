//! The token endpoint, and its tokens, verified with the published key.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header;
use serde_json::{Value, json};

use crate::support::now;

use super::in_process::{InProcess, changed, decode, exchange_form, json, text};

fn error((status, body): (u16, Value)) -> (u16, String) {
    assert!(body["error_description"].is_string(), "{body}");
    (status, text(&body["error"]))
}

#[tokio::test]
async fn tokens_are_signed_with_the_published_key_and_have_the_protocols_claims() {
    let sandbox = InProcess::new().await;
    let code = sandbox.code("noesis-cli", "grace").await;
    let response = sandbox.form("/oauth/token", &exchange_form("noesis-cli", &code)).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let (status, tokens) = json(response).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("bearer"), &json!(900))
    );
    assert!(tokens["refresh_token"].as_str().unwrap().len() > 40);

    let token = text(&tokens["access_token"]);
    let (head, claims) = decode(&token);
    let (_, keys) = json(sandbox.get("/.well-known/jwks.json").await).await;
    let key = &keys["keys"][0];
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&key["kty"], &key["use"], &key["alg"]),
        (&json!("RSA"), &json!("sig"), &json!("RS256"))
    );
    assert_eq!(
        (&head["alg"], &head["typ"], &head["kid"]),
        (&json!("RS256"), &json!("JWT"), &key["kid"])
    );
    assert!(
        ["d", "p", "q", "dp", "dq", "qi"]
            .iter()
            .all(|name| key.get(name).is_none())
    );
    let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
    let (n, e) = (bytes(&key["n"]), bytes(&key["e"]));
    assert_eq!((n.len(), n[0] >= 0x80, e.as_slice()), (256, true, &[1, 0, 1][..]));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = RsaPublicKeyComponents { n, e };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .unwrap();

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let iat = claims["iat"].as_u64().unwrap();
    assert!(now.abs_diff(iat) < 60);
    assert_eq!(claims["exp"].as_u64().unwrap(), iat + 900);
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!(sandbox.base), &json!("grace"))
    );
    assert_eq!(
        (&claims["role"], &claims["is_admin"]),
        (&json!("integrator"), &json!(false))
    );
    assert!(claims["jti"].as_str().unwrap().len() >= 43);
    let held = &claims["entitlements"][1];
    assert_eq!(
        (&held["tool_id"], &held["source"]),
        (&json!("vision-lab"), &json!("promotion"))
    );
    assert!(held["expires_at"].as_u64().unwrap().abs_diff(now + 14 * 86_400) < 60);
}

#[tokio::test]
async fn a_code_that_is_used_again_revokes_the_tokens_it_gave() {
    let sandbox = InProcess::new().await;
    let code = sandbox.code("noesis-cli", "ada").await;
    let (_, tokens) = sandbox.exchange("noesis-cli", &code).await;
    let access = text(&tokens["access_token"]);
    assert!(sandbox.is_active(&access).await);
    assert_eq!(
        error(sandbox.exchange("noesis-cli", &code).await),
        (400, "invalid_grant".into())
    );
    assert!(!sandbox.is_active(&access).await);
    let refreshed = sandbox
        .refresh("noesis-cli", tokens["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(error(refreshed), (400, "invalid_grant".into()));
    assert_eq!(sandbox.redeem(&access, "AXKF-M3PQ-7RBN-W2YT").await.0, 401);
}

#[tokio::test]
async fn a_code_is_bound_to_client_redirect_uri_and_verifier() {
    let sandbox = InProcess::new().await;
    let other_verifier = "b".repeat(43);
    for (name, value, expected) in [
        ("client_id", Some("noesis-cli-refresh"), "invalid_grant"),
        ("redirect_uri", Some("http://127.0.0.1:50001/callback"), "invalid_grant"),
        ("redirect_uri", None, "invalid_request"),
        ("code_verifier", Some(other_verifier.as_str()), "invalid_grant"),
        ("code_verifier", Some("short"), "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        ("code", Some("ac_guess"), "invalid_grant"),
        ("code", None, "invalid_request"),
    ] {
        let code = sandbox.code("noesis-cli", "ada").await;
        let form = exchange_form("noesis-cli", &code);
        let refused = error(sandbox.token(&changed(&form, name, value)).await);
        assert_eq!(refused, (400, expected.into()), "{name} {value:?}");
    }
}

#[tokio::test]
async fn a_code_that_was_rejected_once_cannot_be_used_and_nothing_is_said_to_be_revoked() {
    let sandbox = InProcess::new().await;
    let wrong = "b".repeat(43);
    for (name, value) in [("client_id", "noesis-cli-refresh"), ("code_verifier", wrong.as_str())] {
        let code = sandbox.code("noesis-cli", "ada").await;
        let form = exchange_form("noesis-cli", &code);
        assert_eq!(sandbox.token(&changed(&form, name, Some(value))).await.0, 400);
        let (status, body) = sandbox.token(&form).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
        let words = text(&body["error_description"]);
        assert!(
            words.contains("nothing was issued") && !words.contains("revoked"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn an_expired_code_is_rejected() {
    let sandbox = InProcess::seeded("authorization_code_ttl = 1\n[[users]]\nid = 'ada'\nname = 'Ada'").await;
    let code = sandbox.code("noesis-cli", "ada").await;
    // Times are whole seconds: the one in which the code was issued, and its lifetime.
    let over = now() + 2;
    crate::support::until("the code's second is over", || now() >= over);
    let (status, body) = sandbox.exchange("noesis-cli", &code).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")));
    assert_eq!(body["error_description"], "the authorization code has expired");
}

#[tokio::test]
async fn malformed_requests_have_the_errors_of_rfc_6749() {
    let sandbox = InProcess::new().await;
    let none: [(&str, &str); 0] = [];
    for (form, status, expected) in [
        (none.to_vec(), 400, "invalid_request"),
        (vec![("grant_type", "")], 400, "invalid_request"),
        (vec![("grant_type", "password")], 400, "unsupported_grant_type"),
        (
            vec![("grant_type", "client_credentials")],
            400,
            "unsupported_grant_type",
        ),
        (vec![("grant_type", "refresh_token")], 400, "invalid_request"),
        (
            changed(&exchange_form("noesis-cli", "x"), "client_id", None),
            400,
            "invalid_request",
        ),
        (exchange_form("nobody", "x"), 401, "invalid_client"),
        (exchange_form("tool-server", "x"), 401, "invalid_client"),
        (
            changed(&exchange_form("tool-server", "x"), "client_secret", Some("wrong")),
            401,
            "invalid_client",
        ),
        (
            changed(&exchange_form("noesis-cli", "x"), "client_secret", Some("any")),
            401,
            "invalid_client",
        ),
        (
            [exchange_form("noesis-cli", "x"), vec![("code", "y")]].concat(),
            400,
            "invalid_request",
        ),
        (
            [exchange_form("noesis-cli", "x"), vec![("grant_type", "refresh_token")]].concat(),
            400,
            "invalid_request",
        ),
    ] {
        assert_eq!(error(sandbox.token(&form).await), (status, expected.into()), "{form:?}");
    }
    let url = format!("{}/oauth/token", sandbox.base);
    let request = sandbox
        .http
        .post(&url)
        .header(header::CONTENT_TYPE, "application/json")
        .body("{}");
    assert_eq!(
        error(json(request.send().await.unwrap()).await),
        (400, "invalid_request".into())
    );
    let basic = sandbox
        .http
        .post(&url)
        .form(&exchange_form("tool-server", "x"))
        .basic_auth("tool-server", Some("x"));
    let response = basic.send().await.unwrap();
    assert!(
        response.headers()[header::WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(error(json(response).await), (401, "invalid_client".into()));
    assert_eq!(sandbox.get("/oauth/token").await.status(), 405);
}

#[tokio::test]
async fn a_confidential_client_needs_its_secret_to_exchange_and_to_refresh() {
    let sandbox = InProcess::new().await;
    let secret = ("client_secret", "sandbox-tool-server-secret");
    let code = sandbox.code("tool-server", "ada").await;
    let form = [exchange_form("tool-server", &code), vec![secret]].concat();
    let (status, tokens) = sandbox.token(&form).await;
    assert_eq!(status, 200);
    let refresh = text(&tokens["refresh_token"]);
    let bare = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(error(sandbox.token(&bare).await), (401, "invalid_client".into()));
    assert_eq!(
        error(sandbox.refresh("tool-server", &refresh).await),
        (401, "invalid_client".into())
    );
    let full = [bare.as_slice(), &[("client_id", "tool-server"), secret]].concat();
    assert_eq!(sandbox.token(&full).await.0, 200);
}

#[tokio::test]
async fn each_refresh_returns_a_new_refresh_token_and_reuse_revokes_the_family() {
    let sandbox = InProcess::new().await;
    let (first_access, first) = sandbox.sign_in("noesis-cli", "ada").await;
    let (elsewhere, _) = sandbox.sign_in("noesis-cli", "ada").await;
    let (status, second) = sandbox.refresh("noesis-cli", &first).await;
    assert_eq!(status, 200);
    let (second_access, second) = (text(&second["access_token"]), text(&second["refresh_token"]));
    assert_ne!(first, second);
    assert!(sandbox.is_active(&first_access).await && sandbox.is_active(&second_access).await);
    assert_eq!(
        error(sandbox.refresh("noesis-cli", &first).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(
        error(sandbox.refresh("noesis-cli", &second).await),
        (400, "invalid_grant".into())
    );
    assert!(!sandbox.is_active(&first_access).await && !sandbox.is_active(&second_access).await);
    assert!(sandbox.is_active(&elsewhere).await);
}

#[tokio::test]
async fn of_concurrent_refreshes_with_one_token_exactly_one_succeeds() {
    let sandbox = InProcess::new().await;
    let (_, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    let sandbox = std::sync::Arc::new(sandbox);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (sandbox, refresh) = (sandbox.clone(), refresh.clone());
        tasks.spawn(async move { sandbox.refresh("noesis-cli", &refresh).await.0 });
    }
    let mut statuses = tasks.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

#[tokio::test]
async fn a_public_client_may_omit_its_id_in_a_refresh_but_not_send_another() {
    let sandbox = InProcess::new().await;
    let (_, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    assert_eq!(
        error(sandbox.refresh("noesis-cli-refresh", &refresh).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(
        error(sandbox.refresh("nobody", &refresh).await),
        (401, "invalid_client".into())
    );
    let bare = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(sandbox.token(&bare).await.0, 200);
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "rt_guess")];
    assert_eq!(error(sandbox.token(&unknown).await), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn a_refreshed_token_has_the_current_entitlements() {
    let sandbox = InProcess::new().await;
    let (access, refresh) = sandbox.sign_in("noesis-cli-refresh", "linus").await;
    assert_eq!(decode(&access).1["entitlements"], json!([]));
    assert_eq!(sandbox.redeem(&access, "AXKF-M3PQ-7RBN-W2YT").await.0, 200);
    let (_, tokens) = sandbox.refresh("noesis-cli-refresh", &refresh).await;
    let claims = decode(tokens["access_token"].as_str().unwrap()).1;
    assert_eq!(claims["entitlements"][0]["tool_id"], "vision-lab");
}

#[tokio::test]
async fn a_client_uses_only_the_grants_that_the_seed_gives_it() {
    let seed = "[[users]]\nid = 'ada'\nname = 'Ada'\n
        [[clients]]\nid = 'short'\nname = 'No refresh'\ngrants = ['authorization_code']
        redirect_uris = ['http://127.0.0.1/callback']\n
        [[clients]]\nid = 'none'\nname = 'None'\nsecret = 's'\ngrants = []
        redirect_uris = ['http://127.0.0.1/callback']";
    let sandbox = InProcess::seeded(seed).await;
    let code = sandbox.code("short", "ada").await;
    let (status, tokens) = sandbox.exchange("short", &code).await;
    assert_eq!((status, tokens.get("refresh_token")), (200, None));
    assert_eq!(
        error(sandbox.refresh("short", "rt_any").await),
        (400, "unauthorized_client".into())
    );
    let form = [exchange_form("none", "ac_any"), vec![("client_secret", "s")]].concat();
    assert_eq!(error(sandbox.token(&form).await), (400, "unauthorized_client".into()));
    let challenge = super::in_process::challenge();
    let refused =
        super::in_process::redirect_params(&sandbox.authorize(&super::in_process::query("none", &challenge)).await);
    assert_eq!(refused.get("error").as_deref(), Some("unauthorized_client"));
}
