//! Authorization requests, the consent form, and the responses to the client's redirect URI.

use super::in_process::{CALLBACK, InProcess, challenge, changed, exchange_form, location, query, redirect_params};
use noesis::sandbox::Options;
use reqwest::{StatusCode, header};

#[tokio::test]
async fn approving_sends_the_code_with_state_and_issuer_to_the_client() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let name = sandbox.open_consent(&query("noesis-cli", &challenge)).await;
    let response = sandbox.decide(&name, "grace", "approve").await;
    assert!(
        location(&response)
            .as_str()
            .starts_with("http://127.0.0.1:50000/callback?code=")
    );
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
    let params = redirect_params(&response);
    assert_eq!(params.get("state").as_deref(), Some("the state"));
    assert_eq!(params.get("iss").as_deref(), Some(sandbox.base.as_str()));
    let (status, tokens) = sandbox.exchange("noesis-cli", &params.get("code").unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(
        super::in_process::decode(tokens["access_token"].as_str().unwrap()).1["sub"],
        "grace"
    );
}

#[tokio::test]
async fn denying_is_reported_to_the_client_without_a_code() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let name = sandbox.open_consent(&query("noesis-cli", &challenge)).await;
    let params = redirect_params(&sandbox.decide(&name, "grace", "deny").await);
    assert_eq!(params.get("error").as_deref(), Some("access_denied"));
    assert_eq!(params.get("state").as_deref(), Some("the state"));
    assert_eq!(params.get("iss").as_deref(), Some(sandbox.base.as_str()));
    assert_eq!(params.get("code"), None);
}

#[tokio::test]
async fn a_consent_form_can_be_sent_once() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let name = sandbox.open_consent(&query("noesis-cli", &challenge)).await;
    assert_eq!(
        sandbox.decide(&name, "ada", "approve").await.status(),
        StatusCode::SEE_OTHER
    );
    for decision in ["approve", "deny"] {
        let again = sandbox.decide(&name, "ada", decision).await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST);
        assert!(again.headers().get(header::LOCATION).is_none());
    }
}

#[tokio::test]
async fn a_consent_form_that_was_guessed_changed_or_sent_by_another_site_is_rejected() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let query = query("noesis-cli", &challenge);
    let guessed = sandbox
        .decide("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ada", "approve")
        .await;
    assert_eq!(guessed.status(), StatusCode::BAD_REQUEST);
    let name = sandbox.open_consent(&query).await;
    let form = [("request", name.as_str()), ("user", "ada"), ("decision", "approve")];
    let url = format!("{}/oauth/authorize", sandbox.base);
    for (header, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")] {
        let response = sandbox
            .http
            .post(&url)
            .form(&form)
            .header(header, value)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header}");
    }
    let twice = [form.as_slice(), &[("user", "root")]].concat();
    assert_eq!(
        sandbox.form("/oauth/authorize", &twice).await.status(),
        StatusCode::BAD_REQUEST
    );
    // The user's own page is still pending.
    let own = sandbox
        .http
        .post(&url)
        .form(&form)
        .header("sec-fetch-site", "same-origin");
    let own = own.header("origin", "null").send().await.unwrap();
    assert_eq!(own.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_without_a_decision_leaves_the_request_pending() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    for decision in ["approve", "deny"] {
        let name = sandbox.open_consent(&query("noesis-cli", &challenge)).await;
        for (user, undecided) in [("nobody", "approve"), ("", "approve"), ("ada", "maybe"), ("ada", "")] {
            let response = sandbox.decide(&name, user, undecided).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{user} {undecided}");
        }
        let response = sandbox.decide(&name, "ada", decision).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{decision}");
    }
}

#[tokio::test]
async fn head_has_no_effect() {
    for auto_approve in [true, false] {
        let sandbox = InProcess::with(Options {
            auto_approve,
            ..Options::default()
        })
        .await;
        let challenge = challenge();
        let url = format!("{}/oauth/authorize", sandbox.base);
        let head = sandbox.http.head(&url).query(&query("noesis-cli", &challenge));
        let response = head.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers().get(header::LOCATION).is_none());
        assert_eq!(response.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_request_stays_pending_while_thousands_of_others_arrive() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let query = query("noesis-cli", &challenge);
    let name = sandbox.open_consent(&query).await;
    for _ in 0..1_100 {
        sandbox.authorize(&query).await;
    }
    let response = sandbox.decide(&name, "ada", "approve").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let long = "x".repeat(9_000);
    let response = sandbox.authorize(&changed(&query, "state", Some(&long))).await;
    assert_eq!(response.status(), StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn parameters_in_the_form_cannot_change_the_request() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let name = sandbox.open_consent(&query("noesis-cli", &challenge)).await;
    let form = [
        ("request", name.as_str()),
        ("user", "ada"),
        ("decision", "approve"),
        ("redirect_uri", "http://127.0.0.1:6/other"),
        ("state", "other"),
        ("client_id", "tool-server"),
    ];
    let response = sandbox.form("/oauth/authorize", &form).await;
    assert!(location(&response).as_str().starts_with(CALLBACK));
    assert_eq!(redirect_params(&response).get("state").as_deref(), Some("the state"));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_gets_a_page_and_never_a_redirect() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("")),
        ("client_id", Some("nobody")),
        ("client_id", Some("Noesis-cli")),
        ("redirect_uri", None),
        ("redirect_uri", Some("")),
        ("redirect_uri", Some("http://127.0.0.1:50000/callback/")),
        ("redirect_uri", Some("http://127.0.0.1:50000/callback?x=1")),
        ("redirect_uri", Some("http://127.0.0.1:50000/callback#x")),
        ("redirect_uri", Some("http://127.0.0.1.evil.example/callback")),
        ("redirect_uri", Some("http://127.0.0.1:50000@evil.example/callback")),
        ("redirect_uri", Some("https://127.0.0.1:50000/callback")),
        ("redirect_uri", Some("http://127.0.0.2:50000/callback")),
        ("redirect_uri", Some("javascript:alert(1)")),
    ] {
        let response = sandbox.authorize(&changed(&good, name, value)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{name} {value:?}");
        assert!(response.headers().get(header::LOCATION).is_none());
        assert!(response.text().await.unwrap().contains("<h1>"), "{name} {value:?}");
    }
    for extra in [
        ("client_id", "tool-server"),
        ("redirect_uri", "http://127.0.0.1:6/callback"),
    ] {
        let response = sandbox.authorize(&[good.as_slice(), &[extra]].concat()).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{extra:?} twice");
    }
}

#[tokio::test]
async fn loopback_redirect_uris_match_with_any_port_on_all_three_hosts() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    for uri in [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:50000/callback",
        "http://localhost:50000/callback",
    ] {
        let name = sandbox.open_consent(&changed(&good, "redirect_uri", Some(uri))).await;
        let response = sandbox.decide(&name, "ada", "approve").await;
        let to = response.headers()[header::LOCATION].to_str().unwrap();
        assert!(to.starts_with(&format!("{uri}?code=")), "{to}");
    }
}

#[tokio::test]
async fn other_errors_are_redirected_to_the_client_with_state_and_issuer() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    let no_pkce = changed(&changed(&good, "code_challenge", None), "code_challenge_method", None);
    let twice = [good.as_slice(), &[("scope", "a"), ("scope", "b")]].concat();
    // Not canonical base64url, so that no verifier has this challenge.
    let padded = format!("{}B", "A".repeat(42));
    for (query, error) in [
        (no_pkce, "invalid_request"),
        (changed(&good, "code_challenge", None), "invalid_request"),
        (changed(&good, "code_challenge", Some("short")), "invalid_request"),
        (changed(&good, "code_challenge", Some(&padded)), "invalid_request"),
        (changed(&good, "code_challenge_method", None), "invalid_request"),
        (
            changed(&good, "code_challenge_method", Some("plain")),
            "invalid_request",
        ),
        (changed(&good, "code_challenge_method", Some("s256")), "invalid_request"),
        (changed(&good, "response_type", None), "invalid_request"),
        (
            changed(&good, "response_type", Some("token")),
            "unsupported_response_type",
        ),
        (
            changed(&good, "response_type", Some("code id_token")),
            "unsupported_response_type",
        ),
        (changed(&good, "scope", Some("a\"b")), "invalid_scope"),
        (twice, "invalid_request"),
    ] {
        let response = sandbox.authorize(&query).await;
        assert!(location(&response).as_str().starts_with(CALLBACK), "{query:?}");
        let params = redirect_params(&response);
        assert_eq!(params.get("error").as_deref(), Some(error), "{query:?}");
        assert!(
            params
                .get("error_description")
                .is_some_and(|text| text.is_ascii() && !text.contains(['"', '\\']))
        );
        assert_eq!(params.get("state").as_deref(), Some("the state"));
        assert_eq!(params.get("iss").as_deref(), Some(sandbox.base.as_str()));
        assert_eq!(params.get("code"), None);
    }
}

#[tokio::test]
async fn state_is_returned_unchanged_and_only_if_it_was_sent() {
    let sandbox = InProcess::with(Options {
        auto_approve: true,
        ..Options::default()
    })
    .await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    for state in ["a b&c=d#e%41+\"<é\r\nX: y", "\u{202e}"] {
        let response = sandbox.authorize(&changed(&good, "state", Some(state))).await;
        assert_eq!(redirect_params(&response).get("state").as_deref(), Some(state));
        assert!(response.headers().get("x").is_none());
    }
    assert_eq!(
        redirect_params(&sandbox.authorize(&changed(&good, "state", None)).await).get("state"),
        None
    );
}

#[tokio::test]
async fn a_confidential_client_may_omit_pkce_but_then_must_send_no_verifier() {
    let sandbox = InProcess::with(Options {
        auto_approve: true,
        ..Options::default()
    })
    .await;
    let query = [
        ("response_type", "code"),
        ("client_id", "tool-server"),
        ("redirect_uri", CALLBACK),
    ];
    let secret = ("client_secret", "sandbox-tool-server-secret");
    let code = redirect_params(&sandbox.authorize(&query).await).get("code").unwrap();
    let without = changed(&exchange_form("tool-server", &code), "code_verifier", None);
    assert_eq!(sandbox.token(&[without.as_slice(), &[secret]].concat()).await.0, 200);
    let code = redirect_params(&sandbox.authorize(&query).await).get("code").unwrap();
    let with = exchange_form("tool-server", &code);
    let (status, error) = sandbox.token(&[with.as_slice(), &[secret]].concat()).await;
    assert_eq!((status, error["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn auto_approve_signs_in_the_first_user_or_the_one_hinted_at() {
    let sandbox = InProcess::with(Options {
        auto_approve: true,
        ..Options::default()
    })
    .await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    for (hint, sub) in [
        (None, "ada"),
        (Some("linus"), "linus"),
        (Some("grace@noesis.example"), "grace"),
    ] {
        let response = sandbox.authorize(&changed(&good, "login_hint", hint)).await;
        let code = redirect_params(&response).get("code").unwrap();
        let (_, tokens) = sandbox.exchange("noesis-cli", &code).await;
        assert_eq!(
            super::in_process::decode(tokens["access_token"].as_str().unwrap()).1["sub"],
            sub
        );
    }
    let nobody = sandbox.authorize(&changed(&good, "login_hint", Some("nobody"))).await;
    assert_eq!(redirect_params(&nobody).get("error").as_deref(), Some("access_denied"));
    let unknown = sandbox.authorize(&changed(&good, "client_id", Some("nobody"))).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_sign_in_that_a_page_loads_as_a_part_of_itself_is_refused() {
    let sandbox = InProcess::with(Options {
        auto_approve: true,
        ..Options::default()
    })
    .await;
    let challenge = challenge();
    let open = async |mode: &str, destination: &str| {
        let request = sandbox.http.get(format!("{}/oauth/authorize", sandbox.base));
        let request = request
            .query(&query("noesis-cli", &challenge))
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", destination);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(open("no-cors", "image").await, 403);
    assert_eq!(open("navigate", "iframe").await, 403);
    assert_eq!(open("cors", "empty").await, 403);
    assert_eq!(open("navigate", "document").await, 303);
}
