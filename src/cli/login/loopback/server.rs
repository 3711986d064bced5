//! Answers whoever connects, on one thread, within bounds that hold whatever they send or do not send (rules L3, L4, L6, L10).
//!
//! HTTP is hyper's; what is here are the bounds: how many may be connected, how long a head may take and how large it may be.
//! The thread is alone with its runtime: when it ends, all that it holds is closed.

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
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use super::request::{Site, callback_query};
use super::{Callback, Event, Page};
use crate::cli::login::callback::{Expected, judge};
use crate::cli::login::page::{Kind, response};

/// Connections at a time; half of what the meanest system lets a process open (macOS: 256).
const GUESTS: usize = 128;
/// How long a connection may go without a whole head.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long it may where others wait for its place. A browser sends its head at once.
const CROWDED_HEAD_TIME: Duration = Duration::from_millis(250);
/// The largest head. Browsers send every cookie of `localhost`, whichever port set it.
const HEAD_SIZE: usize = 64 * 1024;
/// How soon it is tried again when the system gives no socket or no place is free.
const PAUSE: Duration = Duration::from_millis(50);

/// What every connection needs to know.
pub struct Desk {
    site: Site,
    expected: Expected,
    events: mpsc::Sender<Event>,
    answered: AtomicBool,
}

impl Desk {
    /// A desk that still awaits its answer.
    pub fn new(site: Site, expected: Expected, events: mpsc::Sender<Event>) -> Self {
        Self {
            site,
            expected,
            events,
            answered: AtomicBool::new(false),
        }
    }
}

/// Serves until the sender of `stopped` is dropped.
pub fn start(
    listeners: Vec<StdListener>,
    desk: Desk,
    stopped: oneshot::Receiver<Infallible>,
) -> std::io::Result<JoinHandle<()>> {
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
                    never = welcome(listeners, Arc::new(desk)) => match never {},
                }
            });
        })
}

/// Takes every connection there is a place for.
async fn welcome(mut listeners: Vec<TcpListener>, desk: Arc<Desk>) -> Infallible {
    let places = Arc::new(Semaphore::new(GUESTS));
    let mut guests = Guests::default();
    loop {
        let Ok(Ok(place)) = timeout(PAUSE, Arc::clone(&places).acquire_owned()).await else {
            guests.show_out();
            continue;
        };
        // A flood of one family must not shut the other out.
        let others = usize::from(listeners.len() > 1);
        listeners.rotate_left(others);
        match accept(&listeners).await {
            Ok(stream) => guests.admit(stream, place, Arc::clone(&desk)),
            // Out of descriptors, most likely: the idle give theirs back.
            Err(_) => {
                guests.show_out();
                sleep(PAUSE).await;
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

/// Who is connected, the longest first.
#[derive(Default)]
struct Guests(VecDeque<Guest>);

struct Guest {
    since: Instant,
    task: AbortHandle,
    /// Has shown the state and waits for its page.
    honoured: Arc<AtomicBool>,
}

impl Guests {
    fn admit(&mut self, stream: TcpStream, place: OwnedSemaphorePermit, desk: Arc<Desk>) {
        self.0.retain(|guest| !guest.task.is_finished());
        let honoured = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn({
            let honoured = Arc::clone(&honoured);
            async move {
                converse(stream, &desk, honoured).await;
                drop(place);
            }
        });
        self.0.push_back(Guest {
            since: Instant::now(),
            task: task.abort_handle(),
            honoured,
        });
    }

    /// Makes room: whoever has said nothing of use for a while leaves.
    fn show_out(&self) {
        self.0
            .iter()
            .filter(|guest| guest.since.elapsed() >= CROWDED_HEAD_TIME)
            .filter(|guest| !guest.honoured.load(Ordering::Relaxed))
            .for_each(|guest| guest.task.abort());
    }
}

/// One connection: one request, one page, closed.
async fn converse(stream: TcpStream, desk: &Desk, honoured: Arc<AtomicBool>) {
    // Goes away at the end of this function, after the last byte was handed to the system: a `Page` waits for that.
    let (_here, gone) = mpsc::channel();
    let visit = Visit {
        gone: Mutex::new(Some(gone)),
        honoured,
    };
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        .keep_alive(false)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(async |request| Ok::<_, Infallible>(answer(&request, desk, &visit).await)),
        )
        .await;
}

/// What is particular to one connection.
struct Visit {
    gone: Mutex<Option<mpsc::Receiver<Infallible>>>,
    honoured: Arc<AtomicBool>,
}

async fn answer<B>(request: &Request<B>, desk: &Desk, visit: &Visit) -> Response<String> {
    let query = match callback_query(request, &desk.site) {
        Ok(query) => query,
        Err(status) => return refusal(status),
    };
    let answer = judge(query, &desk.expected);
    if answer.as_ref().is_err_and(|rejected| !rejected.is_final()) {
        return refusal(StatusCode::BAD_REQUEST);
    }
    let gone = visit.gone.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some(gone), false) = (gone, desk.answered.swap(true, Ordering::Relaxed)) else {
        return response(StatusCode::OK, Kind::Again);
    };
    visit.honoured.store(true, Ordering::Relaxed);
    let (verdict, decided) = oneshot::channel();
    let page = Page {
        verdict: Some(verdict),
        gone,
    };
    if let Err(mpsc::SendError(Event::Callback(callback))) =
        desk.events.send(Event::Callback(Callback { answer, page }))
    {
        callback.page.abandon();
    }
    match decided.await {
        Ok(true) => response(StatusCode::OK, Kind::Success),
        Ok(false) | Err(_) => response(StatusCode::BAD_REQUEST, Kind::Failure),
    }
}

/// The same page for everything that is not the callback.
fn refusal(status: StatusCode) -> Response<String> {
    let mut refusal = response(status, Kind::NotHere);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    }
    refusal
}
