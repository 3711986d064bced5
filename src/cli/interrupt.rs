//! Ctrl-C: restores the terminal, reports the error and exits with 130 (rule X2), but never in the middle of a refresh.
//!
//! In a critical section (`critical_section.rs`) Ctrl-C takes effect when the section ends, and a second Ctrl-C at once.
//! The other signals that end a process are treated alike, with the exit status that a shell gives for the signal. On SIGTSTP
//! (Ctrl-Z) the process stops with the terminal restored. A signal that the parent process has set to be ignored, as `nohup`
//! does, stays ignored.

use std::sync::{Arc, Mutex, Once, PoisonError};

use super::critical_section::ProcessExit;
use super::error::CliError;
use super::output::Out;
#[cfg(unix)]
use super::output::terminal;

static IS_INSTALLED: Once = Once::new();

/// Installs the handler. Only the first call does.
pub fn install(out: &Arc<Out>) {
    IS_INSTALLED.call_once(|| signals::watch(Arc::clone(out)));
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
    #[cfg(unix)]
    terminal::restore();
}

#[cfg(unix)]
pub mod signals {
    use std::time::Duration;

    use signal_hook::consts::{SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::Signals;

    use super::*;

    /// How often the end of the critical section is looked for.
    const POLL: Duration = Duration::from_millis(10);
    /// The signals that end this process.
    const ENDING: [i32; 7] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2];

    pub(super) fn watch(out: Arc<Out>) {
        let ignored = ignored();
        let wanted = ENDING
            .into_iter()
            .chain([SIGTSTP, SIGCONT])
            .filter(|signal| !has(ignored, *signal));
        let Ok(mut signals) = Signals::new(wanted) else {
            // Without a handler a signal ends the process by itself.
            return;
        };
        let watch = move || {
            loop {
                match signals.forever().next() {
                    Some(SIGTSTP) => terminal::stop(),
                    Some(SIGCONT) => terminal::continued(),
                    Some(signal) => end_by(signal, &mut signals, &out),
                    None => return,
                }
            }
        };
        let _ = std::thread::Builder::new().name("noesis-signals".into()).spawn(watch);
    }

    fn end_by(signal: i32, signals: &mut Signals, out: &Out) -> ! {
        let mut shutdown = ProcessExit::try_begin();
        if shutdown.is_none() {
            out.tell("stopping as soon as the session is stored; Ctrl-C again stops at once, and may lose it …");
        }
        // Kept once taken, so that no new critical section begins.
        while shutdown.is_none() && !signals.pending().any(|signal| ENDING.contains(&signal)) {
            std::thread::sleep(POLL);
            shutdown = ProcessExit::try_begin();
        }
        if signal == SIGINT {
            end(out);
        }
        restore_terminal_once();
        std::process::exit(128 + signal);
    }

    /// Whether this process was started with the signal ignored.
    #[cfg(feature = "sandbox")]
    pub fn is_ignored(signal: i32) -> bool {
        has(ignored(), signal)
    }

    /// The signals that this process was started to ignore. Known on Linux only; elsewhere they are handled, as by any program
    /// that does not check.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    fn has(mask: u64, signal: i32) -> bool {
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
