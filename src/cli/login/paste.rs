//! The way in for a person whose browser is on another machine: they paste the URL that it ended at (rule L7).
//!
//! Whatever is pasted is judged like a callback; here it is only found among what terminals, mails and shells put around it.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use url::form_urlencoded;

use super::Event;
use crate::Secret;

/// The longest line that is read in one piece, and the longest text that its pieces may make.
const LONGEST: usize = 64 * 1024;
/// Lines that come closer than this are one paste.
const ONE_PASTE: Duration = Duration::from_millis(80);
/// How long the rest of a URL may take before a person is told that it is missing.
const A_MOMENT: Duration = Duration::from_secs(1);
/// Longer than any sign-in waits.
const FOR_EVER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The query of a redirect URL: what follows the `?`, or all of a text that has none.
///
/// White space, line breaks, quotes, angle brackets, invisible characters, a shell's backslashes and HTML's `&amp;` do not disturb
/// it. `None` unless there is a `state` with a `code` or an `error`; whether they are right is for
/// [`judge`](super::callback::judge) to say.
pub fn extract_query(text: &str) -> Option<Secret> {
    let url: String = text
        .chars()
        .filter(|char| char.is_ascii_graphic() && !"\"'`<>\\".contains(*char))
        .collect();
    let url = url.replace("&amp;", "&");
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let has = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == wanted && !value.is_empty())
    };
    (has("state") && (has("code") || has("error"))).then(|| Secret::from(query))
}

/// Reads standard input, a line at a time, for as long as the process lives: [`Event::Pasted`] for each redirect URL,
/// [`Event::NotARedirect`] for other text.
///
/// Only for a terminal: another program's input is not ours to read. The thread sits in a read that nothing can end, and ends with
/// the process; whoever prompts afterwards has to read the terminal by another way than standard input.
///
/// # Errors
///
/// Where the system gives no thread.
pub fn watch_stdin(events: Sender<Event>) -> std::io::Result<()> {
    watch(std::io::stdin(), events)
}

fn watch(input: impl Read + Send + 'static, events: Sender<Event>) -> std::io::Result<()> {
    let (lines, pieces) = channel();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    thread("noesis-paste").spawn(move || gather(&pieces, &events))?;
    thread("noesis-paste-read").spawn(move || read_lines(BufReader::new(input), &lines))?;
    Ok(())
}

/// Sends each line until the input or the interest in it ends.
fn read_lines(mut input: impl BufRead, lines: &Sender<String>) {
    loop {
        let mut line = Vec::new();
        match input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
            return;
        }
    }
}

/// Puts the lines of one paste together. A URL that was broken into lines may also come slowly: its last piece stays in the
/// terminal until Enter is pressed, so that every piece is tried with what came before it as well; but who is kept waiting
/// by a beginning is told so.
fn gather(pieces: &Receiver<String>, events: &Sender<Event>) {
    let mut before = String::new();
    let mut told = true;
    loop {
        let mut text = match pieces.recv_timeout(if told { FOR_EVER } else { A_MOMENT }) {
            Ok(text) => text,
            Err(RecvTimeoutError::Timeout) => {
                if !told && events.send(Event::NotARedirect).is_err() {
                    return;
                }
                told = true;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                let _ = events.send(Event::InputEnded);
                return;
            }
        };
        while let Ok(more) = pieces.recv_timeout(ONE_PASTE) {
            text.push_str(&more);
            if text.len() > LONGEST {
                break;
            }
        }
        if text.contains("://") || extract_query(&text).is_some() || before.len() > LONGEST {
            before.clear();
        }
        if text.trim().is_empty() {
            continue;
        }
        before.push_str(&text);
        told = true;
        let event = match extract_query(&before) {
            Some(query) => Event::Pasted(query),
            // The beginning of a URL: the rest may follow.
            None if before.contains("://") && before.contains('?') => {
                told = false;
                continue;
            }
            None => {
                before.clear();
                Event::NotARedirect
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    fn query(text: &str) -> Option<String> {
        extract_query(text).map(|query| query.expose().to_owned())
    }

    #[test]
    fn l7_the_redirect_url_is_found_in_whatever_surrounds_it() {
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
            "\u{1b}[200~http://127.0.0.1:8400/callback?code=a%2Bb&state=c",
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

    /// What comes out for `pastes`, each written at once, and the next only when the one before was heard of.
    fn events_of(pastes: &[&str]) -> Vec<String> {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (sender, events) = channel();
        watch(reader, sender).unwrap();
        let seen = pastes.iter().map(|paste| {
            writer.write_all(paste.as_bytes()).unwrap();
            match events.recv_timeout(WAIT).unwrap() {
                Event::Pasted(query) => query.expose().to_owned(),
                Event::NotARedirect => "no".to_owned(),
                other => panic!("{other:?}"),
            }
        });
        let seen = seen.collect();
        drop(writer);
        let end = events.recv_timeout(WAIT).unwrap();
        assert!(
            matches!(end, Event::InputEnded),
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
    fn l7_a_wrong_line_is_named_and_a_right_one_still_taken() {
        let seen = events_of(&[
            "hello\n",
            "http://127.0.0.1/cb?code=a&state=b\n",
            "\nhttp://127.0.0.1/cb?code=c&state=d\n",
        ]);
        assert_eq!(seen, ["no", "code=a&state=b", "code=c&state=d"]);
    }

    #[test]
    fn l7_the_last_piece_may_come_when_enter_is_pressed() {
        let seen = events_of(&["http://127.0.0.1/cb?code=a&state=long-\n", "state\n"]);
        assert_eq!(seen, ["code=a&state=long-", "code=a&state=long-state"]);
    }

    #[test]
    fn l7_a_url_that_holds_no_answer_is_named_after_a_moment() {
        // The URL to open, pasted back, is the likeliest slip; its end may still come, but silence would say nothing.
        let seen = events_of(&[
            "http://127.0.0.1/oauth/authorize?client_id=c&state=s\n",
            "code=x&state=y\n",
        ]);
        assert_eq!(seen, ["no", "code=x&state=y"]);
    }

    #[test]
    fn l4_a_line_without_an_end_takes_no_memory_with_it() {
        let (lines, pieces) = channel();
        let endless = std::io::repeat(b'a').take(3 * LONGEST as u64);
        read_lines(BufReader::new(endless), &lines);
        assert!(pieces.try_iter().all(|piece| piece.len() <= LONGEST));
    }
}
