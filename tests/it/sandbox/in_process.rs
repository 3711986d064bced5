//! A sandbox in this process for one test, and the requests that most tests send.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use noesis::sandbox::{Options, Sandbox, Seed};
use reqwest::{Response, StatusCode, header};
use serde_json::Value;
use tokio::sync::oneshot;

pub const VERIFIER: &str = "a-verifier-of-the-tests-that-is-long-enough-0";
pub const CALLBACK: &str = "http://127.0.0.1:50000/callback";

/// A running sandbox; it stops when the test drops it.
pub struct InProcess {
    pub base: String,
    pub http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl InProcess {
    /// With the default seed and the consent page.
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn seeded(toml: &str) -> Self {
        let seed = toml.parse::<Seed>().unwrap();
        Self::with(Options {
            seed,
            ..Options::default()
        })
        .await
    }

    pub async fn with(options: Options) -> Self {
        let sandbox = Sandbox::bind(options).await.unwrap();
        let base = sandbox.base_url().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(sandbox.serve(async {
            stopped.await.ok();
        }));
        Self {
            base,
            http: http(),
            _stop: stop,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub async fn form(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.http
            .post(format!("{}{path}", self.base))
            .form(form)
            .send()
            .await
            .unwrap()
    }

    /// The status and the JSON of the response to a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        json(self.form(path, form).await).await
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        self.post("/oauth/token", form).await
    }

    pub async fn is_active(&self, token: &str) -> bool {
        let (status, answer) = self.post("/oauth/introspect", &[("token", token)]).await;
        assert_eq!(status, 200);
        answer["active"].as_bool().unwrap()
    }

    pub async fn redeem(&self, token: &str, code: &str) -> (u16, Value) {
        let url = format!("{}/api/v1/activation/redeem", self.base);
        let body = serde_json::json!({ "code": code }).to_string();
        let request = self
            .http
            .post(url)
            .bearer_auth(token)
            .header(header::CONTENT_TYPE, "application/json");
        json(request.body(body).send().await.unwrap()).await
    }

    pub async fn stats(&self) -> Value {
        json(self.get("/sandbox/stats").await).await.1["requests"].clone()
    }

    /// The one-time ID of the request on the consent page.
    pub async fn open_consent(&self, query: &[(&str, &str)]) -> String {
        let response = self.authorize(query).await;
        assert_eq!(response.status(), StatusCode::OK);
        request_id(&response.text().await.unwrap())
    }

    pub async fn authorize(&self, query: &[(&str, &str)]) -> Response {
        let url = format!("{}/oauth/authorize", self.base);
        self.http.get(url).query(query).send().await.unwrap()
    }

    pub async fn decide(&self, request: &str, user: &str, decision: &str) -> Response {
        let form = [("request", request), ("user", user), ("decision", decision)];
        self.form("/oauth/authorize", &form).await
    }

    /// A code for `user`, approved on the consent page.
    pub async fn code(&self, client: &str, user: &str) -> String {
        let challenge = challenge();
        let name = self.open_consent(&query(client, &challenge)).await;
        let params = redirect_params(&self.decide(&name, user, "approve").await);
        params.get("code").unwrap()
    }

    pub async fn exchange(&self, client: &str, code: &str) -> (u16, Value) {
        self.token(&exchange_form(client, code)).await
    }

    pub async fn refresh(&self, client: &str, refresh_token: &str) -> (u16, Value) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", client),
        ];
        self.token(&form).await
    }

    /// Access and refresh token of a new session.
    pub async fn sign_in(&self, client: &str, user: &str) -> (String, String) {
        let code = self.code(client, user).await;
        let (status, tokens) = self.exchange(client, &code).await;
        assert_eq!(status, 200, "{tokens}");
        (text(&tokens["access_token"]), text(&tokens["refresh_token"]))
    }
}

/// A client that follows no redirects and loads no certificates.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only(std::iter::empty())
        .build()
        .unwrap()
}

pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

pub fn query<'a>(client: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("state", "the state"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

pub fn exchange_form<'a>(client: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

/// The parameters with one of them changed or removed.
pub fn changed<'a>(params: &[(&'a str, &'a str)], name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let others = params.iter().copied().filter(|(key, _)| *key != name);
    others.chain(value.map(|value| (name, value))).collect()
}

pub fn request_id(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"request\" value=\"").expect("a consent page");
    rest.split('"').next().unwrap().to_owned()
}

/// The target of a redirect.
pub fn location(response: &Response) -> url::Url {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap().parse().unwrap()
}

/// The parameters of a redirect.
pub struct RedirectParams(Vec<(String, String)>);

impl RedirectParams {
    pub fn get(&self, name: &str) -> Option<String> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        let value = found.next().map(|(_, value)| value.clone());
        assert!(found.next().is_none(), "{name} is repeated");
        value
    }
}

pub fn redirect_params(response: &Response) -> RedirectParams {
    RedirectParams(location(response).query_pairs().into_owned().collect())
}

pub async fn json(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Header and claims of a JWT, unverified.
pub fn decode(token: &str) -> (Value, Value) {
    let part = |index| {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    (part(0), part(1))
}
