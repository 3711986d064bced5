//! A connection that a fault can reset. A handler cannot do that: it has no access to its connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Resets the connection of a request; an extension of the request.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox) struct ResetHandle(Arc<AtomicBool>);

impl ResetHandle {
    /// From now on the peer gets a reset instead of a response.
    pub(super) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A connection that is reset instead of written to, once its handle says so.
pub(in crate::sandbox) struct ResettableConnection {
    stream: TokioIo<TcpStream>,
    handle: ResetHandle,
}

impl ResettableConnection {
    pub(in crate::sandbox) fn new(stream: TcpStream, handle: ResetHandle) -> Self {
        let stream = TokioIo::new(stream);
        Self { stream, handle }
    }

    /// The stream, unless it is to be reset: closed with a linger time of zero, a socket sends RST.
    fn stream_or_reset(&mut self) -> io::Result<Pin<&mut TokioIo<TcpStream>>> {
        if self.handle.0.load(Ordering::Acquire) {
            self.stream.inner().set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl Read for ResettableConnection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl Write for ResettableConnection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.stream_or_reset() {
            Ok(stream) => stream.poll_write(context, buf),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stream_or_reset() {
            Ok(stream) => stream.poll_flush(context),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stream_or_reset() {
            Ok(stream) => stream.poll_shutdown(context),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.stream_or_reset() {
            Ok(stream) => stream.poll_write_vectored(context, bufs),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
