//! What asks `sandbox run` to end, heard from before there is a command to pass it on to.
//!
//! A signal that nobody listens for ends this process where it stands: the command would live on without its platform, and
//! the throw-away folder would stay. A signal that was set to be ignored, as `nohup` does, stays ignored.

#[cfg(not(unix))]
pub(super) use elsewhere::Signals;
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

    /// Listens from when it is made.
    pub(in super::super) struct Signals {
        /// The last one that came, known as soon as it has come; 0 for none.
        last: Arc<AtomicUsize>,
        streams: Vec<(i32, Signal)>,
    }

    impl Signals {
        /// Begins to listen. Needs a Tokio runtime.
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

        /// The signal that came before now, if any did.
        pub(in super::super) fn so_far(&self) -> Option<i32> {
            i32::try_from(self.last.load(Ordering::SeqCst))
                .ok()
                .filter(|number| *number != 0)
        }

        /// Passes on to the command what came while it was being started, which it may not have seen, and then whatever
        /// comes. Never done.
        pub(in super::super) async fn pass_on(&mut self, pid: Option<u32>) {
            if self.so_far() == Some(SIGINT) {
                send(pid, SIGINT);
            }
            loop {
                let number = self.next().await;
                // Ctrl-C reaches the command as it reaches this process, and the command decides what to do about it.
                if number != SIGINT {
                    send(pid, number);
                }
            }
        }

        async fn next(&mut self) -> i32 {
            std::future::poll_fn(|context| {
                let came =
                    |(number, stream): &mut (i32, Signal)| stream.poll_recv(context).is_ready().then_some(*number);
                match self.streams.iter_mut().find_map(came) {
                    Some(number) => std::task::Poll::Ready(number),
                    None => std::task::Poll::Pending,
                }
            })
            .await
        }
    }

    /// To a command that has ended, or is another user's, nothing can be sent; waiting for it goes on.
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
mod elsewhere {
    use std::io;

    pub(in super::super) struct Signals;

    impl Signals {
        pub(in super::super) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in super::super) fn so_far(&self) -> Option<i32> {
            None
        }

        /// Ctrl-C reaches the command as it reaches this process, and the command decides.
        pub(in super::super) async fn pass_on(&mut self, _: Option<u32>) {
            while tokio::signal::ctrl_c().await.is_ok() {}
            std::future::pending::<()>().await;
        }
    }
}
