//! Web pages: what a proxy or another server responds with, where JSON is expected.

use super::server_text::shorten;

/// Whether a text begins as a web page does.
pub(super) fn is_web_page(text: &str) -> bool {
    let start: String = text
        .trim_start()
        .chars()
        .take(15)
        .collect::<String>()
        .to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

/// What is between `<title>` and `</title>`, on one line; `None` where that is nothing.
pub(super) fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let from = open + lower.get(open..)?.find('>')? + 1;
    let to = from + lower.get(from..)?.find("</title")?;
    let words: Vec<&str> = text.get(from..to)?.split_whitespace().collect();
    (!words.is_empty()).then(|| shorten(&words.join(" ")))
}
