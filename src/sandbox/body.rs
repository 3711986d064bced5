//! Request bodies, read whole within a limit of size and of time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use hyper::body::Body as _;

/// The largest request body that is read.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// How long a body may take from the end of the header. Time that the sandbox itself takes, above all for generating its
/// first key, is not counted.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is larger than [`MAX_BODY`].
    TooLarge,
    /// It ended early, or its chunked coding is invalid (RFC 9112 §7.1).
    Malformed,
    /// It did not arrive within [`BODY_TIMEOUT`].
    Timeout,
}

/// The whole body.
pub(super) async fn read(body: Body) -> Result<Vec<u8>, BodyError> {
    let bytes = tokio::time::timeout(BODY_TIMEOUT, collect(body)).await;
    bytes.unwrap_or(Err(BodyError::Timeout))
}

async fn collect(mut body: Body) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| BodyError::Malformed)?;
        // Frames without data are trailers, which no endpoint uses.
        let data = frame.into_data().unwrap_or_default();
        if bytes.len() + data.len() > MAX_BODY {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
