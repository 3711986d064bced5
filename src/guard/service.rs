//! One request: what it asks for, whether it may, and what is answered or passed on.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;

use super::Options;
use super::access_log::{AccessLog, Entry};
use super::client_ip::TrustedProxies;
use super::judge::{Found, Judge};
use super::metrics::{self, Decision, Metrics};
use super::route::Route;
use super::server::Face;
use super::upstream::{Body, Sender, Upstream, unfit};
use super::verdicts::Known;
use crate::middleware::{BearerError, Refusal};
use crate::time::now;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Service {
    pub judge: Arc<Judge>,
    pub log: AccessLog,
    pub metrics: Metrics,
    tool: Option<String>,
    trusted: TrustedProxies,
    upstream: Option<Upstream>,
    /// Whether health, readiness and metrics have an address of their own.
    status_is_apart: bool,
    stopping: AtomicBool,
    stopped: tokio::sync::Notify,
}

/// What became of a request.
struct Outcome {
    response: Response<Body>,
    decision: Option<Decision>,
    known: Option<Arc<Known>>,
}

/// Whether a request may pass.
struct Decided {
    verdict: Result<Arc<Known>, Refusal>,
    decision: Decision,
    /// Whether its token was judged for that, as nothing was known of it.
    was_judged: bool,
}

impl From<Response<Body>> for Outcome {
    fn from(response: Response<Body>) -> Self {
        Self {
            response,
            decision: None,
            known: None,
        }
    }
}

impl Service {
    pub fn new(options: Options, judge: Judge, log: Box<dyn Write + Send>) -> Self {
        let judge = Arc::new(judge);
        let keys = Arc::clone(&judge);
        Self {
            metrics: Metrics::new(move || keys.validator().stats()),
            judge,
            log: AccessLog::new(options.access_log, log),
            tool: options.tool,
            trusted: options.trusted_proxies,
            upstream: options.upstream,
            status_is_apart: options.status_listen.is_some(),
            stopping: AtomicBool::new(false),
            stopped: tokio::sync::Notify::new(),
        }
    }

    /// From now on it is not ready, and each answer is the last of its connection.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.stopped.notify_waiters();
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Done when it is to stop.
    pub async fn stopped(&self) {
        let mut told = std::pin::pin!(self.stopped.notified());
        // In the list of those who are told before the question, so that no word gets lost between the two.
        told.as_mut().enable();
        if !self.is_stopping() {
            told.await;
        }
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Incoming>, peer: IpAddr, face: Face) -> Response<Body> {
        let started = Instant::now();
        let line = (self.log.is_on() && face == Face::Front).then(|| {
            let client = self.trusted.client(peer, request.headers());
            (client, request.method().clone(), request.uri().clone())
        });
        let outcome = self.outcome(request, peer, face, started).await;
        if let Some((client, method, uri)) = line {
            let taken = self.log.put(Entry {
                at: now(),
                client,
                method,
                uri,
                status: outcome.response.status(),
                decision: outcome.decision,
                took: started.elapsed(),
                jti: outcome.known.and_then(|known| known.payload.jti.clone()),
            });
            if !taken {
                self.metrics.log_dropped.inc();
            }
        }
        let mut response = outcome.response;
        if self.is_stopping() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn outcome(&self, request: Request<Incoming>, peer: IpAddr, face: Face, started: Instant) -> Outcome {
        let path = request.uri().path();
        if face == Face::Status || !self.status_is_apart {
            match Route::status(path) {
                Route::Health => return plain(StatusCode::OK, "ok\n").into(),
                Route::Ready => return self.ready().into(),
                Route::Metrics => return self.metrics().into(),
                _ if face == Face::Status => return plain(StatusCode::NOT_FOUND, "there is nothing here\n").into(),
                _ => {}
            }
        }
        let now = now();
        if let Some(upstream) = &self.upstream {
            if let Some((status, reason)) = unfit(&request) {
                return detail(status, reason).into();
            }
            let Decided { verdict, decision, .. } = self.decide(&request, self.tool.as_deref(), now, started).await;
            let known = match verdict {
                Ok(known) => known,
                Err(refusal) => return refused(&refusal, decision),
            };
            let sender = Sender {
                peer,
                trusted: self.trusted.holds(peer),
                identity: &known.identity,
            };
            let response = match upstream.pass_on(request, sender).await {
                Ok(response) => response,
                Err(failure) => {
                    self.metrics.upstream_failures.inc();
                    detail(failure.status(), &failure.to_string())
                }
            };
            return Outcome {
                response,
                decision: Some(decision),
                known: Some(known),
            };
        }
        let tool = match Route::auth(path) {
            Route::Auth => self.tool.as_deref().map(Into::into),
            Route::Tool(tool) => Some(tool),
            _ => return detail(StatusCode::NOT_FOUND, "Not Found").into(),
        };
        let decided = self.decide(&request, tool.as_deref(), now, started).await;
        if decided.was_judged {
            // To check a signature takes a core for longer than all else. Those who came meanwhile have their turn before
            // the answer is written: the answers to all of them then go out together, and a proxy is woken once for many.
            tokio::task::yield_now().await;
        }
        let decision = decided.decision;
        match decided.verdict {
            Ok(known) => {
                let mut response = Response::new(Either::Left(Full::default()));
                known.identity.put(response.headers_mut());
                Outcome {
                    response,
                    decision: Some(decision),
                    known: Some(known),
                }
            }
            Err(refusal) => refused(&refusal, decision),
        }
    }

    /// Whether a request may pass, counted.
    async fn decide(&self, request: &Request<Incoming>, tool: Option<&str>, now: i64, started: Instant) -> Decided {
        let judged = self.judge.judge(request.headers(), now).await;
        match (&judged.found, judged.cached) {
            (Found::NoCredentials(_), _) => {}
            (_, true) => drop(self.metrics.verdict_hits.inc()),
            (_, false) => drop(self.metrics.verdict_misses.inc()),
        }
        let was_judged = !judged.cached && matches!(judged.found, Found::Valid(_) | Found::Invalid(_));
        let verdict = judged.found.decide(tool, now).map(Arc::clone);
        let decision = match &verdict {
            Ok(_) => Decision::Granted,
            Err(Refusal::Credentials(BearerError::Ambiguous)) => Decision::Ambiguous,
            Err(Refusal::Credentials(_)) => Decision::NoCredentials,
            Err(Refusal::Invalid(_)) => Decision::InvalidToken,
            Err(Refusal::NoAccess(_)) => Decision::NoAccess,
            Err(Refusal::NoKeys) => Decision::NoKeys,
        };
        self.metrics.decided(decision, started.elapsed());
        Decided {
            verdict,
            decision,
            was_judged,
        }
    }

    fn ready(&self) -> Response<Body> {
        if self.is_stopping() {
            plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        } else if self.judge.validator().is_ready(now()) {
            plain(StatusCode::OK, "ready\n")
        } else {
            plain(StatusCode::SERVICE_UNAVAILABLE, "there are no keys to judge by\n")
        }
    }

    fn metrics(&self) -> Response<Body> {
        let mut response = plain(StatusCode::OK, self.metrics.text());
        let media_type = HeaderValue::from_static(metrics::MEDIA_TYPE);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

fn refused(refusal: &Refusal, decision: Decision) -> Outcome {
    Outcome {
        response: refusal.response::<Full<bytes::Bytes>>().map(Either::Left),
        decision: Some(decision),
        known: None,
    }
}

fn plain(status: StatusCode, text: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(text.into())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `{"detail": "…"}`, as FastAPI's `HTTPException` gives it.
fn detail(status: StatusCode, detail: &str) -> Response<Body> {
    let mut response = plain(status, serde_json::json!({ "detail": detail }).to_string());
    let media_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
