//! The HTTP client: built once for one platform; it sends one request at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::header;

use super::base_url::BaseUrl;
use super::connect_error;
use super::environment::{self, Proxy, ProxyRoute};
use super::error_chain::find;
use super::json::{Answer, object};
use super::request::{Body, Request};
use super::resolver::Resolver;
use super::response::{Received, Response};
use super::runtime::{self, NoResponse};
use crate::error::{AuthError, ErrorCode, Involved};

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
    /// Keeps no connection; built when the first kept one turns out to be closed.
    unpooled: Arc<OnceLock<reqwest::Client>>,
    /// Whether there was a response whose connection is kept.
    keeps: Arc<AtomicBool>,
    /// Shared, as each request has the client with it, and certificates are long.
    options: Arc<HttpOptions>,
    /// What requests go through.
    proxy: Option<Proxy>,
}

impl Http {
    /// Builds the client; on Linux this reads the system's certificates, unless `base` is `http://` on loopback.
    pub fn new(base: BaseUrl, options: &HttpOptions) -> Result<Self, AuthError> {
        let proxy = match options.environment_proxy {
            true => match ProxyRoute::to(&base)? {
                ProxyRoute::Proxy(proxy) => Some(proxy),
                ProxyRoute::Direct | ProxyRoute::Exempt { .. } => None,
            },
            false => None,
        };
        let client = build(builder(&base, options, proxy.as_ref())?)?;
        Ok(Self {
            base,
            client,
            unpooled: Arc::default(),
            keeps: Arc::default(),
            options: Arc::new(options.clone()),
            proxy,
        })
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Sends one request: the JSON object of a 200, or an error for everything else.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer, AuthError> {
        object(&self.exchange(&request).await?.body?, &request)
    }

    /// Sends one request and reads the response, whatever its status; an error where the response is not complete. It is sent
    /// once, unless it is safe to repeat and the server closed the connection that was kept for it (rule N6).
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
        let proxy = self.proxy.as_ref();
        let network = |message: String| AuthError::new(ErrorCode::NetworkError, message);
        let what = request.what;
        let host = self.base.host();
        let (client, sent) = self.prepare(request).build_split();
        let sent = sent.map_err(|error| connect_error::explain(what, &host, proxy, error))?;
        let again = match request.is_repeatable && self.keeps.load(Ordering::Relaxed) {
            true => sent.try_clone(),
            false => None,
        };
        let (http, limit) = (self.clone(), request.max_response);
        let work = async move {
            let response = match (client.execute(sent).await, again) {
                // The server closed the connection that was kept (RFC 9110 §9.2.2).
                (Err(error), Some(again)) if error.is_request() && !error.is_connect() && !error.is_timeout() => {
                    match http.unpooled() {
                        Ok(client) => client.execute(again).await,
                        Err(_) => Err(error),
                    }
                }
                (outcome, _) => outcome,
            }?;
            if response
                .headers()
                .get(header::CONNECTION)
                .is_none_or(|value| value != "close")
            {
                http.keeps.store(true, Ordering::Relaxed);
            }
            Received::read(response, limit).await
        };
        match runtime::run(work, self.options.timeout).await {
            Ok(Ok(received)) => Ok(received.check(request)),
            Ok(Err(error)) => Err(connect_error::explain(what, &host, proxy, error)),
            Err(NoResponse::TimedOut) => Err(network(format!(
                "the {what} timed out: no complete response from `{host}` within {}",
                crate::time::span(self.options.timeout)
            ))
            .involving(proxy.map(|proxy| Involved::Proxy(proxy.variable)))),
            Err(NoResponse::NoRuntime(error)) => Err(network(format!("cannot start the network: {error}"))),
            Err(NoResponse::Failed) => Err(network(format!("the {what} request failed internally"))),
        }
    }

    /// A client each of whose requests opens a connection of its own.
    fn unpooled(&self) -> Result<reqwest::Client, AuthError> {
        if let Some(client) = self.unpooled.get() {
            return Ok(client.clone());
        }
        let client = build(builder(&self.base, &self.options, self.proxy.as_ref())?.pool_max_idle_per_host(0))?;
        Ok(self.unpooled.get_or_init(|| client).clone())
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

/// How every client of a platform is built.
fn builder(base: &BaseUrl, options: &HttpOptions, proxy: Option<&Proxy>) -> Result<reqwest::ClientBuilder, AuthError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("noesis/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        // A refresh token that is sent twice revokes its whole family (rule N6).
        .retry(reqwest::retry::never())
        .referer(false)
        .dns_resolver(Resolver);
    // Read also where no TLS is spoken: a wrong file is an error, not something that is ignored.
    let certificates = certificates(&options.ca_cert_pem)?;
    builder = match proxy.map(|proxy| proxy.url.as_ref()) {
        None => builder.no_proxy(),
        Some(Some(url)) => builder.proxy(reqwest::Proxy::all(url.expose()).map_err(failed)?),
        // One of the system's settings is the client's default.
        Some(None) => builder,
    };
    builder = if base.is_plain() {
        builder.tls_certs_only(std::iter::empty())
    } else {
        builder.https_only(true).tls_certs_merge(certificates)
    };
    Ok(builder)
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, AuthError> {
    builder.build().map_err(failed)
}

fn failed(error: reqwest::Error) -> AuthError {
    // The only general error of the TLS library here: it found no certificates.
    if let Some(rustls::Error::General(_)) = find(&error) {
        return environment::no_authorities();
    }
    config(format!(
        "the HTTP client cannot be set up: {}",
        connect_error::root_cause(error)
    ))
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
