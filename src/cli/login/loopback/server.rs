//! Serves the callback on one thread, within bounds that hold whatever clients send or do not send (rules L3, L4, L6, L10).
//!
//! HTTP is hyper's; this file adds the bounds: the number of connections, and the time and size of a request head. The
//! runtime runs on this thread alone: when the thread ends, all its sockets are closed.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::header::{ALLOW, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::pending::{Callback, PendingPage};
use super::request::{CallbackEndpoint, callback_query};
use crate::cli::login::authorization_response::{ExpectedResponse, validate};
use crate::cli::login::event::SignInEvent;
use crate::cli::login::paste::extract_query;
use crate::cli::login::result_page::{ResultPage, response};
use crate::descriptors;

/// Concurrent connections; half of the lowest default limit of open files (macOS: 256).
const MAX_CONNECTIONS: usize = 128;
/// How long a request head may take.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long it may take while other connections wait for a permit. A browser sends its head at once.
const CROWDED_HEAD_TIMEOUT: Duration = Duration::from_millis(250);
/// The largest request head. Browsers send every cookie of `localhost`, whichever port set it.
const MAX_HEAD_SIZE: usize = 64 * 1024;
/// The delay before the next attempt when the system provides no socket or no permit is free.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// What all connections share.
pub struct ServerState {
    endpoint: CallbackEndpoint,
    expected: ExpectedResponse,
    events: mpsc::Sender<SignInEvent>,
    answered: AtomicBool,
}

impl ServerState {
    /// The state before the callback.
    pub fn new(endpoint: CallbackEndpoint, expected: ExpectedResponse, events: mpsc::Sender<SignInEvent>) -> Self {
        Self {
            endpoint,
            expected,
            events,
            answered: AtomicBool::new(false),
        }
    }
}

/// Serves until the sender of `stopped` is dropped.
pub fn start(
    listeners: Vec<StdListener>,
    state: ServerState,
    stopped: oneshot::Receiver<Infallible>,
) -> std::io::Result<JoinHandle<()>> {
    descriptors::check_free()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let listeners = {
        let _context = runtime.enter();
        listeners
            .into_iter()
            .map(|listener| {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            })
            .collect::<std::io::Result<Vec<_>>>()?
    };
    std::thread::Builder::new()
        .name("noesis-callback".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    never = accept_connections(listeners, Arc::new(state)) => match never {},
                }
            });
        })
}

/// Accepts connections for as long as there are permits.
async fn accept_connections(mut listeners: Vec<TcpListener>, state: Arc<ServerState>) -> Infallible {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = Connections::default();
    loop {
        let Ok(Ok(permit)) = timeout(RETRY_DELAY, Arc::clone(&permits).acquire_owned()).await else {
            connections.close_idle();
            continue;
        };
        // A flood on one address family must not starve the other.
        let others = usize::from(listeners.len() > 1);
        listeners.rotate_left(others);
        match accept(&listeners).await {
            Ok(stream) => connections.spawn(stream, permit, Arc::clone(&state)),
            // Most likely out of file descriptors: idle connections release theirs.
            Err(_) => {
                connections.close_idle();
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// The next connection of any listener.
async fn accept(listeners: &[TcpListener]) -> std::io::Result<TcpStream> {
    std::future::poll_fn(|context| {
        listeners
            .iter()
            .map(|listener| listener.poll_accept(context))
            .find(std::task::Poll::is_ready)
            .unwrap_or(std::task::Poll::Pending)
    })
    .await
    .map(|(stream, _)| stream)
}

/// The open connections, the oldest first.
#[derive(Default)]
struct Connections(VecDeque<Connection>);

struct Connection {
    since: Instant,
    task: AbortHandle,
    /// Whether it has sent the state and waits for its page.
    has_state: Arc<AtomicBool>,
}

impl Connections {
    fn spawn(&mut self, stream: TcpStream, permit: OwnedSemaphorePermit, state: Arc<ServerState>) {
        self.0.retain(|connection| !connection.task.is_finished());
        let has_state = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn({
            let has_state = Arc::clone(&has_state);
            async move {
                serve_connection(stream, &state, has_state).await;
                drop(permit);
            }
        });
        self.0.push_back(Connection {
            since: Instant::now(),
            task: task.abort_handle(),
            has_state,
        });
    }

    /// Closes the connections that have not sent the state for a while.
    fn close_idle(&self) {
        self.0
            .iter()
            .filter(|connection| connection.since.elapsed() >= CROWDED_HEAD_TIMEOUT)
            .filter(|connection| !connection.has_state.load(Ordering::Relaxed))
            .for_each(|connection| connection.task.abort());
    }
}

/// Serves one request with one page, then closes.
async fn serve_connection(stream: TcpStream, state: &ServerState, has_state: Arc<AtomicBool>) {
    // Dropped at the end of this function, after the last byte was handed to the system: a `PendingPage` waits for that.
    let (_open, closed) = mpsc::channel();
    let connection = ConnectionState {
        closed: Mutex::new(Some(closed)),
        has_state,
    };
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_SIZE)
        .keep_alive(false)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(async |request| Ok::<_, Infallible>(respond(&request, state, &connection).await)),
        )
        .await;
}

/// What belongs to one connection.
struct ConnectionState {
    closed: Mutex<Option<mpsc::Receiver<Infallible>>>,
    has_state: Arc<AtomicBool>,
}

async fn respond<B>(request: &Request<B>, state: &ServerState, connection: &ConnectionState) -> Response<String> {
    let query = match callback_query(request, &state.endpoint) {
        Ok(query) => query,
        Err(status) => return refusal(status, page_without_callback(request, status)),
    };
    let authorization = validate(query, &state.expected);
    if authorization.as_ref().is_err_and(|error| !error.is_final()) {
        return refusal(StatusCode::BAD_REQUEST, ResultPage::NotCallback);
    }
    let closed = connection.closed.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some(closed), false) = (closed, state.answered.swap(true, Ordering::Relaxed)) else {
        return response(StatusCode::OK, ResultPage::AlreadyReceived);
    };
    connection.has_state.store(true, Ordering::Relaxed);
    let (result, completed) = oneshot::channel();
    let page = PendingPage::new(result, closed);
    let callback = Callback {
        response: authorization,
        page,
    };
    if let Err(mpsc::SendError(SignInEvent::Callback(callback))) = state.events.send(SignInEvent::Callback(callback)) {
        callback.page.abandon();
    }
    match completed.await {
        Ok(true) => response(StatusCode::OK, ResultPage::Success),
        Ok(false) | Err(_) => response(StatusCode::BAD_REQUEST, ResultPage::Failure),
    }
}

/// The page for a request that is not the callback. An authorization response that came through another forwarded port or host,
/// or to another path, is not taken, as any page could have sent it; a paste of its address is.
fn page_without_callback<B>(request: &Request<B>, status: StatusCode) -> ResultPage {
    let is_elsewhere = matches!(status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND);
    match extract_query(request.uri().query().unwrap_or_default()) {
        Some(_) if is_elsewhere && request.method() == Method::GET => ResultPage::OtherAddress,
        _ => ResultPage::NotCallback,
    }
}

/// The response to a request that is not the callback.
fn refusal(status: StatusCode, page: ResultPage) -> Response<String> {
    let mut refusal = response(status, page);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    }
    refusal
}
