//! The HTML pages: their security headers, escaping, and content.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Response, header};

use super::in_process::{InProcess, challenge, changed, query};

async fn checked(response: Response) -> String {
    let headers = response.headers().clone();
    let page = response.text().await.unwrap();
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let (_, style) = page.split_once("<style>").unwrap();
    let style = style.split("</style>").next().unwrap();
    let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action ",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    let lower = page.to_lowercase();
    for forbidden in [
        "<script",
        "javascript:",
        " onclick",
        " onload",
        " style=",
        "@import",
        "url(",
        "<img",
        "<iframe",
    ] {
        assert!(!lower.contains(forbidden), "{forbidden}");
    }
    // Nothing is loaded from another origin.
    for attribute in ["src=\"", "href=\"http", "action=\"http"] {
        assert!(!lower.contains(attribute), "{attribute}");
    }
    assert!(page.contains("name=\"viewport\""));
    page
}

#[tokio::test]
async fn no_page_allows_scripts_frames_or_other_origins() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    checked(sandbox.get("/").await).await;
    checked(sandbox.authorize(&query("noesis-cli", &challenge)).await).await;
    checked(sandbox.authorize(&query("nobody", &challenge)).await).await;
    checked(sandbox.decide("x", "ada", "approve").await).await;
}

#[tokio::test]
async fn the_consent_form_may_redirect_to_the_client_only() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    for (uri, source) in [
        ("http://127.0.0.1:50000/callback", "'self' http://127.0.0.1:50000;"),
        ("http://localhost:50000/callback", "'self' http://localhost:50000;"),
        ("http://[::1]:50000/callback", "'self' http:;"),
    ] {
        let response = sandbox.authorize(&changed(&good, "redirect_uri", Some(uri))).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains(&format!("form-action {source}")), "{policy}");
    }
}

#[tokio::test]
async fn the_consent_page_shows_the_client_its_request_and_the_users() {
    let sandbox = InProcess::new().await;
    let challenge = challenge();
    let query = [
        query("noesis-cli", &challenge),
        vec![("scope", "tools:read"), ("login_hint", "linus")],
    ]
    .concat();
    let page = checked(sandbox.authorize(&query).await).await;
    for part in [
        "Noesis CLI",
        "wants to sign you in",
        "tools:read",
        "Grace Hopper",
        "grace@noesis.example",
        "integrator",
        "Vision Lab",
        "id=\"approve\"",
        "id=\"deny\"",
        "name=\"decision\" value=\"approve\"",
        "name=\"decision\" value=\"deny\"",
        "http://127.0.0.1:50000/callback",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let picked: Vec<_> = page
        .split("<input")
        .filter(|input| input.split('>').next().unwrap().contains("checked"))
        .collect();
    assert_eq!(picked.len(), 1);
    assert!(picked[0].contains("value=\"linus\""));
}

#[tokio::test]
async fn markup_in_names_is_escaped() {
    let hostile = "<script>alert(1)</script>\\\"'&";
    let seed = format!(
        "[[tools]]\nid = \"t\"\nname = \"{hostile}\"
         [[users]]\nid = \"{hostile}\"\nname = \"{hostile}\"\nemail = \"{hostile}\"\nentitlements = [{{ tool = \"t\", days = 1 }}]
         [[clients]]\nid = \"noesis-cli\"\nname = \"{hostile}\"\nredirect_uris = [\"http://127.0.0.1/callback\"]"
    );
    let sandbox = InProcess::seeded(&seed).await;
    let challenge = challenge();
    let good = query("noesis-cli", &challenge);
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;";
    assert!(checked(sandbox.get("/").await).await.contains(escaped));
    assert!(checked(sandbox.authorize(&good).await).await.contains(escaped));
    for (name, value) in [
        ("client_id", "<script>x\u{202e}</script>"),
        ("redirect_uri", "\"><script>x\u{202e}</script>"),
    ] {
        let page = checked(sandbox.authorize(&changed(&good, name, Some(value))).await).await;
        assert!(page.contains("&lt;script&gt;x\\u{202e}&lt;/script&gt;"), "{name}");
    }
}

#[tokio::test]
async fn the_overview_shows_the_current_state_and_commands_for_it() {
    let sandbox = InProcess::new().await;
    let page = checked(sandbox.get("/").await).await;
    let login = format!("noesis login --base-url {} --client-id noesis-cli", sandbox.base);
    let mint = format!("noesis sandbox mint --base-url {} --expires-in -5m", sandbox.base);
    for part in [
        login.as_str(),
        "Ada Lovelace",
        "Speech Desk",
        "tool-server",
        "LATE-M3PQ-7RBN-W2YT",
        "expired 3 days ago",
        "noesis redeem AXKF-M3PQ-7RBN-W2YT",
        "noesis introspect",
        mint.as_str(),
        noesis::sandbox::HS256_SECRET,
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("sandbox-tool-server-secret"));
    assert!(!page.contains("used by"));
    let (access, _) = sandbox.sign_in("noesis-cli", "linus").await;
    assert_eq!(sandbox.redeem(&access, "AXKF-M3PQ-7RBN-W2YT").await.0, 200);
    let page = checked(sandbox.get("/").await).await;
    assert!(page.contains("used by linus"));
    // The command to try has a code that has not been used.
    assert!(page.contains("noesis redeem BQLG-N4RS-8TCP-X3ZV"));
}
