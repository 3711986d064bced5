//! The client of a platform, and how it is built.

use std::time::Duration;

use super::pkce::{PkcePair, generate_pkce};
use crate::error::AuthError;
use crate::http::{BaseUrl, Http, HttpOptions};
use crate::secret::Secret;

/// A client of one platform, the SDK's `AuthClient`. Cheap to clone: clones share their connections.
///
/// Its calls are `async` and have to be awaited within a Tokio runtime with time enabled, since they wait for a deadline.
/// The requests themselves run on a thread of the process's own, `noesis-http`, which the first request starts and all
/// clients share: a server that sends bytes without end, such as `100 Continue` again and again, keeps the task that
/// reads them busy, and on a runtime of one thread no deadline could pass meanwhile. Dropping the future of a call aborts
/// its request.
///
/// It reads nothing from the environment: a proxy is used only where
/// [`environment_proxy`](AuthClientBuilder::environment_proxy) says so.
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
    pub(super) http: Http,
    pub(super) client_id: Option<String>,
    client_secret: Option<Secret>,
}

impl AuthClient {
    /// Builds a client of the platform at `base_url`, `https://` or `http://` to a loopback host; trailing slashes do not
    /// matter.
    pub fn builder(base_url: impl Into<String>) -> AuthClientBuilder {
        AuthClientBuilder {
            base_url: base_url.into(),
            client_id: None,
            client_secret: None,
            http: HttpOptions::default(),
        }
    }

    /// A fresh PKCE pair, the SDK's `AuthClient.generate_pkce`; the same as [`generate_pkce`].
    pub fn generate_pkce() -> PkcePair {
        generate_pkce()
    }

    /// The platform's base URL, without trailing slashes.
    pub fn base_url(&self) -> &str {
        self.http.base().as_str()
    }

    /// Adds the form fields that authenticate the client, and notes the secret among them.
    pub(super) fn credentials<'a>(&'a self, form: &mut Vec<(&'static str, &'a str)>, secrets: &mut Vec<&'a str>) {
        if let Some(id) = &self.client_id {
            form.push(("client_id", id));
        }
        if let Some(secret) = &self.client_secret {
            form.push(("client_secret", secret.expose()));
            secrets.push(secret.expose());
        }
    }
}

/// Builds an [`AuthClient`].
#[derive(Debug, Clone)]
pub struct AuthClientBuilder {
    base_url: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    http: HttpOptions,
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

    /// The time-out of each request, from the first byte sent to the last byte received; 10 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Trusts the certificates of a PEM bundle in addition to the system's. Certificate checks cannot be turned off (rule
    /// N4).
    pub fn ca_cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.ca_cert_pem.push(pem.into());
        self
    }

    /// Whether requests go through the proxy that the environment names; off by default, so that the library depends on
    /// nothing but what it is given.
    ///
    /// The proxy is that of `HTTPS_PROXY` or `ALL_PROXY`, in upper or lower case, unless `NO_PROXY` exempts the host; on
    /// macOS and Windows also that of the system's settings. A loopback host is always reached without a proxy.
    ///
    /// ```
    /// let client = noesis::AuthClient::builder("https://platform.example")
    ///     .environment_proxy(true)
    ///     .build()?;
    /// # Ok::<(), noesis::AuthError>(())
    /// ```
    pub fn environment_proxy(mut self, on: bool) -> Self {
        self.http.environment_proxy = on;
        self
    }

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    /// [`crate::ErrorCode::Config`] where the base URL is not `https://` (or `http://` to a loopback host), a certificate
    /// bundle cannot be read, or the system has no certificates at all.
    pub fn build(self) -> Result<AuthClient, AuthError> {
        let base = BaseUrl::parse(&self.base_url)?;
        Ok(AuthClient {
            http: Http::new(base, &self.http)?,
            client_id: self.client_id,
            client_secret: self.client_secret,
        })
    }
}
