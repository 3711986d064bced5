//! The platform's API: one [`AuthClient`], one file a call.
//!
//! | Call | Method | Endpoint |
//! |---|---|---|
//! | authorize | [`AuthClient::build_authorize_url`] | browser: `GET /oauth/authorize` |
//! | exchange | [`AuthClient::exchange_code`] | `POST /oauth/token` |
//! | refresh | [`AuthClient::refresh_token`] | `POST /oauth/token` |
//! | redeem | [`AuthClient::redeem_code`] | `POST /api/v1/activation/redeem` |
//! | introspect | [`AuthClient::introspect`] | `POST /oauth/introspect` |
//! | keys | [`AuthClient::fetch_keys`] | `GET /.well-known/jwks.json` |
//!
//! The methods are named as in the Python SDK. Where that takes `client_id` and `client_secret` with each call, a Rust
//! client is built with them once; they still travel in the form body (`client_secret_post`), never in a header.

mod activation;
mod authorize;
mod fields;
mod introspect;
mod keys;
mod pkce;
mod token;

use std::time::Duration;

pub use self::activation::RedeemResult;
pub use self::authorize::AuthorizeRequest;
pub use self::introspect::IntrospectResult;
pub use self::keys::JwkSet;
pub use self::pkce::{InvalidVerifier, PkcePair, generate_pkce, generate_state};
pub use self::token::TokenResponse;
use crate::http::{self, BaseUrl, Http};
use crate::{AuthError, Secret};

/// A client of one platform, the SDK's `AuthClient`. Cheap to clone: clones share their connections.
///
/// ```no_run
/// # async fn example() -> Result<(), noesis::AuthError> {
/// use noesis::{AuthClient, AuthorizeRequest, Secret, generate_pkce};
///
/// let client = AuthClient::builder("https://platform.example").client_id("my-tool").build()?;
/// let pkce = generate_pkce();
/// let url = client.build_authorize_url(&AuthorizeRequest {
///     state: Some("xyz"),
///     code_challenge: Some(&pkce.code_challenge),
///     ..AuthorizeRequest::new("http://127.0.0.1:8400/callback")
/// })?;
/// // … the user follows `url` and comes back with a code …
/// let code = Secret::from("SplxlOBeZQQYbYS6WxSbIA");
/// let tokens = client
///     .exchange_code(&code, "http://127.0.0.1:8400/callback", Some(&pkce.code_verifier))
///     .await?;
/// println!("signed in for {} s", tokens.expires_in);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthClient {
    http: Http,
    client_id: Option<String>,
    client_secret: Option<Secret>,
}

impl AuthClient {
    /// Begins a client of the platform at `base_url`; trailing slashes do not matter.
    pub fn builder(base_url: impl Into<String>) -> AuthClientBuilder {
        AuthClientBuilder {
            base_url: base_url.into(),
            client_id: None,
            client_secret: None,
            timeout: http::DEFAULT_TIMEOUT,
            ca_certs: Vec::new(),
        }
    }

    /// The platform's base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        self.http.base().as_str()
    }

    /// The form fields that say who asks, and the secret among them.
    fn credentials<'a>(&'a self, form: &mut Vec<(&'static str, &'a str)>, secrets: &mut Vec<&'a str>) {
        if let Some(id) = &self.client_id {
            form.push(("client_id", id));
        }
        if let Some(secret) = &self.client_secret {
            form.push(("client_secret", secret.expose()));
            secrets.push(secret.expose());
        }
    }
}

/// What an [`AuthClient`] is built from.
#[derive(Debug, Clone)]
pub struct AuthClientBuilder {
    base_url: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    timeout: Duration,
    ca_certs: Vec<Vec<u8>>,
}

impl AuthClientBuilder {
    /// The client identifier (RFC 6749 §2.2).
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The secret of a confidential client (RFC 6749 §2.3.1); public clients have none.
    pub fn client_secret(mut self, client_secret: Secret) -> Self {
        self.client_secret = Some(client_secret);
        self
    }

    /// How long each request may take, its answer's last byte included; 10 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Trusts the certificates of a PEM bundle, in addition to the system's. There is no way to trust less than a
    /// certificate: checking cannot be turned off (rule N4).
    pub fn ca_cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_certs.push(pem.into());
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// [`crate::ErrorCode::Config`] where the base URL is not `https://` (or `http://` to a loopback host), a certificate
    /// bundle cannot be read, or the system has no certificates at all.
    pub fn build(self) -> Result<AuthClient, AuthError> {
        let base = BaseUrl::parse(&self.base_url)?;
        Ok(AuthClient {
            http: Http::new(base, self.timeout, &self.ca_certs)?,
            client_id: self.client_id,
            client_secret: self.client_secret,
        })
    }
}
