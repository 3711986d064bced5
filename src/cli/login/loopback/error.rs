//! Why the callback server could not start.

/// Why nothing can listen for the callback.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The port is in use, or not permitted, or there is no loopback interface.
    #[error("cannot listen on `{address}`: {source}")]
    Bind {
        /// Host and port that were tried.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The redirect URI is not on this machine: the redirect URL can only be pasted.
    #[error("nothing can listen for `{0}` on this machine")]
    External(String),
    /// The system provided no thread or socket.
    #[error("cannot wait for the callback: {0}")]
    Start(std::io::Error),
}
