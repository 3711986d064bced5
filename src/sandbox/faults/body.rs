//! Bodies that do not come as they should: by and by, or not to their end.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use tokio::time::Sleep;

/// The shortest pause between two pieces.
const SHORTEST: Duration = Duration::from_millis(10);

/// A body in pieces with a pause before each, and one before its end.
pub(super) struct Pieces {
    pieces: VecDeque<Bytes>,
    pause: Duration,
    waiting: Pin<Box<Sleep>>,
    /// Its end is one in the middle: the connection closes with less than the head promised.
    breaks_off: bool,
}

impl Pieces {
    /// All of `whole`, or half of it, over so long a time.
    pub(super) fn new(mut whole: Bytes, breaks_off: bool, over: Duration) -> Self {
        if breaks_off {
            whole.truncate(whole.len() / 2);
        }
        let most = usize::try_from(over.as_millis() / SHORTEST.as_millis()).unwrap_or(usize::MAX);
        let size = whole.len().div_ceil(most.max(1)).max(1);
        let mut pieces = VecDeque::new();
        while !whole.is_empty() {
            pieces.push_back(whole.split_to(size.min(whole.len())));
        }
        // At least a moment, in which what was sent so far leaves this process before the connection does.
        let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
        let pause = (over / count).max(Duration::from_millis(1));
        Self {
            pieces,
            pause,
            waiting: Box::pin(tokio::time::sleep(pause)),
            breaks_off,
        }
    }
}

impl From<Pieces> for Body {
    fn from(pieces: Pieces) -> Self {
        Self::new(pieces)
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.pieces.is_empty() && !self.breaks_off {
            return Poll::Ready(None);
        }
        ready!(self.waiting.as_mut().poll(context));
        let next = tokio::time::Instant::now() + self.pause;
        self.waiting.as_mut().reset(next);
        Poll::Ready(Some(match self.pieces.pop_front() {
            Some(piece) => Ok(Frame::data(piece)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(body: Pieces) -> (Vec<usize>, bool) {
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
    async fn a_body_comes_whole_or_half_in_pieces_no_closer_than_can_be_told_apart() {
        let bytes = |length: usize| Bytes::from(vec![b'x'; length]);
        let over = Duration::from_millis;
        assert_eq!(
            all(Pieces::new(bytes(3), false, over(60))).await,
            (vec![1, 1, 1], false)
        );
        assert_eq!(
            all(Pieces::new(bytes(100), false, over(20))).await,
            (vec![50, 50], false)
        );
        assert_eq!(all(Pieces::new(bytes(9), true, over(0))).await, (vec![4], true));
        assert_eq!(all(Pieces::new(bytes(1), true, over(0))).await, (vec![], true));
        assert_eq!(all(Pieces::new(bytes(0), false, over(50))).await, (vec![], false));
    }
}
