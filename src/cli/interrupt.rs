//! Ctrl-C: the terminal as it was, the error told, exit 130 (rule X2), and never by itself in the middle of a refresh.
//!
//! A refresh that the server has answered and nobody has stored is a session lost. [`hold`] keeps such a piece of work
//! together: a Ctrl-C meanwhile takes effect when it is done, a second one at once. What asks the process to end
//! otherwise (SIGTERM, SIGHUP) is treated alike, with the exit status that a shell gives such a death. A signal that the
//! parent has set to be ignored, as `nohup` does, stays ignored.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::CliError;
use super::output::{Out, terminal};

static WHOLE: Mutex<()> = Mutex::new(());
/// Whether a signal waits for a held piece of work.
static WAITING: AtomicBool = AtomicBool::new(false);
static TERMINAL: OnceLock<terminal::Saved> = OnceLock::new();

/// From now on, Ctrl-C ends the process as described above.
pub fn install(out: &Arc<Out>) {
    let mut first = false;
    TERMINAL.get_or_init(|| {
        first = true;
        terminal::Saved::read()
    });
    if first {
        signals::watch(Arc::clone(out));
    }
}

/// Restores the terminal, tells that the run was interrupted, and ends the process. Whoever comes second waits for the
/// end that the first one brings.
pub fn end(out: &Out) -> ! {
    restored_once();
    let report = CliError::Interrupted.report();
    out.error(&report);
    std::process::exit(i32::from(report.exit.number()))
}

fn restored_once() {
    static ENDING: Mutex<()> = Mutex::new(());
    // Never let go of: it is held until the process is gone.
    std::mem::forget(ENDING.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(terminal) = TERMINAL.get() {
        terminal.restore();
    }
}

/// Keeps Ctrl-C waiting until it is dropped; where one came meanwhile, whoever drops it goes no further.
#[derive(Debug)]
pub struct Hold {
    guard: Option<MutexGuard<'static, ()>>,
}

/// Begins a piece of work that Ctrl-C must not cut in two.
pub fn hold() -> Hold {
    Hold {
        guard: Some(WHOLE.lock().unwrap_or_else(PoisonError::into_inner)),
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        drop(self.guard.take());
        while WAITING.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

#[cfg(unix)]
pub mod signals {
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::*;

    /// How often a held piece of work is looked at.
    const POLL: Duration = Duration::from_millis(10);

    pub(super) fn watch(out: Arc<Out>) {
        let wanted = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| !is_ignored(*signal));
        let Ok(mut signals) = Signals::new(wanted) else {
            // Without a handler a signal ends the process by itself.
            return;
        };
        let watch = move || {
            let Some(signal) = signals.forever().next() else { return };
            let mut whole = WHOLE.try_lock();
            if whole.is_err() {
                WAITING.store(true, Ordering::SeqCst);
                out.tell("stopping as soon as the session is stored; Ctrl-C again stops at once, and may lose it …");
            }
            // Once taken it is kept, so that no held piece of work begins any more.
            while whole.is_err() && signals.pending().next().is_none() {
                std::thread::sleep(POLL);
                whole = WHOLE.try_lock();
            }
            if signal == SIGINT {
                end(&out);
            }
            restored_once();
            std::process::exit(128 + signal);
        };
        let _ = std::thread::Builder::new().name("noesis-signals".into()).spawn(watch);
    }

    /// Whether this process was started with the signal ignored. Linux tells; elsewhere only `nohup`'s own would be
    /// missed, which is no worse than any program that does not look.
    pub fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0);
        mask & (1 << (signal - 1)) != 0
    }
}

#[cfg(not(unix))]
mod signals {
    use super::*;

    pub(super) fn watch(out: Arc<Out>) {
        let handler = move || {
            if WHOLE.try_lock().is_err() {
                WAITING.store(true, Ordering::SeqCst);
                out.tell("stopping as soon as the session is stored …");
            }
            let _whole = WHOLE.lock().unwrap_or_else(PoisonError::into_inner);
            end(&out);
        };
        let _ = ctrlc::set_handler(handler);
    }
}
