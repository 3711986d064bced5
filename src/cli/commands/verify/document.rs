//! The JSON document of a verdict, written straight into the output.
//!
//! A batch writes a hundred thousand of these per second and core, so the document is written by hand: a tree of values
//! would cost as much as the signature. Header and claims are the token's own text, which has been parsed strictly before,
//! and stay byte for byte what was signed.

use std::io::{self, Write};

use crate::cli::output::escape_json;
use crate::{CheckName, CheckResult, Verdict};

/// Writes the document of a verdict on one line, with the number of its line where it is one of many.
pub fn write(out: &mut Vec<u8>, line: Option<u64>, verdict: &Verdict, tool: Option<&str>) -> io::Result<()> {
    let start = out.len();
    match line {
        Some(line) => write!(out, "{{\"line\":{line},\"valid\":{},\"checks\":[", verdict.is_valid())?,
        None => write!(out, "{{\"valid\":{},\"checks\":[", verdict.is_valid())?,
    }
    for (number, check) in verdict.checks().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        out.extend_from_slice(name(check.name).as_bytes());
        out.extend_from_slice(result(check.result).as_bytes());
        let detail = check.detail();
        if is_plain(&detail) {
            out.push(b'"');
            out.extend_from_slice(detail.as_bytes());
            out.push(b'"');
        } else {
            serde_json::to_writer(&mut *out, &detail)?;
        }
        out.push(b'}');
    }
    out.push(b']');
    if let Some(header) = verdict.header_json() {
        out.extend_from_slice(b",\"header\":");
        on_one_line(out, header);
    }
    if let Some(signed) = verdict.signed() {
        out.extend_from_slice(b",\"claims\":");
        on_one_line(out, signed.claims_json());
    }
    if let Some(tool) = tool {
        out.extend_from_slice(b",\"access\":{\"tool_id\":");
        serde_json::to_writer(&mut *out, tool)?;
        write!(out, ",\"granted\":{}}}", granted(verdict))?;
    }
    out.extend_from_slice(b"}\n");
    harmless(out, start);
    Ok(())
}

/// Writes the document of a line of a batch that could not be verified.
pub fn write_failure(out: &mut Vec<u8>, line: u64, error: &impl serde::Serialize) -> io::Result<()> {
    let start = out.len();
    write!(out, "{{\"line\":{line},\"error\":")?;
    serde_json::to_writer(&mut *out, error)?;
    out.extend_from_slice(b"}\n");
    harmless(out, start);
    Ok(())
}

/// Whether a valid token gives the access that is required.
fn granted(verdict: &Verdict) -> bool {
    verdict.is_valid()
        && verdict
            .checks()
            .any(|check| check.name == CheckName::Access && check.result == CheckResult::Pass)
}

/// The beginning of a check's document.
fn name(name: CheckName) -> &'static str {
    match name {
        CheckName::Structure => r#"{"name":"structure","#,
        CheckName::Algorithm => r#"{"name":"algorithm","#,
        CheckName::Key => r#"{"name":"key","#,
        CheckName::Signature => r#"{"name":"signature","#,
        CheckName::Expiry => r#"{"name":"expiry","#,
        CheckName::NotBefore => r#"{"name":"not-before","#,
        CheckName::IssuedAt => r#"{"name":"issued-at","#,
        CheckName::Subject => r#"{"name":"subject","#,
        CheckName::Issuer => r#"{"name":"issuer","#,
        CheckName::Audience => r#"{"name":"audience","#,
        CheckName::Access => r#"{"name":"access","#,
    }
}

/// Its middle.
fn result(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Pass => r#""result":"pass","detail":"#,
        CheckResult::Fail => r#""result":"fail","detail":"#,
        CheckResult::Skip => r#""result":"skip","detail":"#,
    }
}

/// Whether JSON has nothing to escape in a text. All bytes are looked at, without an early end, so that the compiler can
/// vectorize the loop.
fn is_plain(text: &str) -> bool {
    let escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    text.bytes().fold(true, |plain, byte| plain & !escaped(byte))
}

/// JSON without its line breaks and tabs, which occur between tokens only: in strings they are escaped.
fn on_one_line(out: &mut Vec<u8>, json: &str) {
    let start = out.len();
    out.extend_from_slice(json.as_bytes());
    let is_break = |byte: u8| byte < b' ';
    if json.bytes().fold(false, |found, byte| found | is_break(byte)) {
        for byte in out.iter_mut().skip(start).filter(|byte| is_break(**byte)) {
            *byte = b' ';
        }
    }
}

/// Escapes, from `start` on, the characters that a terminal could act on (rule X4). Most documents have none.
fn harmless(out: &mut Vec<u8>, start: usize) {
    let document = out.get(start..).unwrap_or_default();
    // Of ASCII, JSON escapes all but DEL by itself.
    if document.iter().fold(true, |plain, byte| plain & (*byte < 0x7f)) {
        return;
    }
    if let Ok(text) = std::str::from_utf8(document) {
        let safe = escape_json(text).into_owned();
        out.truncate(start);
        out.extend_from_slice(safe.as_bytes());
    }
}
