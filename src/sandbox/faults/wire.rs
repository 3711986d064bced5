//! A connection that can be reset in the middle: what an endpoint cannot do, for it has no connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What a request carries along of its connection.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox) struct Line(Arc<AtomicBool>);

impl Line {
    /// Whatever is answered, the peer gets a reset.
    pub(super) fn reset(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A connection that is reset, once its line says so, instead of written to.
pub(in crate::sandbox) struct Wire {
    stream: TokioIo<TcpStream>,
    line: Line,
}

impl Wire {
    pub(in crate::sandbox) fn new(stream: TcpStream, line: Line) -> Self {
        let stream = TokioIo::new(stream);
        Self { stream, line }
    }

    /// The stream, unless it is to be reset: without time to linger, its end is a RST.
    fn whole(&mut self) -> io::Result<Pin<&mut TokioIo<TcpStream>>> {
        if self.line.0.load(Ordering::Acquire) {
            self.stream.inner().set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl Read for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl Write for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.whole() {
            Ok(stream) => stream.poll_write(context, buf),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.whole() {
            Ok(stream) => stream.poll_flush(context),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.whole() {
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
        match self.whole() {
            Ok(stream) => stream.poll_write_vectored(context, bufs),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
