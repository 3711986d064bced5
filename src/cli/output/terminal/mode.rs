//! The mode of the terminal on standard input while a line is read: without canonical mode, whose lines end after 4,095
//! characters (1,024 on macOS), and without echo.
//!
//! The mode is the process's, and so is this state. A reader sets the mode. The thread that handles signals restores it before
//! the process stops or ends, and the reader sets it again when the process runs in the foreground once more. In the background
//! the terminal is left alone.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGTTIN, SIGTTOU};
use signal_hook::low_level::raise;

use super::is_in_foreground;

/// How often a process in the background looks whether it is in the foreground again: a shell does not tell it.
const BACKGROUND_POLL: Duration = Duration::from_millis(200);

static ACTIVE: Mutex<Option<Active>> = Mutex::new(None);

struct Active {
    before: Termios,
    reading: Termios,
    is_set: bool,
    is_closed: bool,
    /// Whether the process is about to stop, or stopped: the mode is not set again before it is continued.
    is_stopping: bool,
    /// Whether the next SIGCONT is that after [`stop`].
    is_continuing: bool,
    wake: PipeWriter,
}

impl Active {
    fn restore(&mut self) {
        if std::mem::take(&mut self.is_set) && is_in_foreground() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
        }
    }

    fn wake(&mut self) {
        let _ = self.wake.write_all(&[0]);
    }
}

fn active() -> MutexGuard<'static, Option<Active>> {
    ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the terminal is for the reader at the moment.
#[derive(Debug, PartialEq, Eq)]
pub enum ModeState {
    /// Set for reading.
    Set,
    /// Set again after the process had stopped: what is on the terminal is not what the reader wrote.
    SetAgain,
    /// Of another process.
    Background,
    /// Of the shell, as this process stops.
    Stopping,
    /// Not wanted any more: see [`close`].
    Closed,
}

/// The terminal in the mode for reading, until it is dropped.
#[derive(Debug)]
pub struct Mode {
    wake: PipeReader,
}

impl Mode {
    /// Sets the mode. What was typed before is kept.
    pub fn enter() -> io::Result<Self> {
        let mut active = active();
        if active.is_some() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        let before = tcgetattr(io::stdin())?;
        let mut reading = before.clone();
        reading.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN;
        if tcgetpgrp(io::stdin()).is_err() {
            // Nobody's controlling terminal sends no signal: Ctrl-C is a byte.
            reading.local_modes -= LocalModes::ISIG;
        }
        reading.special_codes[SpecialCodeIndex::VMIN] = 1;
        reading.special_codes[SpecialCodeIndex::VTIME] = 0;
        let (wake, waker) = io::pipe()?;
        let is_set = is_in_foreground();
        if is_set {
            tcsetattr(io::stdin(), OptionalActions::Now, &reading)?;
        }
        *active = Some(Active {
            before,
            reading,
            is_set,
            is_closed: false,
            is_stopping: false,
            is_continuing: false,
            wake: waker,
        });
        Ok(Self { wake })
    }

    /// Sets the mode again where it has to be.
    pub fn ensure(&self) -> io::Result<ModeState> {
        let mut active = active();
        let Some(active) = active.as_mut().filter(|active| !active.is_closed) else {
            return Ok(ModeState::Closed);
        };
        if active.is_stopping {
            return Ok(ModeState::Stopping);
        }
        if !is_in_foreground() {
            active.is_set = false;
            return Ok(ModeState::Background);
        }
        if active.is_set {
            return Ok(ModeState::Set);
        }
        tcsetattr(io::stdin(), OptionalActions::Now, &active.reading)?;
        active.is_set = true;
        Ok(ModeState::SetAgain)
    }

    /// Waits until a byte can be read, or the state may have changed; at most so long. What the terminal is ready for.
    pub fn wait(&self, most: Option<Duration>) -> io::Result<PollFlags> {
        let stdin = io::stdin();
        let limit = most.and_then(|most| Timespec::try_from(most).ok());
        let mut streams = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(&self.wake, PollFlags::IN),
        ];
        match poll(&mut streams, limit.as_ref()) {
            Err(rustix::io::Errno::INTR) => return Ok(PollFlags::empty()),
            polled => polled?,
        };
        let [input, woken] = streams.map(|stream| stream.revents());
        if !woken.is_empty() {
            let _ = (&self.wake).read(&mut [0; 64])?;
        }
        Ok(input)
    }

    /// Reads one byte, so that what follows a line stays with the terminal. `None` where there is none to read.
    pub fn read(&self) -> io::Result<Option<u8>> {
        // Held while it reads: in the mode of before, a read could wait for the end of a line.
        let active = active();
        let is_set = active
            .as_ref()
            .is_some_and(|active| active.is_set && !active.is_stopping);
        // Ctrl-Z may have emptied the queue since it was ready.
        let is_there = is_set && is_in_foreground() && rustix::io::ioctl_fionread(io::stdin())? > 0;
        let mut byte = [0];
        match is_there && rustix::io::read(io::stdin(), &mut byte)? > 0 {
            true => Ok(Some(byte[0])),
            false => Ok(None),
        }
    }

    /// Waits in the background. Where the process is there for the terminal alone it stops, as any that reads from there does.
    pub fn wait_in_background(&self, stops: bool) -> io::Result<()> {
        if stops {
            raise(SIGTTIN)?;
        }
        let mut streams = [PollFd::new(&self.wake, PollFlags::IN)];
        let limit = Timespec::try_from(BACKGROUND_POLL).ok();
        match poll(&mut streams, limit.as_ref()) {
            Ok(1..) => (&self.wake).read(&mut [0; 64]).map(drop),
            Ok(0) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        if let Some(mut active) = active().take() {
            active.restore();
        }
    }
}

/// Tells the reader to return, and restores the terminal without waiting for it.
pub fn close() {
    if let Some(active) = active().as_mut() {
        active.is_closed = true;
        active.restore();
        active.wake();
    }
}

/// Stops the process, as Ctrl-Z does (SIGTSTP), with the terminal restored.
pub fn stop() {
    if let Some(active) = active().as_mut() {
        // Before anything else, as this signal wakes the reader as well.
        active.is_stopping = true;
        active.restore();
        end_line();
    }
    // Not SIGSTOP: where nobody could continue this process, the system does not let this signal stop it.
    let _ = raise(SIGTTOU);
    if let Some(active) = active().as_mut() {
        active.is_stopping = false;
        active.is_continuing = true;
        active.wake();
    }
}

/// After the process was continued (SIGCONT): whatever stopped it, the shell may have changed the mode.
pub fn continued() {
    if let Some(active) = active().as_mut()
        && !std::mem::take(&mut active.is_continuing)
    {
        active.is_set = false;
        active.wake();
    }
}

/// Restores the terminal for the end of the process: no reader sets it again.
pub fn restore() {
    let mut active = active();
    if let Some(active) = active.as_mut() {
        active.restore();
        end_line();
    }
    // Never released: it is held until the process ends.
    std::mem::forget(active);
}

/// The cursor stands behind a prompt, and what comes next begins on a line of its own.
fn end_line() {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(b"\n").and_then(|()| stderr.flush());
}
