//! Opens the platform's page in the user's browser (rule L9).
//!
//! The URL is the last argument of a program, never part of a shell command. The browser's output does not reach the terminal, and
//! the browser outlives this process. A started browser may still be invisible to the user, so that the URL is printed anyway.

mod command;
mod detect;
pub mod error;

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

pub use self::detect::would_open;
use self::error::BrowserError;
use super::event::SignInEvent;

/// A command that fails does so within this time; one that still runs counts as a browser.
const FAILURE_WINDOW: Duration = Duration::from_millis(300);
/// How long the system's launchers may take together.
const SYSTEM_TIMEOUT: Duration = Duration::from_secs(2);

/// Opens `url` with `command`, or with the system's browser where there is no command or a blank one; returns when it is known
/// whether that failed, after at most 0.3 s (2 s for the system's).
///
/// `command` is the value of `--browser`, `NOESIS_BROWSER` or `BROWSER`, as [`command::parse`] parses it; the commands of a list are
/// tried until one works.
///
/// # Errors
///
/// The [`BrowserError`] of the last command that was tried.
pub fn open(url: &str, command: Option<&str>) -> Result<(), BrowserError> {
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    if !is_web || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(BrowserError::NotAUrl);
    }
    let Some(command) = command.filter(|command| !command.trim().is_empty()) else {
        return open_with_system(url);
    };
    let mut outcome = Err(command::names_nothing(command));
    for words in command::parse(command)? {
        outcome = start(&words, url);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// [`open()`] on a thread of its own, so that an early callback does not wait for it; [`SignInEvent::BrowserFailed`] where it fails.
pub fn open_in_background(url: String, command: Option<String>, events: Sender<SignInEvent>) {
    let failed = events.clone();
    let thread = std::thread::Builder::new().name("noesis-browser".to_owned());
    let started = thread.spawn(move || {
        if let Err(error) = open(&url, command.as_deref()) {
            // The receiver is gone if the sign-in is over.
            let _ = events.send(SignInEvent::BrowserFailed(error));
        }
    });
    if let Err(error) = started {
        let _ = failed.send(SignInEvent::BrowserFailed(BrowserError::System(error)));
    }
}

fn start(words: &[String], url: &str) -> Result<(), BrowserError> {
    let mut words = words.iter();
    let program = words.next().map(String::as_str).unwrap_or_default();
    let mut command = Command::new(program);
    command
        .args(words)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    detach(&mut command);
    let child = command.spawn().map_err(|source| BrowserError::Start {
        program: program.to_owned(),
        source,
    })?;
    match early_exit(child) {
        Some(status) if !status.success() => Err(BrowserError::Failed {
            program: program.to_owned(),
            status,
        }),
        _ => Ok(()),
    }
}

/// The exit status of the child, if it exits at once. A thread waits for it in any case, so that it does not remain a zombie.
fn early_exit(mut child: Child) -> Option<ExitStatus> {
    let (ended, status) = mpsc::channel();
    std::thread::Builder::new()
        .name("noesis-browser-end".to_owned())
        .spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = ended.send(status);
            }
        })
        .ok()?;
    status.recv_timeout(FAILURE_WINDOW).ok()
}

/// Ctrl-C in this terminal must not reach the browser.
#[cfg(unix)]
fn detach(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

#[cfg(not(any(unix, windows)))]
fn detach(_: &mut Command) {}

fn open_with_system(url: &str) -> Result<(), BrowserError> {
    let (done, outcome) = mpsc::channel();
    let url = url.to_owned();
    std::thread::Builder::new()
        .name("noesis-browser-system".to_owned())
        .spawn(move || {
            let _ = done.send(open::that_detached(url));
        })
        .map_err(BrowserError::System)?;
    match outcome.recv_timeout(SYSTEM_TIMEOUT) {
        Ok(outcome) => outcome.map_err(BrowserError::System),
        Err(RecvTimeoutError::Timeout) => Err(BrowserError::System(io::ErrorKind::TimedOut.into())),
        Err(RecvTimeoutError::Disconnected) => Err(BrowserError::System(io::ErrorKind::Other.into())),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::time::Instant;

    use super::*;

    const URL: &str = "https://platform.example/oauth/authorize?a=b&c=$(touch%20x);d=`e`";

    /// A folder with a program that writes its arguments, one per line, and then runs `then`.
    struct FakeBrowser(tempfile::TempDir);

    impl FakeBrowser {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn program(&self, name: &str, then: &str) -> PathBuf {
            let path = self.0.path().join(name);
            let seen = self.0.path().join("seen");
            // Renamed when complete, so that a reader finds the whole file.
            let script = format!(
                "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{0}.part'\nmv '{0}.part' '{0}'\n{then}\n",
                seen.display()
            );
            // Written by another process: a program that a sibling test's fork still holds open for writing cannot be started.
            let write = "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"";
            let path_text = path.to_str().unwrap();
            let written = Command::new("sh").args(["-c", write, path_text, &script]).status();
            assert!(written.unwrap().success());
            path
        }

        /// The arguments that the program received.
        fn seen(&self) -> Vec<String> {
            let deadline = Instant::now() + Duration::from_secs(60);
            loop {
                if let Ok(text) = fs::read_to_string(self.0.path().join("seen")) {
                    return text.lines().map(str::to_owned).collect();
                }
                assert!(Instant::now() < deadline, "the program never ran");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    #[test]
    fn l9_the_url_is_the_last_argument_whole_and_unexpanded() {
        let browser = FakeBrowser::new();
        let program = browser.program("browser", "");
        let command = format!("{} --new-window 'two words' $HOME", program.display());
        open(URL, Some(&command)).unwrap();
        assert_eq!(browser.seen(), ["--new-window", "two words", "$HOME", URL]);
    }

    #[test]
    fn l9_a_path_with_spaces_is_one_program() {
        let browser = FakeBrowser::new();
        let program = browser.program("my 'own' browser", "");
        open(URL, Some(program.to_str().unwrap())).unwrap();
        assert_eq!(browser.seen(), [URL]);
    }

    #[test]
    fn l9_a_separate_percent_s_is_replaced_by_the_url() {
        let browser = FakeBrowser::new();
        let program = browser.program("browser", "");
        open(URL, Some(&format!("{} -a \"%s\"", program.display()))).unwrap();
        assert_eq!(browser.seen(), ["-a", URL]);
        let inside = open(URL, Some("firefox --open=%s")).unwrap_err();
        assert!(matches!(inside, BrowserError::Command { .. }), "{inside}");
    }

    #[test]
    fn l9_the_first_command_of_a_list_that_works_is_used() {
        let browser = FakeBrowser::new();
        let good = browser.program("good", "touch \"$(dirname \"$0\")/good-ran\"");
        let bad = browser.program("bad", "exit 3");
        let list = format!("/no/such/browser:{}:{} %s:/never", bad.display(), good.display());
        open(URL, Some(&list)).unwrap();
        assert_eq!(browser.seen(), [URL]);
        let ran = browser.0.path().join("good-ran");
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while !ran.exists() {
            assert!(std::time::Instant::now() < deadline, "the good one never ran");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn l9_only_http_and_https_urls_are_opened() {
        let browser = FakeBrowser::new();
        let program = browser.program("browser", "");
        for url in [
            "",
            "--help",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "HTTP://x",
            "http:x",
            "ftp://x",
            "https://x/ --help",
            "https://x/\n",
            "https://x/\u{202e}",
        ] {
            let refused = open(url, program.to_str()).unwrap_err();
            assert!(matches!(refused, BrowserError::NotAUrl), "{url}");
        }
        assert!(!browser.0.path().join("seen").exists());
    }

    #[test]
    fn a_command_that_cannot_be_run_is_named_in_the_error() {
        let browser = FakeBrowser::new();
        let failing = browser.program("failing", "exit 3");
        for (command, text) in [
            ("/no/such/browser", "cannot start `/no/such/browser`"),
            ("no-such-browser-in-path --x", "cannot start `no-such-browser-in-path`"),
            ("firefox 'x", "a quote is not closed"),
            ("%s", "names no program"),
            (":", "names no program"),
            (failing.to_str().unwrap(), "could not open the page: exit status: 3"),
        ] {
            let error = open(URL, Some(command)).unwrap_err().to_string();
            assert!(error.contains(text), "{command}: {error}");
            assert!(!error.contains("platform.example"), "{error}");
        }
    }

    #[test]
    fn a_browser_that_keeps_running_is_not_waited_for() {
        let browser = FakeBrowser::new();
        // Ends by itself when the folder goes away with the test.
        let script = "while test -e \"$0\"; do sleep 0.1; done; exit 3";
        let program = browser.program("browser", script);
        open(URL, program.to_str()).unwrap();
        assert_eq!(browser.seen(), [URL]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_browser_is_in_a_process_group_of_its_own_which_ctrl_c_does_not_reach() {
        let browser = FakeBrowser::new();
        let group = browser.0.path().join("group");
        let record = format!(
            "cut -d' ' -f1,5 /proc/$$/stat > '{0}.part'; mv '{0}.part' '{0}'",
            group.display()
        );
        let program = browser.program("browser", &record);
        open(URL, program.to_str()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !group.exists() {
            assert!(Instant::now() < deadline, "the program did not run");
            std::thread::sleep(Duration::from_millis(5));
        }
        let text = fs::read_to_string(group).unwrap();
        let (process, group) = text.trim().split_once(' ').unwrap();
        assert_eq!(process, group, "the browser leads its process group");
    }

    #[test]
    fn a_browser_that_fails_in_the_background_is_an_event() {
        let (events, received) = mpsc::channel();
        open_in_background(URL.into(), Some("/no/such/browser".into()), events);
        let event = received.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(
            matches!(event, SignInEvent::BrowserFailed(BrowserError::Start { .. })),
            "{event:?}"
        );
    }
}
