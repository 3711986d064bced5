//! The HTTP/1 loop and its limits. `axum::serve` sets no time limit on a request's header, so that a silent connection
//! would stay for ever.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::service::Service;

/// How long a connection may take to send a request's header, or stay idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The same where connections have become many. A client sends its header at once; those who do not should not keep others out.
const CROWDED_HEADER_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest request line with headers, in bytes.
const MAX_HEADER: usize = 64 * 1024;
/// How long a guard that stops goes on to take in connections, whose one request it answers: who sends them has to hear
/// first that it stops.
const LAME: Duration = Duration::from_secs(1);
/// How long requests under way may take after that.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// Connections for health, readiness and metrics, where they have an address of their own.
pub(super) const STATUS_CONNECTIONS: usize = 64;

/// Which of its addresses a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// The one that guards.
    Front,
    /// The one of health, readiness and metrics alone.
    Status,
}

/// Serves until the service is told to stop, and lets what is under way end.
pub(super) async fn run(listener: TcpListener, service: Arc<Service>, face: Face, most: usize) {
    let permits = Arc::new(Semaphore::new(most));
    let (close, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut end = pin!(async {
        service.stopped().await;
        tokio::time::sleep(LAME).await;
    });
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut end => break,
            next = next => next,
        };
        let Ok((stream, peer)) = accepted else {
            // Too many open files, most likely; that passes when connections close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small answers must not wait for the peer's delayed acknowledgement; where it cannot be set they are late, no more.
        stream.set_nodelay(true).ok();
        let crowded = permits.available_permits() < most / 2;
        let answers = Arc::clone(&service);
        let handler = service_fn(move |request| {
            let service = Arc::clone(&answers);
            async move { Ok::<_, Infallible>(service.answer(request, peer.ip(), face).await) }
        });
        let connection = http(crowded)
            .serve_connection(TokioIo::new(stream), handler)
            .with_upgrades();
        let open = Open::count(&service);
        let mut closing = closing.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            // A peer that goes away or breaks the protocol is no news to anybody.
            tokio::select! {
                ended = connection.as_mut() => drop(ended),
                // What it says is of no interest, only that it says something.
                _ = closing.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await.ok();
                }
            }
            drop((permit, open));
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    close.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    tokio::time::timeout(SHUTDOWN_GRACE, all).await.ok();
    connections.shutdown().await;
}

/// A connection that is counted as long as it is open.
struct Open(Arc<Service>);

impl Open {
    fn count(service: &Arc<Service>) -> Self {
        service.metrics.connections.inc();
        Self(Arc::clone(service))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
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
