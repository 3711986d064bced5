//! Handles one request: what it asks for, whether it is granted, and what is answered or forwarded.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;

use super::access_log::{AccessLog, LogEntry};
use super::authenticator::{Authenticator, Lookup};
use super::client_ip::TrustedProxies;
use super::metrics::{self, Decision, Metrics};
use super::options::Options;
use super::route::{Listener, Route};
use super::shutdown::Shutdown;
use super::upstream::{Body, Origin, Upstream, not_forwardable};
use super::verdict_cache::CachedVerdict;
use crate::middleware::{Denial, decide};
use crate::time::now;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Service {
    pub authenticator: Arc<Authenticator>,
    pub log: AccessLog,
    pub metrics: Metrics,
    pub shutdown: Shutdown,
    tool: Option<String>,
    trusted_proxies: TrustedProxies,
    upstream: Option<Upstream>,
    /// Whether health, readiness and metrics have a listener of their own.
    has_status_listener: bool,
}

/// A response, and what the access log has to know about it.
struct RequestOutcome {
    response: Response<Body>,
    decision: Option<Decision>,
    verdict: Option<Arc<CachedVerdict>>,
}

impl From<Response<Body>> for RequestOutcome {
    /// A response that needed no decision.
    fn from(response: Response<Body>) -> Self {
        Self {
            response,
            decision: None,
            verdict: None,
        }
    }
}

impl From<Denial> for RequestOutcome {
    fn from(denial: Denial) -> Self {
        Self {
            response: denial.response::<Full<bytes::Bytes>>().map(Either::Left),
            decision: Some(Err(denial.kind())),
            verdict: None,
        }
    }
}

impl Service {
    pub fn new(options: Options, authenticator: Authenticator, log: Box<dyn Write + Send>) -> Self {
        let authenticator = Arc::new(authenticator);
        let keys = Arc::clone(&authenticator);
        Self {
            metrics: Metrics::new(move || keys.validator().stats()),
            authenticator,
            log: AccessLog::new(options.access_log, log),
            shutdown: Shutdown::default(),
            tool: options.tool,
            trusted_proxies: options.trusted_proxies,
            upstream: options.upstream,
            has_status_listener: options.status_listen.is_some(),
        }
    }

    /// Answers a request, and logs it if it came to the main listener.
    pub async fn respond(&self, request: Request<Incoming>, peer: IpAddr, listener: Listener) -> Response<Body> {
        let started = Instant::now();
        let logged = (self.log.is_on() && listener == Listener::Main).then(|| {
            let client = self.trusted_proxies.client_ip(peer, request.headers());
            (client, request.method().clone(), request.uri().clone())
        });
        let outcome = match self.status(request.uri().path(), listener) {
            Some(response) => response.into(),
            None => self.handle(request, peer, started).await,
        };
        if let Some((client, method, uri)) = logged {
            let queued = self.log.put(LogEntry {
                at: now(),
                client,
                method,
                uri,
                status: outcome.response.status(),
                decision: outcome.decision,
                took: started.elapsed(),
                jti: outcome.verdict.and_then(|verdict| verdict.payload.jti.clone()),
            });
            if !queued {
                self.metrics.access_log_dropped.inc();
            }
        }
        let mut response = outcome.response;
        if self.shutdown.is_requested() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// The response for health, readiness and metrics, and to everything else on the status listener.
    fn status(&self, path: &str, listener: Listener) -> Option<Response<Body>> {
        if listener == Listener::Main && self.has_status_listener {
            return None;
        }
        match Route::status(path) {
            Route::Health => Some(plain(StatusCode::OK, "ok\n")),
            Route::Ready => Some(self.readiness()),
            Route::Metrics => {
                let mut response = plain(StatusCode::OK, self.metrics.encode());
                set_content_type(&mut response, metrics::MEDIA_TYPE);
                Some(response)
            }
            _ if listener == Listener::Status => Some(plain(StatusCode::NOT_FOUND, "not found\n")),
            _ => None,
        }
    }

    fn readiness(&self) -> Response<Body> {
        if self.shutdown.is_requested() {
            plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        } else if self.authenticator.validator().is_ready(now()) {
            plain(StatusCode::OK, "ready\n")
        } else {
            plain(StatusCode::SERVICE_UNAVAILABLE, "no keys are available\n")
        }
    }

    /// Decides about a request, and forwards it if there is an upstream.
    async fn handle(&self, request: Request<Incoming>, peer: IpAddr, started: Instant) -> RequestOutcome {
        match &self.upstream {
            Some(upstream) => self.forward(upstream, request, peer, started).await,
            None => self.answer(request, started).await,
        }
    }

    async fn forward(
        &self,
        upstream: &Upstream,
        request: Request<Incoming>,
        peer: IpAddr,
        started: Instant,
    ) -> RequestOutcome {
        if let Some((status, reason)) = not_forwardable(&request) {
            return detail(status, reason).into();
        }
        let (decision, _) = self.decide(request.headers(), self.tool.as_deref(), started).await;
        let verdict = match decision {
            Ok(verdict) => verdict,
            Err(denial) => return denial.into(),
        };
        let origin = Origin {
            peer,
            is_trusted: self.trusted_proxies.contains(peer),
            identity: &verdict.identity,
        };
        let response = upstream.forward(request, origin).await.unwrap_or_else(|error| {
            self.metrics.upstream_failures.inc();
            detail(error.status(), &error.to_string())
        });
        RequestOutcome {
            response,
            decision: Some(Ok(())),
            verdict: Some(verdict),
        }
    }

    /// Answers a proxy that asks about a request.
    async fn answer(&self, request: Request<Incoming>, started: Instant) -> RequestOutcome {
        let tool = match Route::auth(request.uri().path()) {
            Route::Auth => self.tool.as_deref().map(Into::into),
            Route::Tool(tool) => Some(tool),
            _ => return detail(StatusCode::NOT_FOUND, "Not Found").into(),
        };
        let (decision, lookup) = self.decide(request.headers(), tool.as_deref(), started).await;
        if lookup == Lookup::Miss {
            // Verifying a signature occupies a core for longer than all else. Requests that arrived meanwhile run before the
            // response is written: the responses to all of them are then sent together, and a proxy wakes once for many.
            tokio::task::yield_now().await;
        }
        match decision {
            Ok(verdict) => {
                let mut response = Response::new(Either::Left(Full::default()));
                verdict.identity.set(response.headers_mut());
                RequestOutcome {
                    response,
                    decision: Some(Ok(())),
                    verdict: Some(verdict),
                }
            }
            Err(denial) => denial.into(),
        }
    }

    /// Authenticates a request, decides about it, and counts both.
    async fn decide(
        &self,
        headers: &HeaderMap,
        tool: Option<&str>,
        started: Instant,
    ) -> (Result<Arc<CachedVerdict>, Denial>, Lookup) {
        let now = now();
        let (authenticated, lookup) = self.authenticator.authenticate(headers, now).await;
        match lookup {
            Lookup::None => {}
            Lookup::Hit => drop(self.metrics.verdict_cache_hits.inc()),
            Lookup::Miss => drop(self.metrics.verdict_cache_misses.inc()),
        }
        let decision = decide(authenticated, tool, now);
        let counted = decision.as_ref().map(|_| ()).map_err(Denial::kind);
        self.metrics.decided(counted, started.elapsed());
        (decision, lookup)
    }
}

fn plain(status: StatusCode, text: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(text.into())));
    *response.status_mut() = status;
    set_content_type(&mut response, "text/plain; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `{"detail": "…"}`, as FastAPI's `HTTPException` gives it.
fn detail(status: StatusCode, detail: &str) -> Response<Body> {
    let mut response = plain(status, serde_json::json!({ "detail": detail }).to_string());
    set_content_type(&mut response, "application/json");
    response
}

fn set_content_type(response: &mut Response<Body>, media_type: &'static str) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
}
