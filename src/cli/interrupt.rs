//! Ctrl-C: the terminal as it was, the error told, exit 130 (rule X2), and never in the middle of a refresh.
//!
//! A refresh that the server has answered and nobody has stored is a session lost. [`hold`] keeps such a piece of work
//! together: a Ctrl-C meanwhile takes effect when it is done, which its deadlines bound.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::exit::CliError;
use super::output::{Out, terminal};

static WHOLE: Mutex<()> = Mutex::new(());

/// From now on, Ctrl-C restores the terminal, tells that the run was interrupted, and ends the process with 130.
pub fn install(out: &Arc<Out>) {
    let out = Arc::clone(out);
    let terminal = terminal::Saved::read();
    let handler = move || {
        if WHOLE.try_lock().is_err() {
            out.tell("stopping as soon as the session is stored …");
        }
        // Held until the process is gone, so that no held piece of work begins any more.
        let _whole = hold();
        terminal.restore();
        let report = CliError::Interrupted.report();
        out.error(&report);
        std::process::exit(i32::from(report.exit));
    };
    // Fails only where there is a handler already, which then does the same.
    let _ = ctrlc::try_set_handler(handler);
}

/// Keeps Ctrl-C waiting until it is dropped.
#[derive(Debug)]
pub struct Hold {
    _guard: MutexGuard<'static, ()>,
}

/// Begins a piece of work that Ctrl-C must not cut in two.
pub fn hold() -> Hold {
    Hold {
        _guard: WHOLE.lock().unwrap_or_else(PoisonError::into_inner),
    }
}
