//! The HTTP/1 connection loop and its limits. `axum::serve` has no timeout for a request's header, so that an idle
//! connection would stay open for ever.

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

use super::route::Listener;
use super::service::Service;

/// How long a connection may take to send a request's header, or stay idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// The same while more than half of the allowed connections are open. A client sends its header at once; connections that do
/// not must not keep others out.
const CROWDED_HEADER_TIMEOUT: Duration = Duration::from_millis(500);
/// The largest request line with headers, in bytes.
const MAX_HEADER: usize = 64 * 1024;
/// How long connections are still accepted after a shutdown was requested, for one request each: a balancer needs that long
/// to notice that the guard is not ready.
const DRAIN_DELAY: Duration = Duration::from_secs(1);
/// How long requests in progress may take after that.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after `accept` failed, most likely for lack of file descriptors, which closing connections free.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
/// How many connections the status listener serves at the same time.
pub(super) const STATUS_CONNECTIONS: usize = 64;

/// Serves connections until the shutdown is requested, and then finishes the requests in progress.
pub(super) async fn run(socket: TcpListener, service: Arc<Service>, listener: Listener, max_connections: usize) {
    let permits = Arc::new(Semaphore::new(max_connections));
    let (close, closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut end = pin!(async {
        service.shutdown.requested().await;
        tokio::time::sleep(DRAIN_DELAY).await;
    });
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, socket.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut end => break,
            next = next => next,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_RETRY).await;
            continue;
        };
        // Small responses must not wait for the peer's delayed acknowledgement. If it cannot be set, they are slower.
        stream.set_nodelay(true).ok();
        let crowded = permits.available_permits() < max_connections / 2;
        let shared = Arc::clone(&service);
        let handler = service_fn(move |request| {
            let service = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(service.respond(request, peer.ip(), listener).await) }
        });
        let connection = http(crowded)
            .serve_connection(TokioIo::new(stream), handler)
            .with_upgrades();
        let open = OpenConnection::new(&service);
        let mut closing = closing.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            // That a client disconnects or violates the protocol is not worth a message.
            tokio::select! {
                ended = connection.as_mut() => drop(ended),
                _ = closing.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await.ok();
                }
            }
            drop((permit, open));
        });
        while connections.try_join_next().is_some() {}
    }
    drop(socket);
    close.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    tokio::time::timeout(SHUTDOWN_TIMEOUT, all).await.ok();
    connections.shutdown().await;
}

/// Counts a connection for as long as it is open.
struct OpenConnection(Arc<Service>);

impl OpenConnection {
    fn new(service: &Arc<Service>) -> Self {
        service.metrics.connections.inc();
        Self(Arc::clone(service))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}

/// The settings of a new connection.
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
