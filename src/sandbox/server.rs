//! The HTTP/1 server. `axum::serve` has no header timeout, so that an idle connection would stay open for ever.

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

use super::faults::{ResetHandle, ResettableConnection};

/// How long a connection may take to send a request's header, or stay idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The same while many connections are open. A client sends its header at once; connections that do not must not exclude others.
const CROWDED_HEADER_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest request line with headers, in bytes.
const MAX_HEADER: usize = 32 * 1024;
/// Connections at one time; further ones wait in the backlog of the listener.
const MAX_CONNECTIONS: usize = 512;
/// How long requests in flight may take after shutdown was requested.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Serves until `shutdown` completes, then waits for requests in flight.
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
            // Most likely too many open files, until other connections close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small responses must not wait for the peer's delayed acknowledgement. If this fails, they are only slower.
        stream.set_nodelay(true).ok();
        let router = TowerToHyperService::new(router.clone());
        let reset = ResetHandle::default();
        let stream = ResettableConnection::new(stream, reset.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(reset.clone());
            router.call(request)
        });
        let crowded = permits.available_permits() < MAX_CONNECTIONS / 2;
        let connection = graceful.watch(http(crowded).serve_connection(stream, service));
        connections.spawn(async move {
            // A client that disconnects or violates the protocol is not an error of the sandbox.
            connection.await.ok();
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    tokio::time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await.ok();
    connections.shutdown().await;
}

/// The settings for a new connection.
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
