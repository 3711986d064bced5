//! A terminal with the program in it: what is on it, what is typed, and the mode it is in.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rexpect::process::{PtyProcess, WaitStatus};
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::{Home, within};

/// A program in a terminal of its own.
pub struct Terminal {
    process: PtyProcess,
    file: File,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How much of what was shown has been expected already.
    seen: usize,
}

impl Terminal {
    /// Starts the program with a terminal so many columns wide on all three streams.
    pub fn start(home: &Home, program: &Command, columns: u16) -> Self {
        // A terminal as people have it, with echo, which rexpect takes away.
        let prepare = format!("stty echo rows 40 cols {columns} && exec \"$0\" \"$@\"");
        let mut command = home.command("sh");
        command.stdin(Stdio::inherit()).env("TERM", "xterm-256color");
        command.args(["-c", &prepare]);
        command.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut process = PtyProcess::new(command).unwrap();
        process.set_kill_timeout(Some(5_000));
        let file = process.get_file_handle().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, kept) = (process.get_file_handle().unwrap(), Arc::clone(&shown));
        // Ends with an error of the system's when the program's side is closed.
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                kept.lock().unwrap().extend_from_slice(&piece[..count]);
            }
        });
        Self {
            process,
            file,
            shown,
            seen: 0,
        }
    }

    /// The process that was started, which leads the group in the foreground.
    pub fn id(&self) -> i32 {
        tcgetpgrp(&self.file).unwrap().as_raw_nonzero().get()
    }

    /// All that was shown, escape sequences and all.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits for words that come after those that were expected before; what was shown up to them.
    pub fn expect(&mut self, words: &str) -> String {
        let (shown, from) = (Arc::clone(&self.shown), self.seen);
        let find = || {
            let shown = shown.lock().unwrap();
            let at = shown[from..].windows(words.len()).position(|w| w == words.as_bytes());
            at.map(|at| from + at + words.len())
        };
        let mut end = None;
        within(STEP_TIMEOUT, &format!("{words:?} in {:?}", self.shown()), || {
            end = find();
            end.is_some() || self.shown().contains("panicked")
        });
        self.seen = end.unwrap_or_else(|| panic!("{}", self.shown()));
        String::from_utf8_lossy(&shown.lock().unwrap()[from..self.seen]).into_owned()
    }

    /// Waits for a prompt, and until the terminal reads what is typed: keys one by one, or a line that is not shown.
    pub fn expect_prompt(&mut self, question: &str) {
        self.expect(question);
        self.takes_keys();
    }

    /// Waits until it takes keys.
    pub fn takes_keys(&self) {
        within(STEP_TIMEOUT, "a terminal that takes the answer", || {
            !self.modes().contains(LocalModes::ICANON | LocalModes::ECHO)
        });
    }

    /// Types keys.
    pub fn type_in(&mut self, keys: &str) {
        self.file.write_all(keys.as_bytes()).unwrap();
        self.file.flush().unwrap();
    }

    /// Types a line.
    pub fn enter(&mut self, line: &str) {
        self.type_in(&format!("{line}\r"));
    }

    /// The terminal's mode.
    pub fn modes(&self) -> LocalModes {
        tcgetattr(&self.file).unwrap().local_modes
    }

    /// How the program ended, once it has and all of its words are here.
    pub fn end(&mut self) -> i32 {
        let mut code = None;
        within(STEP_TIMEOUT, &format!("the end of {:?}", self.shown()), || {
            match self.process.status() {
                Some(WaitStatus::Exited(_, status)) => code = Some(status),
                Some(WaitStatus::StillAlive) => {}
                other => panic!("{other:?}: {}", self.shown()),
            }
            code.is_some()
        });
        // The reader holds a share until it has read the last byte.
        within(STEP_TIMEOUT, "the last words", || Arc::strong_count(&self.shown) == 1);
        code.unwrap()
    }
}

/// Presses Ctrl-C, and finds the terminal as it was before.
pub fn interrupt(mut terminal: Terminal) {
    terminal.type_in("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.shown());
    let shown = terminal.shown();
    assert_eq!(shown.matches("interrupted").count(), 1, "{shown}");
    let usual = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    assert!(terminal.modes().contains(usual), "{:?}", terminal.modes());
    if let Some(hidden) = shown.rfind("\x1b[?25l") {
        assert!(shown.rfind("\x1b[?25h") > Some(hidden), "the cursor is lost: {shown:?}");
    }
}

/// Whether there is a sequence that sets a colour or a style (SGR): `ESC [ … m`.
pub fn has_colour(shown: &str) -> bool {
    shown.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}
