//! The HTTP client: built once for one platform; it sends one request at a time.

use std::time::{Duration, Instant};

use reqwest::header;
use serde_json::{Map, Value};

use super::base_url::BaseUrl;
use super::connect_error;
use super::json::object;
use super::request::{Body, Request};
use super::resolver::Resolver;
use super::response::{Received, Response};
use super::runtime::{self, NoResponse};
use crate::error::{AuthError, ErrorCode};

/// How long a request may take unless the caller says otherwise: the SDK's 10 s.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// How requests are sent, whatever they ask for.
#[derive(Debug, Clone)]
pub(crate) struct HttpOptions {
    /// How long one request may take, from the first byte sent to the last byte received.
    pub timeout: Duration,
    /// PEM bundles of certificates that are trusted in addition to the system's.
    pub ca_cert_pem: Vec<Vec<u8>>,
    /// Whether requests go through the proxy that the environment names.
    pub environment_proxy: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            ca_cert_pem: Vec::new(),
            environment_proxy: false,
        }
    }
}

/// A built HTTP client, bound to one platform.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    base: BaseUrl,
    client: reqwest::Client,
    timeout: Duration,
}

impl Http {
    /// Builds the client; on Linux this reads the system's certificates, unless `base` is `http://` on loopback.
    pub fn new(base: BaseUrl, options: &HttpOptions) -> Result<Self, AuthError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("noesis/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // A refresh token that is sent twice revokes its whole family (rule N6).
            .retry(reqwest::retry::never())
            .referer(false)
            .dns_resolver(Resolver);
        // Read also where no TLS is spoken: a wrong file is an error, not something that is ignored.
        let certificates = certificates(&options.ca_cert_pem)?;
        // A proxy would send the traffic of a loopback host, tokens included, to another machine.
        if !options.environment_proxy || base.is_loopback() {
            builder = builder.no_proxy();
        }
        builder = if base.is_plain() {
            builder.tls_certs_only(std::iter::empty())
        } else {
            builder.https_only(true).tls_certs_merge(certificates)
        };
        let client = builder.build().map_err(|e| {
            config(format!(
                "the HTTP client cannot be set up: {}",
                connect_error::root_cause(e)
            ))
        })?;
        let timeout = options.timeout;
        Ok(Self { base, client, timeout })
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Sends one request once: the JSON object of a 200, or an error for everything else.
    pub async fn send(&self, request: Request<'_>) -> Result<Map<String, Value>, AuthError> {
        object(&self.exchange(&request).await?.body?, &request)
    }

    /// Sends one request once and reads the response, whatever its status; an error where the response is not complete.
    pub async fn exchange(&self, request: &Request<'_>) -> Result<Response, AuthError> {
        let started = Instant::now();
        let outcome = self.receive(request).await;
        tracing::debug!(
            target: "noesis",
            path = &*request.path,
            status = outcome.as_ref().map_or_else(|e| e.status, Response::status),
            ms = started.elapsed().as_millis(),
            "request"
        );
        outcome
    }

    async fn receive(&self, request: &Request<'_>) -> Result<Response, AuthError> {
        let network = |message: String| AuthError::new(ErrorCode::NetworkError, message);
        let what = request.what;
        let host = self.base.host();
        let work = Received::read(self.prepare(request), request.max_response);
        match runtime::run(work, self.timeout).await {
            Ok(Ok(received)) => Ok(received.judge(request)),
            Ok(Err(error)) => Err(connect_error::explain(what, &host, error)),
            Err(NoResponse::TimedOut) => Err(network(format!(
                "the {what} timed out: no complete response from `{host}` within {} s",
                self.timeout.as_secs_f64()
            ))),
            Err(NoResponse::NoRuntime(error)) => Err(network(format!("cannot start the network: {error}"))),
            Err(NoResponse::Failed) => Err(network(format!("the {what} request failed internally"))),
        }
    }

    fn prepare(&self, request: &Request<'_>) -> reqwest::RequestBuilder {
        let url = self.base.join(&request.path);
        let builder = match &request.body {
            Body::None => self.client.get(url),
            Body::Form(fields) => self.client.post(url).form(fields),
            Body::Json(document) => self.client.post(url).json(document),
        }
        .header(header::ACCEPT, "application/json");
        match request.bearer {
            Some(token) => builder.bearer_auth(token.expose()),
            None => builder,
        }
    }
}

/// The certificates of PEM bundles.
fn certificates(bundles: &[Vec<u8>]) -> Result<Vec<reqwest::Certificate>, AuthError> {
    let mut all = Vec::new();
    for pem in bundles {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|e| {
            let cause = connect_error::root_cause(e);
            config(format!("the certificate file cannot be read: {cause}"))
        })?;
        if certificates.is_empty() {
            return Err(config("the certificate file contains no PEM certificate".into()));
        }
        all.extend(certificates);
    }
    Ok(all)
}

fn config(message: String) -> AuthError {
    AuthError::new(ErrorCode::Config, message)
}
