//! HTTP dates (RFC 9110 §5.6.7).

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderValue;

/// A date header in Unix seconds. All three forms of RFC 9110 are read, as a recipient has to.
pub(super) fn unix_seconds(value: &HeaderValue) -> Option<i64> {
    let date: SystemTime = httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()?;
    let seconds = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_the_three_forms_of_rfc_9110() {
        let read = |text: &'static str| unix_seconds(&HeaderValue::from_static(text));
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(read(text), Some(784_111_777), "{text}");
        }
        for text in ["", "now", "Sun, 06 Nov 1994 08:49:37 CET", "784111777"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
