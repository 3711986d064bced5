//! The HTTP/1 loop. `axum::serve` sets no time limit on a request's header, so that a silent connection would stay for ever.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::faults::{Line, Wire};

/// How long a connection may take to send a request's header, or stay idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The same where connections have become many. A client sends its header at once; those who do not should not keep others out.
const CROWDED_HEADER_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest request line with headers, in bytes.
const MAX_HEADER: usize = 32 * 1024;
/// Connections at one time; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 512;
/// How long requests under way may take after the end was asked for.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Serves until `shutdown` is done, then lets requests under way end.
pub(super) async fn run(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, most likely; that passes when connections close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small answers must not wait for the peer's delayed acknowledgement; where it cannot be set they are late, no more.
        stream.set_nodelay(true).ok();
        let endpoints = TowerToHyperService::new(router.clone());
        let line = Line::default();
        let wire = Wire::new(stream, line.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(line.clone());
            endpoints.call(request)
        });
        let crowded = permits.available_permits() < MAX_CONNECTIONS / 2;
        let connection = graceful.watch(http(crowded).serve_connection(wire, service));
        connections.spawn(async move {
            // A peer that goes away or breaks the protocol is no news to anybody.
            connection.await.ok();
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await.ok();
    connections.shutdown().await;
}

/// What holds for a new connection.
fn http(crowded: bool) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(if crowded {
            CROWDED_HEADER_TIMEOUT
        } else {
            HEADER_TIMEOUT
        })
        .max_buf_size(MAX_HEADER);
    http
}
