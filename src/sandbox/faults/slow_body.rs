//! Response bodies that are sent slowly, or cut off.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use tokio::time::Sleep;

/// The shortest pause between two chunks.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// A body in chunks with a pause before each, and one before its end.
pub(super) struct ChunkedBody {
    chunks: VecDeque<Bytes>,
    pause: Duration,
    timer: Pin<Box<Sleep>>,
    /// Ends with an error: the connection closes before the announced `Content-Length`.
    truncated: bool,
}

impl ChunkedBody {
    /// All of `body`, or its first half, sent over this time.
    pub(super) fn new(mut body: Bytes, truncated: bool, duration: Duration) -> Self {
        if truncated {
            body.truncate(body.len() / 2);
        }
        let max_chunks = usize::try_from(duration.as_millis() / MIN_PAUSE.as_millis()).unwrap_or(usize::MAX);
        let size = body.len().div_ceil(max_chunks.max(1)).max(1);
        let mut chunks = VecDeque::new();
        while !body.is_empty() {
            chunks.push_back(body.split_to(size.min(body.len())));
        }
        // Never zero: what was written must reach the socket before the connection closes.
        let count = u32::try_from(chunks.len()).unwrap_or(u32::MAX).max(1);
        let pause = (duration / count).max(Duration::from_millis(1));
        Self {
            chunks,
            pause,
            timer: Box::pin(tokio::time::sleep(pause)),
            truncated,
        }
    }
}

impl From<ChunkedBody> for Body {
    fn from(chunks: ChunkedBody) -> Self {
        Self::new(chunks)
    }
}

impl hyper::body::Body for ChunkedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.chunks.is_empty() && !self.truncated {
            return Poll::Ready(None);
        }
        ready!(self.timer.as_mut().poll(context));
        let next = tokio::time::Instant::now() + self.pause;
        self.timer.as_mut().reset(next);
        Poll::Ready(Some(match self.chunks.pop_front() {
            Some(chunk) => Ok(Frame::data(chunk)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(body: ChunkedBody) -> (Vec<usize>, bool) {
        let mut body = Body::from(body);
        let mut sizes = Vec::new();
        let next = async |body: &mut Body| {
            std::future::poll_fn(|context| hyper::body::Body::poll_frame(Pin::new(body), context)).await
        };
        while let Some(frame) = next(&mut body).await {
            match frame {
                Ok(frame) => sizes.push(frame.into_data().unwrap().len()),
                Err(_) => return (sizes, true),
            }
        }
        (sizes, false)
    }

    #[tokio::test]
    async fn a_body_is_sent_complete_or_halved_in_chunks_with_a_shortest_pause() {
        let bytes = |length: usize| Bytes::from(vec![b'x'; length]);
        let over = Duration::from_millis;
        assert_eq!(
            all(ChunkedBody::new(bytes(3), false, over(60))).await,
            (vec![1, 1, 1], false)
        );
        assert_eq!(
            all(ChunkedBody::new(bytes(100), false, over(20))).await,
            (vec![50, 50], false)
        );
        assert_eq!(all(ChunkedBody::new(bytes(9), true, over(0))).await, (vec![4], true));
        assert_eq!(all(ChunkedBody::new(bytes(1), true, over(0))).await, (vec![], true));
        assert_eq!(all(ChunkedBody::new(bytes(0), false, over(50))).await, (vec![], false));
    }
}
