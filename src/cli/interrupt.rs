//! Ctrl-C: restores the terminal, reports the error and exits with 130 (rule X2), but never in the middle of a refresh.
//!
//! In a critical section (`critical_section.rs`) Ctrl-C takes effect when the section ends, and a second Ctrl-C at once.
//! SIGTERM and SIGHUP are treated alike, with the exit status that a shell gives for the signal. A signal that the parent
//! process has set to be ignored, as `nohup` does, stays ignored.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::critical_section::ProcessExit;
use super::error::CliError;
use super::output::{Out, terminal};

static TERMINAL: OnceLock<terminal::Saved> = OnceLock::new();

/// Installs the handler. Only the first call does.
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

/// Restores the terminal, reports that the run was interrupted, and ends the process. A second caller waits for the
/// first one to do so.
pub fn end(out: &Out) -> ! {
    restore_terminal_once();
    let report = CliError::Interrupted.report();
    out.error(&report);
    std::process::exit(i32::from(report.exit.number()))
}

fn restore_terminal_once() {
    static ENDING: Mutex<()> = Mutex::new(());
    // Never released: it is held until the process ends.
    std::mem::forget(ENDING.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(terminal) = TERMINAL.get() {
        terminal.restore();
    }
}

#[cfg(unix)]
pub mod signals {
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use super::*;

    /// How often the end of the critical section is looked for.
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
            let mut shutdown = ProcessExit::try_begin();
            if shutdown.is_none() {
                out.tell("stopping as soon as the session is stored; Ctrl-C again stops at once, and may lose it …");
            }
            // Kept once taken, so that no new critical section begins.
            while shutdown.is_none() && signals.pending().next().is_none() {
                std::thread::sleep(POLL);
                shutdown = ProcessExit::try_begin();
            }
            if signal == SIGINT {
                end(&out);
            }
            restore_terminal_once();
            std::process::exit(128 + signal);
        };
        let _ = std::thread::Builder::new().name("noesis-signals".into()).spawn(watch);
    }

    /// Whether this process was started with the signal ignored. Known on Linux only; elsewhere the signal is handled, as
    /// by any program that does not check.
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
            let _shutdown = ProcessExit::try_begin().unwrap_or_else(|| {
                out.tell("stopping as soon as the session is stored …");
                ProcessExit::begin()
            });
            end(&out);
        };
        let _ = ctrlc::set_handler(handler);
    }
}
