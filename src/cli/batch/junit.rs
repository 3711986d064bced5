//! The results of a batch as a JUnit document, valid by the schema of Ant's JUnit task and by that of Jenkins.
//!
//! Its first lines hold the counts, so that the test cases wait, beyond a megabyte in a temporary file, until all are there.

use std::fmt::Write as _;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::time::Duration;

use tempfile::SpooledTempFile;

use super::{Answers, Tally};
use crate::cli::error::CliError;
use crate::cli::output::{Out, escape, time};

/// How many bytes of test cases are kept in memory.
const IN_MEMORY: usize = 1024 * 1024;

/// The test cases so far.
#[derive(Debug)]
pub struct Document {
    cases: SpooledTempFile,
}

impl Document {
    pub fn new() -> Self {
        Self {
            cases: tempfile::spooled_tempfile(IN_MEMORY),
        }
    }

    pub fn append(&mut self, cases: &[u8]) -> Result<(), CliError> {
        self.cases.write_all(cases).map_err(|e| unkept(&e))
    }

    /// Prints the whole document, which is over now.
    pub fn print(
        mut self,
        out: &Out,
        answers: &Answers,
        tally: &Tally,
        took: Duration,
        now: i64,
    ) -> Result<(), CliError> {
        let (command, at) = (answers.command, time::utc(now));
        out.raw(&format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
             <testsuite id=\"0\" package=\"noesis\" name=\"{command}\" hostname=\"localhost\" timestamp=\"{at}\" \
             tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"{:.3}\">\n<properties/>\n",
            tally.checked,
            tally.refused,
            tally.failed,
            took.as_secs_f64()
        ))?;
        self.cases.rewind().map_err(|e| unkept(&e))?;
        let mut part = vec![0; 64 * 1024];
        loop {
            match self.cases.read(&mut part).map_err(|e| unkept(&e))? {
                0 => break,
                length => out.bytes(part.get(..length).unwrap_or_default())?,
            }
        }
        out.raw("<system-out/>\n<system-err/>\n</testsuite>\n</testsuites>\n")
    }
}

fn unkept(error: &io::Error) -> CliError {
    CliError::io(format!("the test cases cannot be kept in a temporary file: {error}"))
}

/// What a test case says besides its line.
pub enum Outcome<'a> {
    /// The token was accepted.
    Passed,
    /// The token was refused: the kind of refusal, and the reason.
    Refused(&'a str, &'a str),
    /// The line failed: the code of its error, and the message.
    Failed(&'a str, &'a str),
}

/// Appends the test case of a line, with nothing of its token. `took` is `None` where a line takes next to no time.
pub fn case(cases: &mut Vec<u8>, command: &str, line: u64, took: Option<Duration>, outcome: &Outcome<'_>) {
    let mut text = format!(
        "<testcase classname=\"noesis.{command}\" name=\"line {line}\" time=\"{:.3}\"",
        took.unwrap_or_default().as_secs_f64()
    );
    let (element, kind, message) = match outcome {
        Outcome::Passed => {
            text.push_str("/>\n");
            cases.extend_from_slice(text.as_bytes());
            return;
        }
        Outcome::Refused(kind, message) => ("failure", kind, message),
        Outcome::Failed(code, message) => ("error", code, message),
    };
    // Writing to a string does not fail.
    let _ = write!(text, "><{element} type=\"");
    push_escaped(&mut text, kind);
    text.push_str("\" message=\"");
    push_escaped(&mut text, message);
    text.push_str("\"/></testcase>\n");
    cases.extend_from_slice(text.as_bytes());
}

/// Appends the text of an attribute: hostile characters (rule X4), and those that no XML 1.0 document may have, are escaped as
/// on the terminal, as XML has no way to write them.
fn push_escaped(text: &mut String, value: &str) {
    for c in escape(value).chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => text.extend(c.escape_unicode()),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x4_hostile_text_in_a_test_case_is_escaped_and_stays_xml() {
        let mut cases = Vec::new();
        let hostile = "a\u{0}\u{1b}[2J\n\u{fffe}\u{202e}<&>\"'é]]>";
        case(
            &mut cases,
            "verify",
            7,
            Some(Duration::from_millis(1500)),
            &Outcome::Refused(hostile, "no"),
        );
        case(&mut cases, "verify", 8, None, &Outcome::Passed);
        assert_eq!(
            String::from_utf8(cases).unwrap(),
            r#"<testcase classname="noesis.verify" name="line 7" time="1.500"><failure type="a\u{0}\u{1b}[2J\n\u{fffe}\u{202e}&lt;&amp;&gt;&quot;&apos;é]]&gt;" message="no"/></testcase>
<testcase classname="noesis.verify" name="line 8" time="0.000"/>
"#
        );
    }
}
