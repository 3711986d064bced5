//! The signals that end `sandbox run`, caught from before the command is started.
//!
//! A signal without a handler would terminate this process at once: the command would go on without its platform, and the
//! temporary folder would stay. A signal that is ignored at the start, as under `nohup`, stays ignored.

#[cfg(not(unix))]
pub(super) use other::Signals;
#[cfg(unix)]
pub(super) use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::flag::register_usize;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::cli::interrupt::signals::is_ignored;

    /// Catches signals from its creation.
    pub(in super::super) struct Signals {
        /// The number of the last signal, set by the handler itself; 0 for none.
        last: Arc<AtomicUsize>,
        streams: Vec<(i32, Signal)>,
    }

    impl Signals {
        /// Installs the handlers. Needs a Tokio runtime.
        pub(in super::super) fn listen() -> io::Result<Self> {
            let last = Arc::new(AtomicUsize::new(0));
            let mut streams = Vec::new();
            for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
                if !is_ignored(number) {
                    let value = usize::try_from(number).unwrap_or_default();
                    register_usize(number, Arc::clone(&last), value)?;
                    streams.push((number, signal(SignalKind::from_raw(number))?));
                }
            }
            Ok(Self { last, streams })
        }

        /// The last signal so far.
        pub(in super::super) fn received(&self) -> Option<i32> {
            i32::try_from(self.last.load(Ordering::SeqCst))
                .ok()
                .filter(|number| *number != 0)
        }

        /// Forwards to the command an interrupt that arrived while it was being started, which it may not have received, and
        /// then every signal. Never completes.
        pub(in super::super) async fn forward(&mut self, pid: Option<u32>) {
            if self.received() == Some(SIGINT) {
                send(pid, SIGINT);
            }
            loop {
                let number = self.next().await;
                // The terminal sends Ctrl-C to the command as well, and the command decides what to do.
                if number != SIGINT {
                    send(pid, number);
                }
            }
        }

        async fn next(&mut self) -> i32 {
            std::future::poll_fn(|context| {
                let received =
                    |(number, stream): &mut (i32, Signal)| stream.poll_recv(context).is_ready().then_some(*number);
                match self.streams.iter_mut().find_map(received) {
                    Some(number) => std::task::Poll::Ready(number),
                    None => std::task::Poll::Pending,
                }
            })
            .await
        }
    }

    /// Errors are ignored: the command has exited, or belongs to another user.
    fn send(pid: Option<u32>, number: i32) {
        let pid = pid
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(rustix::process::Pid::from_raw);
        let signal = rustix::process::Signal::from_named_raw(number);
        if let (Some(pid), Some(signal)) = (pid, signal) {
            rustix::process::kill_process(pid, signal).ok();
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;

    pub(in super::super) struct Signals;

    impl Signals {
        pub(in super::super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) fn received(&self) -> Option<i32> {
            None
        }

        /// The console sends Ctrl-C to the command as well, and the command decides what to do.
        pub(in super::super) async fn forward(&mut self, _: Option<u32>) {
            while tokio::signal::ctrl_c().await.is_ok() {}
            std::future::pending::<()>().await;
        }
    }
}
