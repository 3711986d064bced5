//! File descriptors: whether some are free, for libraries that panic where there are none (rule X3), and how many there may be.

use std::io;

/// Fails with the system's own error unless six descriptors are free: what an event loop of tokio or of the keyring's bus opens
/// when it starts.
pub(crate) fn check_free() -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::net::UnixStream;
        let _opened = [UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?];
    }
    Ok(())
}

/// Raises the limit of open files to what the system allows, since each connection of a server needs one. If it cannot be raised,
/// fewer connections are served.
#[cfg(all(feature = "cli", feature = "guard"))]
pub(crate) fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let all = Rlimit {
            current: limit.maximum,
            ..limit
        };
        setrlimit(Resource::Nofile, all).ok();
    }
}
