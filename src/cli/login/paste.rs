//! Reads the redirect URL that a user with a browser on another machine pastes (rule L7).
//!
//! A pasted URL is validated like a callback; this file only extracts it from what terminals, mails and shells add.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use url::form_urlencoded;

use super::event::SignInEvent;
use crate::Secret;
use crate::cli::output::terminal::{self, Echo, Input, PASTE_INTERVAL, Purpose, Reader};

/// The longest text of one paste.
const MAX_LENGTH: usize = 64 * 1024;
/// After how long an incomplete URL is reported.
const INCOMPLETE_AFTER: Duration = Duration::from_secs(1);
/// Longer than any sign-in waits.
const NO_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The query of a redirect URL: the text after the `?`, or all of it without one.
///
/// White space, line breaks, quotes, angle brackets, invisible characters, a shell's backslashes, HTML's `&amp;` and the marks of
/// a bracketed paste are ignored, and so are other brackets and full stops around the URL.
/// `None` unless there is a `state` with a `code` or an `error`;
/// [`validate`](super::authorization_response::validate) checks them.
pub fn extract_query(text: &str) -> Option<Secret> {
    let text = text.replace("\x1b[200~", "").replace("\x1b[201~", "");
    let url: String = text
        .chars()
        .filter(|char| char.is_ascii_graphic() && !"\"'`<>\\".contains(*char))
        .collect();
    let is_bracket = |char: char| "()[],;".contains(char);
    let mut url = url.trim_matches(is_bracket);
    // A code may end with a full stop of its own.
    if !url
        .rsplit(['&', '?'])
        .next()
        .is_some_and(|last| last.starts_with("code="))
    {
        url = url.trim_matches(|char| is_bracket(char) || char == '.');
    }
    let url = url.replace("&amp;", "&");
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let has = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == wanted && !value.is_empty())
    };
    (has("state") && (has("code") || has("error"))).then(|| Secret::from(query))
}

/// Reads the terminal, a line at a time, until the returned value is dropped: [`SignInEvent::Pasted`] for each redirect URL,
/// [`SignInEvent::NotARedirect`] for other text.
///
/// # Errors
///
/// Where the system provides no thread, or the terminal cannot be read.
pub fn watch_terminal(events: Sender<SignInEvent>) -> std::io::Result<Watch> {
    let mut reader = Reader::open(String::new(), Echo::Shown, Purpose::Offer)?;
    let interrupted = events.clone();
    let lines = std::iter::from_fn(move || match reader.line() {
        Ok(Input::Line(line)) => Some(format!("{}\n", line.expose())),
        Ok(Input::Interrupted) => {
            let _ = interrupted.send(SignInEvent::Interrupted);
            None
        }
        Ok(Input::End | Input::Closed) | Err(_) => None,
    });
    Ok(Watch {
        reading: Some(watch(lines, events)?),
    })
}

/// A terminal that is read; dropped, it is restored.
#[derive(Debug)]
pub struct Watch {
    reading: Option<JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        terminal::close();
        // Only where the system can cancel the read.
        if let Some(reading) = self.reading.take().filter(|_| cfg!(unix)) {
            let _ = reading.join();
        }
    }
}

fn watch(
    lines: impl Iterator<Item = String> + Send + 'static,
    events: Sender<SignInEvent>,
) -> std::io::Result<JoinHandle<()>> {
    let (pieces, received) = channel();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    thread("noesis-paste").spawn(move || gather(&received, &events))?;
    thread("noesis-paste-read").spawn(move || {
        for line in lines {
            if pieces.send(line).is_err() {
                return;
            }
        }
    })
}

/// Joins the lines of one paste. A URL that was broken into lines may also arrive slowly, as its last line stays in the terminal
/// until Enter is pressed: each line is also tried joined to the ones before it, and a URL that stays incomplete is reported.
fn gather(pieces: &Receiver<String>, events: &Sender<SignInEvent>) {
    let mut before = String::new();
    let mut reported = true;
    loop {
        let mut text = match pieces.recv_timeout(if reported { NO_TIMEOUT } else { INCOMPLETE_AFTER }) {
            Ok(text) => text,
            Err(RecvTimeoutError::Timeout) => {
                if !reported && events.send(SignInEvent::NotARedirect).is_err() {
                    return;
                }
                reported = true;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                let _ = events.send(SignInEvent::InputEnded);
                return;
            }
        };
        while let Ok(more) = pieces.recv_timeout(PASTE_INTERVAL) {
            text.push_str(&more);
            if text.len() > MAX_LENGTH {
                break;
            }
        }
        if text.contains("://") || extract_query(&text).is_some() || before.len() > MAX_LENGTH {
            before.clear();
        }
        if text.trim().is_empty() {
            continue;
        }
        before.push_str(&text);
        reported = true;
        let event = match extract_query(&before) {
            Some(query) => SignInEvent::Pasted(query),
            // The beginning of a URL: the rest may follow.
            None if before.contains("://") && before.contains('?') => {
                reported = false;
                continue;
            }
            None => {
                before.clear();
                SignInEvent::NotARedirect
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};

    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    fn query(text: &str) -> Option<String> {
        extract_query(text).map(|query| query.expose().to_owned())
    }

    #[test]
    fn l7_the_redirect_url_is_extracted_from_surrounding_text() {
        for text in [
            "http://127.0.0.1:8400/callback?code=a%2Bb&state=c",
            "https://tools.example/cb?code=a%2Bb&state=c#fragment",
            "code=a%2Bb&state=c",
            "?code=a%2Bb&state=c",
            "/callback?code=a%2Bb&state=c",
            "  'http://127.0.0.1:8400/callback?code=a%2Bb&state=c'\r\n",
            "\"http://127.0.0.1:8400/callback?code=a%2Bb&state=c\"",
            "<http://127.0.0.1:8400/callback?code=a%2Bb&state=c>",
            "http://127.0.0.1:8400/callback\\?code\\=a%2Bb\\&state\\=c",
            "http://127.0.0.1:8400/callback?code=a%2Bb&amp;state=c",
            "http://127.0.0.1:8400/call\nback?code=a%\n  2Bb&sta\r\nte=c",
            "\u{feff}\u{200b}http://127.0.0.1:8400/callback?code=a%2Bb&state=c\u{a0}",
            "\u{1b}[200~http://127.0.0.1:8400/callback?code=a%2Bb&state=c\u{1b}[201~",
            "(http://127.0.0.1:8400/callback?code=a%2Bb&state=c).",
            "see [http://127.0.0.1:8400/callback?code=a%2Bb&state=c];",
            "[code=a%2Bb&state=c]",
        ] {
            assert_eq!(query(text).as_deref(), Some("code=a%2Bb&state=c"), "{text}");
        }
        let denied = "http://127.0.0.1/cb?error=access_denied&state=c";
        assert_eq!(query(denied).as_deref(), Some("error=access_denied&state=c"));
    }

    #[test]
    fn l3_a_bare_code_is_not_enough() {
        for text in [
            "",
            "a-code",
            "code=a",
            "state=c",
            "code=a&state=",
            "code=&state=c",
            "http://127.0.0.1:8400/callback",
            "http://127.0.0.1:8400/callback?code=a",
            "http://127.0.0.1:8400/callback#code=a&state=c",
            "yes",
        ] {
            assert_eq!(query(text), None, "{text}");
        }
    }

    /// The events for `pastes`, each written at once, and the next after the event of the one before.
    fn events_of(pastes: &[&str]) -> Vec<String> {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (sender, events) = channel();
        let lines = BufReader::new(reader).lines();
        watch(lines.map(|line| line.unwrap() + "\n"), sender).unwrap();
        let seen = pastes.iter().map(|paste| {
            writer.write_all(paste.as_bytes()).unwrap();
            match events.recv_timeout(WAIT).unwrap() {
                SignInEvent::Pasted(query) => query.expose().to_owned(),
                SignInEvent::NotARedirect => "no".to_owned(),
                other => panic!("{other:?}"),
            }
        });
        let seen = seen.collect();
        drop(writer);
        let end = events.recv_timeout(WAIT).unwrap();
        assert!(
            matches!(end, SignInEvent::InputEnded),
            "one event for a paste, and one for the end of the input"
        );
        seen
    }

    #[test]
    fn l7_a_paste_of_several_lines_is_one() {
        let seen = events_of(&["http://127.0.0.1/cb?sta\nte=c&co\nde=abc\n", "code=x&state=y\n"]);
        assert_eq!(seen, ["state=c&code=abc", "code=x&state=y"]);
    }

    #[test]
    fn l7_a_wrong_line_is_reported_and_a_right_one_still_accepted() {
        let seen = events_of(&[
            "hello\n",
            "http://127.0.0.1/cb?code=a&state=b\n",
            "\nhttp://127.0.0.1/cb?code=c&state=d\n",
        ]);
        assert_eq!(seen, ["no", "code=a&state=b", "code=c&state=d"]);
    }

    #[test]
    fn l7_the_last_line_may_arrive_when_enter_is_pressed() {
        let seen = events_of(&["http://127.0.0.1/cb?code=a&state=long-\n", "state\n"]);
        assert_eq!(seen, ["code=a&state=long-", "code=a&state=long-state"]);
    }

    #[test]
    fn l7_a_url_without_a_response_is_reported_after_a_second() {
        // The likeliest mistake is to paste the URL to open; its end could still follow, but must not be awaited in silence.
        let seen = events_of(&[
            "http://127.0.0.1/oauth/authorize?client_id=c&state=s\n",
            "code=x&state=y\n",
        ]);
        assert_eq!(seen, ["no", "code=x&state=y"]);
    }

    #[test]
    fn l4_a_url_that_never_ends_is_forgotten_once_it_is_too_long() {
        let (pieces, received) = channel();
        let (sender, events) = channel();
        let gathering = std::thread::spawn(move || gather(&received, &sender));
        let send = |text: &str| pieces.send(text.to_owned()).unwrap();
        let next = || events.recv_timeout(WAIT).unwrap();

        send(&format!("http://127.0.0.1/cb?code=a&x={}\n", "x".repeat(MAX_LENGTH)));
        assert!(
            matches!(next(), SignInEvent::NotARedirect),
            "the end of a URL is not waited for in silence"
        );
        // Joined to what went before it would be a redirect URL.
        send("&state=b\n");
        assert!(matches!(next(), SignInEvent::NotARedirect));
        send("code=c&state=d\n");
        assert!(matches!(next(), SignInEvent::Pasted(query) if query.expose() == "code=c&state=d"));
        drop(pieces);
        assert!(matches!(next(), SignInEvent::InputEnded));
        gathering.join().unwrap();
    }
}
